"""What models are fitted on, where scores and labels that people gave are predicted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]  # which answers, by their place
Names = NDArray[np.str_]


class Material(NamedTuple):
    """A row for each answer; no score or label that people gave is in it."""

    named: Floats  # (n, k), the score as it comes as the last
    states: Floats  # (n, d)
    embeddings: Floats  # (n, e) of the answers, rows of length 1
    references: Floats  # (n, e) of what they are held against
    asked: Names  # (n,) as eval.human.asked_in: no fold splits what is the same here
    questions: Names  # (n,) as eval.human.graded_by: whether a question was seen
