"""What an answer is worth by its reference, as numbers: what the fast grader makes of both, and plain measures beside it.

For sets that people graded, where there is a reference and no rubric. What is fitted on these numbers is fitted inside a run.
"""

from __future__ import annotations

import base64
import math

import numpy as np
from numpy.typing import NDArray

from coach.domain import Frozen, KeyPoint
from coach.grading.calibration import CLASSES
from coach.grading.evidence import gather, word_recall
from coach.grading.grader import FastGrader
from eval.human import HumanAnswer, question_for

DRAWN = ("align", "align_low", "align_unit", "recall", "recall_new")  # of each drawn point; their means are looked at
LEAST = 1e-3  # a probability below this counts as this


class ReferenceEvidence(Frozen):
    """Named numbers; the verdict encoder's states for reference and answer, and the embeddings of both, each as float16 in base64."""

    named: dict[str, float]
    states: str
    embedding: str
    reference: str


def unpacked(text: str) -> NDArray[np.float64]:
    """The numbers that are written in base64."""
    return np.frombuffer(base64.b64decode(text), dtype="<f2").astype(np.float64)


def reference_evidence(row: HumanAnswer, grader: FastGrader) -> ReferenceEvidence:
    """The evidence of one answer: against the points drawn from its reference, and against the reference as one point."""
    question = question_for(row)
    whole = KeyPoint.of(row.reference, essential=True)
    asked = question.model_copy(update={"key_points": (*(point for point in question.key_points if point.id != whole.id), whole)})
    found = gather(asked, row.answer, grader.encoders)
    shares = [grader.shares(question, point) for point in found.points]
    drawn = range(len(found.points) - 1) if len(found.points) > 1 else range(1)
    answer, reference = grader.encoders.embedder.embed([row.answer, row.reference])
    words, long = len(row.answer.split()), len(row.reference.split())
    scale = grader.fitted.scales["fast-drawn"]
    credits = [sum(share * scale.credit(kind) for kind, share in shares[number].items()) for number in drawn]
    last = found.points[-1]
    named = {
        "cosine": float(answer @ reference),
        "cosine_question": found.answer_fit,
        "words": math.log1p(words),
        "words_ratio": math.log((words + 1) / (long + 1)),
        "recall_corpus_idf": word_recall(row.reference, row.answer),
        "credit": float(np.mean(credits)),
        "credit_least": min(credits),
        **{f"said_{kind.value}": math.log(shares[-1][kind] + LEAST) for kind in CLASSES},
        **{name: value for name, value in last.features.items() if "mis_" not in name},
        **{f"drawn_{name}": float(np.mean([found.points[number].features[name] for number in drawn])) for name in DRAWN},
        **{f"drawn_{kind.value}": float(np.mean([shares[number][kind] for number in drawn])) for kind in CLASSES},
    }
    return ReferenceEvidence(named=named, states=_packed(last.states), embedding=_packed(answer), reference=_packed(reference))


def _packed(values: NDArray[np.float32]) -> str:
    return base64.b64encode(values.astype("<f2").tobytes()).decode()
