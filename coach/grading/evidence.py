"""How far each key point is in an answer, as numbers that the join turns into a verdict.

Four readers look at each point: sentence vectors (what a clause is about), token vectors (whether each word of the point
finds its like), a cross-encoder (whether a clause answers to the point), and the words themselves (rare words shared,
negations, directions, order). The question's misconceptions are read in the same way as negative points: an answer that
states one where the point should be contradicts the point.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from coach.domain import KeyPoint, Question
from coach.grading.clauses import Unit, clauses, sentences, units
from coach.grading.polarity import agreed_axes, negation_parity, opposed_axes, order_agreement
from coach.models.embedder import Embedder
from coach.models.reranker import Reranker
from coach.models.tokens import OnnxTokenEncoder, TokenVectors
from coach.words import STOP, content_stems, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK_WORDS = 300  # the token encoder reads 512 tokens at most
QUOTE_SLACK = 0.97  # a shorter unit is preferred when it says at least this share of what the best one says
COMMON_WORD = 0.25  # the weight of a function word's token in an alignment


class Encoders(NamedTuple):
    """The three readers that need weights."""

    embedder: Embedder
    tokens: OnnxTokenEncoder
    reranker: Reranker


class PointEvidence(NamedTuple):
    """What speaks for and against one key point: named numbers, and the units that decide."""

    point: KeyPoint
    features: dict[str, float]
    best: Unit | None  # the unit that says the point, if any does
    worst: Unit | None  # the unit that states the misconception nearest to the point
    misconception: int | None  # which one, as an index into the question's


class AnswerEvidence(NamedTuple):
    """The evidence of a whole answer, point by point, and what is known of the answer as a whole."""

    points: tuple[PointEvidence, ...]
    answer_fit: float  # cosine of the answer to the question


@cache
def idf() -> dict[str, float]:
    """Inverse document frequencies of stems, counted over the bundled corpus; see eval/fit.py. Unknown stems weigh most."""
    table: dict[str, float] = json.loads(resources.files("coach.grading").joinpath("idf.json").read_text("utf-8"))
    return table


def gather(question: Question, answer: str, encoders: Encoders) -> AnswerEvidence:
    """Read an answer against every key point of its question."""
    reading = _Reading(question, answer, encoders)
    points = tuple(reading.point(number) for number in range(len(question.key_points)))
    return AnswerEvidence(_with_context(points), reading.answer_fit)


class _Target(NamedTuple):
    """A statement that is looked for: its vectors, and how each unit of the answer fares against it."""

    text: str
    vector: NDArray[np.float32]
    tokens: TokenVectors
    weights: NDArray[np.float32]  # one a token, summing to 1
    cosines: NDArray[np.float32]  # one a unit
    aligned: NDArray[np.float32]  # one a unit: weighted mean over the target's tokens of the best match in the unit


class _Reading:
    """One answer being read; what all points share is computed once."""

    def __init__(self, question: Question, answer: str, encoders: Encoders) -> None:
        import numpy as np

        self.question, self.answer, self.encoders = question, answer, encoders
        self.units = units(answer)
        self.clause_keys = {(unit.start, unit.end) for unit in clauses(answer)}
        self.unit_vectors = encoders.embedder.embed([unit.text for unit in self.units])
        self.tokens = _tokens_of(answer, encoders.tokens)
        self.token_spans = [
            [i for i, (start, end) in enumerate(self.tokens.offsets) if start >= unit.start and end <= unit.end] for unit in self.units
        ]
        self.stems = set(content_stems(answer))
        self.question_stems = set(content_stems(question.text))
        vectors = encoders.embedder.embed([answer, question.text])
        self.answer_vector, self.question_vector = vectors[0], vectors[1]
        self.answer_fit = float(vectors[0] @ vectors[1])
        self.points = [self._target(point.text) for point in question.key_points]
        self.claims = [self._target(item.claim) for item in question.misconceptions]
        self.corrections = [self._target(item.correction) for item in question.misconceptions]
        # Which point each misconception turns round: the nearest one.
        self.owner = (
            [int(np.argmax([float(claim.vector @ point.vector) for point in self.points])) for claim in self.claims] if self.points else []
        )
        words_said = words(answer)
        self.whole = {
            "novelty": len(self.stems - self.question_stems) / max(1, len(self.stems)),
            "function_share": sum(word in STOP for word in words_said) / max(1, len(words_said)),
        }

    def point(self, number: int) -> PointEvidence:
        """The evidence for one point."""
        import numpy as np

        target, point = self.points[number], self.question.key_points[number]
        stems = list(dict.fromkeys(content_stems(point.text)))
        new = [stem for stem in stems if stem not in self.question_stems]
        best = self._best_unit(target)
        said = self.units[best].text if best is not None else ""
        said_stems = set(content_stems(said))
        clause_rows = [i for i, unit in enumerate(self.units) if (unit.start, unit.end) in self.clause_keys]
        similarity = self._token_similarity(target)
        features = {
            "cos": _max(target.cosines),
            "cos_clause": _max(target.cosines[clause_rows]),
            "cos_answer": float(self.answer_vector @ target.vector),
            "cos_question": float(self.question_vector @ target.vector),
            "align": float(similarity @ target.weights) if similarity.size else 0.0,
            "align_low": float(np.sort(similarity)[: max(1, len(similarity) // 3)].mean()) if similarity.size else 0.0,
            "align_unit": _max(target.aligned),
            "recall": _recall(stems, self.stems),
            "recall_new": _recall(new, self.stems),
            "recall_unit": _recall(stems, said_stems),
            "rerank": self.encoders.reranker.score([(point.text, said)])[0] if said else -11.0,
            "negated": float(negation_parity(point.text) != negation_parity(said)) if said else 0.0,
            "opposed": float(opposed_axes(point.text, said)),
            "agreed": float(agreed_axes(point.text, said)),
            "order": order_agreement(point.text, said),
            **self.whole,
        }
        worst, misconception, against = self._against(number)
        return PointEvidence(point, features | against, self.units[best] if best is not None else None, worst, misconception)

    def _against(self, number: int) -> tuple[Unit | None, int | None, dict[str, float]]:
        """What the misconceptions say against a point: those that turn it round, and any at all."""
        import numpy as np

        none = {"mis_any": 0.0, "mis_any_contrast": 0.0, "mis_own": 0.0, "mis_own_contrast": 0.0, "mis_own_cos": 0.0, "mis_correct": 0.0,
                "mis_rerank": 0.0, "mis_has_own": 0.0}  # fmt: skip
        if not self.claims or not self.units:
            return None, None, none
        target = self.points[number]
        contrasts = [
            claim.aligned - np.maximum(target.aligned, correct.aligned)
            for claim, correct in zip(self.claims, self.corrections, strict=True)
        ]
        any_aligned = max(_max(claim.aligned) for claim in self.claims)
        features = none | {"mis_any": any_aligned, "mis_any_contrast": max(_max(contrast) for contrast in contrasts)}
        own = [i for i, owner in enumerate(self.owner) if owner == number]
        if not own:
            return None, None, features
        chosen = max(own, key=lambda i: (_max(self.claims[i].aligned), -i))
        claim, correct = self.claims[chosen], self.corrections[chosen]
        unit = int(np.argmax(claim.aligned + claim.cosines))
        scores = self.encoders.reranker.score([(claim.text, self.units[unit].text), (target.text, self.units[unit].text)])
        features |= {
            "mis_has_own": 1.0,
            "mis_own": _max(claim.aligned),
            "mis_own_contrast": _max(contrasts[chosen]),
            "mis_own_cos": _max(claim.cosines - target.cosines),
            "mis_correct": _max(claim.aligned) - _max(correct.aligned),
            "mis_rerank": scores[0] - scores[1],
        }
        return self.units[unit], chosen, features

    def _target(self, text: str) -> _Target:
        import numpy as np

        vector = self.encoders.embedder.embed([text])[0]
        tokens = self.encoders.tokens.encode(text)
        weights = np.array([_token_weight(text[start:end]) for start, end in tokens.offsets], dtype=np.float32)
        weights = weights / max(float(weights.sum()), 1e-9)
        similarity = tokens.vectors @ self.tokens.vectors.T if len(self.tokens.offsets) else np.zeros((len(tokens.offsets), 0), np.float32)
        aligned = np.array(
            [float(similarity[:, span].max(axis=1) @ weights) if span else 0.0 for span in self.token_spans], dtype=np.float32
        )
        return _Target(text, vector, tokens, weights, self.unit_vectors @ vector, aligned)

    def _token_similarity(self, target: _Target) -> NDArray[np.float32]:
        """For each token of the target, its best match anywhere in the answer."""
        import numpy as np

        if not len(self.tokens.offsets):
            return np.zeros(0, np.float32)
        best: NDArray[np.float32] = (target.tokens.vectors @ self.tokens.vectors.T).max(axis=1)
        return best

    def _best_unit(self, target: _Target) -> int | None:
        if not self.units:
            return None
        fit = target.cosines + target.aligned
        enough = [i for i in range(len(self.units)) if float(fit[i]) >= QUOTE_SLACK * float(fit.max())]
        return min(enough, key=lambda i: (self.units[i].end - self.units[i].start, i))


def _with_context(points: tuple[PointEvidence, ...]) -> tuple[PointEvidence, ...]:
    """Each point also learns how the others fare: an answer that turns one point round often turns round its neighbours."""
    if not points:
        return points
    mean = {
        f"all_{name}": math.fsum(point.features[name] for point in points) / len(points)
        for name in ("align", "recall_new", "rerank", "mis_own_contrast", "opposed")
    }
    return tuple(point._replace(features=point.features | mean) for point in points)


def _tokens_of(answer: str, encoder: OnnxTokenEncoder) -> TokenVectors:
    """Token vectors of an answer of any length: long ones are read in chunks of whole sentences."""
    import numpy as np

    chunks: list[tuple[int, int]] = []
    for sentence in sentences(answer):
        if chunks and len(answer[chunks[-1][0] : sentence.end].split()) <= CHUNK_WORDS:
            chunks[-1] = (chunks[-1][0], sentence.end)
        else:
            chunks.append((sentence.start, sentence.end))
    parts = [(start, encoder.encode(answer[start:end])) for start, end in chunks]
    if not parts:
        return TokenVectors(np.zeros((0, 1), np.float32), [])
    offsets = [(start + left, start + right) for start, part in parts for left, right in part.offsets]
    return TokenVectors(np.concatenate([part.vectors for _, part in parts]), offsets)


def _token_weight(token: str) -> float:
    stems = content_stems(token)
    return max((_weight(stem) for stem in stems), default=COMMON_WORD)


def _weight(stem: str) -> float:
    table = idf()
    return table.get(stem, table["*"])


def _recall(stems: Sequence[str], said: set[str]) -> float:
    total = math.fsum(_weight(stem) for stem in stems)
    return math.fsum(_weight(stem) for stem in stems if stem in said) / total if total else 0.0


def _max(values: NDArray[np.float32]) -> float:
    return float(values.max()) if values.size else 0.0
