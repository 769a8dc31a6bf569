"""Which cases a run was of: two runs' figures compare where these are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from coach.domain import Frozen
from eval.bench import Case

SAID = ("answer", "query")  # of a case's content: what was graded or searched for; the rest of it changes with every edit of the corpus
DIGITS = 12  # of a hash


class CaseSet(Frozen):
    """How many cases, and a hash of which."""

    cases: int
    digest: str


def case_keys(cases: Iterable[Case]) -> frozenset[str]:
    """What each case is known by: its id, its group, and the answer or the query that it has.

    A case without content is a measurement of the machine, as those of `latency` are, and belongs to no set.
    """
    return frozenset(repr((case.id, case.group, *(case.content.get(name) for name in SAID))) for case in cases if case.content)


def case_set(cases: Iterable[Case]) -> CaseSet | None:
    """The set of these cases, whatever their order; None where none belongs to one."""
    keys = sorted(case_keys(cases))
    return CaseSet(cases=len(keys), digest=hashlib.sha256("\n".join(keys).encode()).hexdigest()[:DIGITS]) if keys else None
