"""How far each key point is in an answer, as numbers that the join turns into a verdict.

Three readers look at each point: the verdict encoder (which reads the points and the answer together), token vectors
(whether each word of the point finds its like, and in which clause), and the words themselves (rare words shared, negations,
directions, order). The question's misconceptions are read in the same way as negative points: an answer that states one
where the point should be contradicts the point.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from coach.domain import KeyPoint, Question, VerdictKind
from coach.grading.calibration import CLASSES, evidence_of
from coach.grading.clauses import Unit, sentences, units
from coach.grading.polarity import agreed_axes, negation_parity, opposed_axes, order_agreement
from coach.grading.substance import substance
from coach.models.embedder import Embedder
from coach.models.onnx import beside
from coach.models.tokens import OnnxTokenEncoder, TokenVectors
from coach.models.verdict_encoder import Reading, VerdictEncoder
from coach.words import STOP, content_stems, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK_WORDS = 300  # the encoders read 512 tokens at most
QUOTE_SLACK = 0.97  # a shorter unit is preferred when it says at least this share of what the best one says
COMMON_WORD = 0.25  # the weight of a function word's token in an alignment


class Encoders(NamedTuple):
    """The three models that the evidence is read with."""

    embedder: Embedder
    tokens: OnnxTokenEncoder
    verdicts: VerdictEncoder


class PointEvidence(NamedTuple):
    """What speaks for and against one key point: named numbers, the verdict encoder's states, and the units that decide."""

    point: KeyPoint
    features: dict[str, float]
    states: NDArray[np.float32]  # (d,): of the piece that decides, where a long answer is read in pieces
    best: Unit | None  # the unit that says the point, if any does
    worst: Unit | None  # the unit that states the misconception nearest to the point
    misconception: int | None  # which one, as an index into the question's


class AnswerEvidence(NamedTuple):
    """The evidence of a whole answer, point by point, and what is known of the answer as a whole."""

    points: tuple[PointEvidence, ...]
    answer_fit: float  # cosine of the answer to the question
    bearing: float  # the best cosine of the answer to the question or one of its points


@cache
def idf() -> dict[str, float]:
    """Inverse document frequencies of stems, counted over the bundled corpus; see eval/fit.py. Unknown stems weigh most."""
    table: dict[str, float] = json.loads(resources.files("coach.grading").joinpath("idf.json").read_text("utf-8"))
    return table


def gather(question: Question, answer: str, encoders: Encoders) -> AnswerEvidence:
    """Read an answer against every key point of its question."""
    reading = _Reading(question, answer, encoders)
    points = tuple(reading.point(number) for number in range(len(question.key_points)))
    bearing = max([reading.answer_fit, *(float(reading.said @ target.vector) for target in reading.points)])
    return AnswerEvidence(points, reading.answer_fit, bearing)


def word_recall(statement: str, said: str) -> float:
    """How much of a statement's content words are said, each weighed by how rare it is: 0 to 1."""
    return _recall(list(dict.fromkeys(content_stems(statement))), set(content_stems(said)))


def read_rubric(question: Question, encoders: Encoders) -> None:
    """Encode ahead what every answer to a question is held against; the encoders remember it."""
    claims = [text for item in question.misconceptions for text in (item.claim, item.correction)]
    rubric = [*(point.text for point in question.key_points), *claims]
    encoders.embedder.embed([question.text, *rubric])
    encoders.tokens.encode(rubric)


class _Target(NamedTuple):
    """A statement that is looked for: how well its tokens are met by the answer as a whole, and by each unit."""

    vector: NDArray[np.float32]
    met: NDArray[np.float32]  # one a token of the target: its best match anywhere in the answer
    weights: NDArray[np.float32]  # one a token, summing to 1
    aligned: NDArray[np.float32]  # one a unit: weighted mean over the target's tokens of the best match in the unit


class _Reading:
    """One answer being read; what all points share is computed once."""

    def __init__(self, question: Question, answer: str, encoders: Encoders) -> None:
        self.question, self.encoders = question, encoders
        self.units = units(answer)
        chunks = _chunks(answer)
        points = [point.text for point in question.key_points]
        read = substance(answer, points)
        pieces = [read[start:end] for start, end in _chunks(read)]
        readings = beside(lambda: [encoders.verdicts.read(question.text, points, piece) for piece in pieces if points])
        self.tokens = _tokens_of(answer, chunks, encoders.tokens)
        self.token_spans = [
            [i for i, (start, end) in enumerate(self.tokens.offsets) if start >= unit.start and end <= unit.end] for unit in self.units
        ]
        self.stems = set(content_stems(answer))
        self.question_stems = set(content_stems(question.text))
        self.said, asked = encoders.embedder.embed([answer, question.text])
        self.answer_fit = float(self.said @ asked)
        self.points = self._targets(points)
        self.claims = self._targets([item.claim for item in question.misconceptions])
        self.corrections = self._targets([item.correction for item in question.misconceptions])
        # Which point each misconception turns round: the nearest one.
        self.owner = [_nearest(claim, self.points) for claim in self.claims] if self.points else []
        self.readings = readings.result()
        found = words(answer)
        self.function_share = sum(word in STOP for word in found) / max(1, len(found))

    def point(self, number: int) -> PointEvidence:
        """The evidence for one point."""
        import numpy as np

        target, point = self.points[number], self.question.key_points[number]
        stems = list(dict.fromkeys(content_stems(point.text)))
        new = [stem for stem in stems if stem not in self.question_stems]
        best = self._best_unit(target)
        said = best.text if best else ""
        features = {
            "align": float(target.met @ target.weights) if target.met.size else 0.0,
            "align_low": float(np.sort(target.met)[: max(1, len(target.met) // 3)].mean()) if target.met.size else 0.0,
            "align_unit": _max(target.aligned),
            "recall": _recall(stems, self.stems),
            "recall_new": _recall(new, self.stems),
            "recall_unit": _recall(stems, set(content_stems(said))),
            "negated": float(negation_parity(point.text) != negation_parity(said)) if said else 0.0,
            "opposed": float(opposed_axes(point.text, said)),
            "agreed": float(agreed_axes(point.text, said)),
            "order": order_agreement(point.text, said),
            "function_share": self.function_share,
        }
        worst, misconception, against = self._against(number)
        shares, states = _deciding([piece[number] for piece in self.readings])
        return PointEvidence(point, features | against | evidence_of("read", shares), states, best, worst, misconception)

    def _against(self, number: int) -> tuple[Unit | None, int | None, dict[str, float]]:
        """What the misconceptions say against a point: the one that turns it round, and any at all."""
        import numpy as np

        none = dict.fromkeys(("mis_any", "mis_any_contrast", "mis_own", "mis_own_contrast", "mis_correct", "mis_has_own"), 0.0)
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
        features |= {
            "mis_has_own": 1.0,
            "mis_own": _max(claim.aligned),
            "mis_own_contrast": _max(contrasts[chosen]),
            "mis_correct": _max(claim.aligned) - _max(correct.aligned),
        }
        return self.units[int(np.argmax(claim.aligned))], chosen, features

    def _targets(self, texts: Sequence[str]) -> list[_Target]:
        vectors, tokens = self.encoders.embedder.embed(texts), self.encoders.tokens.encode(texts)
        return [self._target(*parts) for parts in zip(texts, vectors, tokens, strict=True)]

    def _target(self, text: str, vector: NDArray[np.float32], tokens: TokenVectors) -> _Target:
        import numpy as np

        weights = np.array([_token_weight(text[start:end]) for start, end in tokens.offsets], dtype=np.float32)
        weights = weights / max(float(weights.sum()), 1e-9)
        if not len(self.tokens.offsets):
            return _Target(vector, np.zeros(0, np.float32), weights, np.zeros(len(self.units), np.float32))
        similarity = tokens.vectors @ self.tokens.vectors.T
        aligned = [float(similarity[:, span].max(axis=1) @ weights) if span else 0.0 for span in self.token_spans]
        return _Target(vector, similarity.max(axis=1), weights, np.array(aligned, dtype=np.float32))

    def _best_unit(self, target: _Target) -> Unit | None:
        if not self.units:
            return None
        fit = target.aligned
        enough = [i for i in range(len(self.units)) if float(fit[i]) >= QUOTE_SLACK * float(fit.max())]
        return self.units[min(enough, key=lambda i: (self.units[i].end - self.units[i].start, i))]


def _deciding(readings: Sequence[Reading]) -> tuple[dict[VerdictKind, float], NDArray[np.float32]]:
    """What is read of a point in the pieces of an answer: the piece that is least silent on it decides."""
    import numpy as np

    logits = np.stack([reading.logits for reading in readings]).astype(np.float64)
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    chosen = int(shares[:, CLASSES.index(VerdictKind.MISSING)].argmin())
    return dict(zip(CLASSES, shares[chosen].tolist(), strict=True)), readings[chosen].states


def _nearest(claim: _Target, points: Sequence[_Target]) -> int:
    return max(range(len(points)), key=lambda i: (float(claim.vector @ points[i].vector), -i))


def _chunks(answer: str) -> list[tuple[int, int]]:
    """Where the pieces stand (characters) that a long answer is read in: whole sentences, as many as the encoders take."""
    chunks: list[tuple[int, int]] = []
    for sentence in sentences(answer):
        if chunks and len(answer[chunks[-1][0] : sentence.end].split()) <= CHUNK_WORDS:
            chunks[-1] = (chunks[-1][0], sentence.end)
        else:
            chunks.append((sentence.start, sentence.end))
    return chunks


def _tokens_of(answer: str, chunks: Sequence[tuple[int, int]], encoder: OnnxTokenEncoder) -> TokenVectors:
    import numpy as np

    if not chunks:
        return TokenVectors(np.zeros((0, 1), np.float32), [])
    parts = encoder.encode([answer[start:end] for start, end in chunks])
    offsets = [(start + left, start + right) for (start, _), part in zip(chunks, parts, strict=True) for left, right in part.offsets]
    return TokenVectors(np.concatenate([part.vectors for part in parts]), offsets)


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
