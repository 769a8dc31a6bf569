"""How far each key point is in an answer, as numbers that the join turns into a verdict.

Four readers look at each point: sentence vectors (what a clause is about), token vectors (whether each word of the point
finds its like), a cross-encoder (whether a clause answers to the point), and the words themselves (rare words shared,
negations, directions, order). The question's misconceptions are read in the same way as negative points: an answer that
states one where the point should be contradicts the point.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
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
    places = [reading.place(number) for number in range(len(question.key_points))]
    # All pairs in one call, so that the cross-encoder reads them side by side.
    scores = dict(zip(pairs := [pair for place in places for pair in place.pairs], encoders.reranker.score(pairs), strict=True))
    points = tuple(reading.point(number, place, scores) for number, place in enumerate(places))
    return AnswerEvidence(_with_context(points), reading.answer_fit)


class _Target(NamedTuple):
    """A statement that is looked for: its vectors, and how each unit of the answer fares against it."""

    text: str
    vector: NDArray[np.float32]
    tokens: TokenVectors
    weights: NDArray[np.float32]  # one a token, summing to 1
    cosines: NDArray[np.float32]  # one a unit
    aligned: NDArray[np.float32]  # one a unit: weighted mean over the target's tokens of the best match in the unit


class _Place(NamedTuple):
    """Where to look for one point: indices of units and misconceptions, and the (statement, words) that the cross-encoder reads."""

    best: int | None  # the unit that says it best
    claim: int | None  # the misconception that would turn it round
    worst: int | None  # the unit that is nearest to that misconception
    pairs: tuple[tuple[str, str], ...]  # of the point with `best`, of the claim with `worst`, of the point with `worst`


class _Reading:
    """One answer being read; what all points share is computed once."""

    def __init__(self, question: Question, answer: str, encoders: Encoders) -> None:
        import numpy as np

        self.question, self.answer, self.encoders = question, answer, encoders
        self.units = units(answer)
        self.clause_keys = {(unit.start, unit.end) for unit in clauses(answer)}
        # The longest first, so that it does not run on alone at the end.
        self.answer_vector, self.question_vector, *vectors = encoders.embedder.embed(
            [answer, question.text, *(unit.text for unit in self.units)]
        )
        self.unit_vectors = np.array(vectors, dtype=np.float32).reshape(len(self.units), len(self.answer_vector))
        self.tokens = _tokens_of(answer, encoders.tokens)
        self.token_spans = [
            [i for i, (start, end) in enumerate(self.tokens.offsets) if start >= unit.start and end <= unit.end] for unit in self.units
        ]
        self.stems = set(content_stems(answer))
        self.question_stems = set(content_stems(question.text))
        self.answer_fit = float(self.answer_vector @ self.question_vector)
        self.points = self._targets([point.text for point in question.key_points])
        self.claims = self._targets([item.claim for item in question.misconceptions])
        self.corrections = self._targets([item.correction for item in question.misconceptions])
        # Which point each misconception turns round: the nearest one.
        self.owner = (
            [int(np.argmax([float(claim.vector @ point.vector) for point in self.points])) for claim in self.claims] if self.points else []
        )
        words_said = words(answer)
        self.whole = {
            "novelty": len(self.stems - self.question_stems) / max(1, len(self.stems)),
            "function_share": sum(word in STOP for word in words_said) / max(1, len(words_said)),
        }

    def place(self, number: int) -> _Place:
        """Where to look for one point."""
        import numpy as np

        target = self.points[number]
        best = self._best_unit(target)
        if best is None:
            return _Place(None, None, None, ())
        pairs = [(target.text, self.units[best].text)]
        own = [i for i, owner in enumerate(self.owner) if owner == number]
        if not own:
            return _Place(best, None, None, tuple(pairs))
        chosen = max(own, key=lambda i: (_max(self.claims[i].aligned), -i))
        claim = self.claims[chosen]
        worst = int(np.argmax(claim.aligned + claim.cosines))
        pairs += [(claim.text, self.units[worst].text), (target.text, self.units[worst].text)]
        return _Place(best, chosen, worst, tuple(pairs))

    def point(self, number: int, place: _Place, scores: Mapping[tuple[str, str], float]) -> PointEvidence:
        """The evidence for one point, with the cross-encoder's scores of its pairs."""
        import numpy as np

        target, point, best = self.points[number], self.question.key_points[number], place.best
        stems = list(dict.fromkeys(content_stems(point.text)))
        new = [stem for stem in stems if stem not in self.question_stems]
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
            "rerank": scores[place.pairs[0]] if place.pairs else -11.0,
            "negated": float(negation_parity(point.text) != negation_parity(said)) if said else 0.0,
            "opposed": float(opposed_axes(point.text, said)),
            "agreed": float(agreed_axes(point.text, said)),
            "order": order_agreement(point.text, said),
            **self.whole,
        }
        return PointEvidence(
            point,
            features | self._against(number, place, scores),
            best=self.units[best] if best is not None else None,
            worst=self.units[place.worst] if place.worst is not None else None,
            misconception=place.claim,
        )

    def _against(self, number: int, place: _Place, scores: Mapping[tuple[str, str], float]) -> dict[str, float]:
        """What the misconceptions say against a point: the one that turns it round, and any at all."""
        import numpy as np

        none = {"mis_any": 0.0, "mis_any_contrast": 0.0, "mis_own": 0.0, "mis_own_contrast": 0.0, "mis_own_cos": 0.0, "mis_correct": 0.0,
                "mis_rerank": 0.0, "mis_has_own": 0.0}  # fmt: skip
        if not self.claims or not self.units:
            return none
        target = self.points[number]
        contrasts = [
            claim.aligned - np.maximum(target.aligned, correct.aligned)
            for claim, correct in zip(self.claims, self.corrections, strict=True)
        ]
        any_aligned = max(_max(claim.aligned) for claim in self.claims)
        features = none | {"mis_any": any_aligned, "mis_any_contrast": max(_max(contrast) for contrast in contrasts)}
        if place.claim is None:
            return features
        claim, correct = self.claims[place.claim], self.corrections[place.claim]
        return features | {
            "mis_has_own": 1.0,
            "mis_own": _max(claim.aligned),
            "mis_own_contrast": _max(contrasts[place.claim]),
            "mis_own_cos": _max(claim.cosines - target.cosines),
            "mis_correct": _max(claim.aligned) - _max(correct.aligned),
            "mis_rerank": scores[place.pairs[1]] - scores[place.pairs[2]],
        }

    def _targets(self, texts: Sequence[str]) -> list[_Target]:
        vectors, tokens = self.encoders.embedder.embed(texts), self.encoders.tokens.encode(texts)
        return [self._target(*parts) for parts in zip(texts, vectors, tokens, strict=True)]

    def _target(self, text: str, vector: NDArray[np.float32], tokens: TokenVectors) -> _Target:
        import numpy as np

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
