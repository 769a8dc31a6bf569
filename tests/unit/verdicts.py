"""Verdicts, as hypothesis draws them and as a test writes them."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

from coach.domain import Verdict, VerdictKind

WORST_TO_BEST = (VerdictKind.CONTRADICTED, VerdictKind.MISSING, VerdictKind.PARTIAL, VerdictKind.COVERED)


def verdict(
    kind: VerdictKind,
    *,
    essential: bool = False,
    confidence: float = 0.9,
    text: str = "The rate decays.",
    quote: str | None = None,
    probabilities: Mapping[VerdictKind, float] | None = None,
) -> Verdict:
    return Verdict(
        id=text.casefold(),
        text=text,
        essential=essential,
        verdict=kind,
        quote=quote if kind is not VerdictKind.MISSING else None,
        confidence=confidence,
        source=None,
        probabilities=dict(probabilities or {}),
    )


def verdict_lists(min_size: int = 0) -> st.SearchStrategy[list[Verdict]]:
    one = st.builds(
        verdict,
        st.sampled_from(WORST_TO_BEST),
        essential=st.booleans(),
        confidence=st.floats(0, 1),
        text=st.sampled_from(["The rate decays.", "Units are dropped.", "A gate lets it pass."]),
        quote=st.sampled_from([None, "it decays over time"]),
    )
    return st.lists(one, min_size=min_size, max_size=8)
