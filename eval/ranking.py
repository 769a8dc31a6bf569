"""How good rankings are: recall, reciprocal rank and nDCG of each, by ir-measures, and their means with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from ir_measures import RR, R, iter_calc, nDCG
from numpy.typing import NDArray

from eval.metrics import Metric, all_by_question

DEPTH = 10
MEASURES = {"recall@1": R @ 1, "recall@5": R @ 5, "recall@10": R @ DEPTH, "mrr@10": RR @ DEPTH, "ndcg@10": nDCG @ DEPTH}


class Ranked(NamedTuple):
    """What was found for a query, best first, and how relevant things are to it: more than 0 where they are. `group` as in a case."""

    group: str
    found: Sequence[str]
    relevant: Mapping[str, int]


def ranking_figures(ranked: Sequence[Ranked], of: str = "") -> dict[str, Metric]:
    """The mean of each measure, its name below `of`; a query for which nothing was found counts as 0."""
    relevant = {str(number): dict(one.relevant) for number, one in enumerate(ranked)}
    # The measures sort by score, so each place gets one of its own.
    run = {str(number): {id: -float(place) for place, id in enumerate(one.found[:DEPTH])} for number, one in enumerate(ranked)}
    values = {measure: np.zeros(len(ranked)) for measure in MEASURES.values()}
    for row in iter_calc(list(values), relevant, run):
        values[row.measure][int(row.query_id)] = row.value

    def means(i: NDArray[np.int64]) -> dict[str, float]:
        return {f"{of}.{name}" if of else name: float(values[measure][i].mean()) for name, measure in MEASURES.items()}

    return all_by_question(means, [one.group for one in ranked])
