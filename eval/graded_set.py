"""A set that people graded, once a grader has been through it: what is known of each answer, in rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from coach.words import words
from eval.bench import Outcome
from eval.human import HumanAnswer, asked_in, graded_by
from eval.material import Floats, Material
from eval.reference import ReferenceEvidence, unpacked

SET_RECALL = "recall_set_idf"


class GradedSet(NamedTuple):
    """Answers that came to an outcome, in order. Scores are 0 to 1."""

    rows: Sequence[HumanAnswer]
    people: Floats  # (n,) the scores that people gave
    scores: Floats  # (n,) the scores as they come, 0 where the answer came back ungraded
    ungraded: NDArray[np.bool_]  # (n,)
    asked: Sequence[str]  # (n,) see asked_in
    material: Material
    plain: dict[str, Floats]  # (n,) each: numbers of an answer that take no grader and no label, by name
    scale: float  # the most that there is, where it is the same for all: errors are given on the set's own scale


def graded_set(rows: Sequence[HumanAnswer], outcomes: Sequence[Outcome]) -> GradedSet:
    """The answers with what was read of them, one outcome without an error for each."""
    scores = np.array([_number(outcome.values["score"]) / 100 for outcome in outcomes], dtype=np.float64)
    read = [ReferenceEvidence.model_validate(outcome.values["evidence"]) for outcome in outcomes if outcome.values.get("evidence")]
    assert len(read) in (0, len(rows))  # a grader reads every answer or none
    most = {row.max_score for row in rows}
    cosine = {"cosine": np.array([evidence.named["cosine"] for evidence in read])} if read else {}
    return GradedSet(
        rows=rows,
        people=np.array([row.share for row in rows], dtype=np.float64),
        scores=scores,
        ungraded=np.array([outcome.values["score"] is None for outcome in outcomes], dtype=bool),
        asked=[asked_in(row) for row in rows],
        material=_material(rows, scores, read),
        plain={SET_RECALL: recall_by_set(rows), **cosine, "length": np.array([math.log1p(len(row.answer.split())) for row in rows])},
        scale=most.pop() if len(most) == 1 else 1.0,
    )


def recall_by_set(rows: Sequence[HumanAnswer]) -> Floats:
    """The share (n,) of the reference's words that the answer has, each by its inverse document frequency over the set's references.

    Frequencies are scikit-learn's smoothed ones. No label and no answer has a part in them, and a reference counts once, however many
    answers it has. The evidence has a `recall_corpus_idf` too, which goes by stems and by frequencies over our corpus.
    """
    vectorizer = TfidfVectorizer(analyzer=words, norm=None, binary=True)
    distinct = sorted({row.reference for row in rows})
    if not any(words(reference) for reference in distinct):
        return np.zeros(len(rows))
    vectorizer.fit(distinct)
    answers, references = (vectorizer.transform(texts) for texts in ([row.answer for row in rows], [row.reference for row in rows]))
    shared = references.multiply(answers > 0).sum(axis=1)
    return np.asarray(shared / np.maximum(references.sum(axis=1), 1e-9), dtype=np.float64).ravel()


def _material(rows: Sequence[HumanAnswer], scores: Floats, read: Sequence[ReferenceEvidence]) -> Material:
    """The named numbers, and as the last of them the score as it comes. Without evidence, that alone."""
    asked, questions = np.array([asked_in(row) for row in rows]), np.array([graded_by(row) for row in rows])
    if not read:
        nothing = np.zeros((len(rows), 0))
        return Material(scores[:, None], nothing, nothing, nothing, asked, questions)
    names = sorted(read[0].named)
    numbers = np.array([[evidence.named[name] for name in names] for evidence in read])
    states, embeddings, references = (
        np.stack([unpacked(text) for text in texts]) for texts in zip(*((e.states, e.embedding, e.reference) for e in read), strict=True)
    )
    return Material(np.hstack([numbers, scores[:, None]]), states, embeddings, references, asked, questions)


def _number(value: object) -> float:
    return float(str(value)) if value is not None else 0.0
