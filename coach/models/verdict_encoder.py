"""Whether an answer says each point of a rubric: one encoder pass over the question, the points and the answer, fine-tuned by us to tell.

The points do not see one another: each is read at the same position and attends to the question, the answer and itself, so a verdict
does not depend on the order in which the points stand. The answer is read once for all of them, which is what makes it quick.

The weights travel with the package (`trained/`, with a model card), since they are ours and small; `training/` reproduces them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from coach.models.onnx import OnnxModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

WEIGHTS = Path(__file__).parent / "trained" / "verdict-encoder.onnx"
CLS, SEP = 101, 102  # in BERT's uncased vocabulary
QUESTION_TOKENS, POINT_TOKENS = 64, 96  # at most; the rest is cut
POSITIONS = 512  # that the encoder knows; the answer is cut where they end


class Layout(NamedTuple):
    """A question, its points and an answer as one sequence of t tokens.

    `types` is 1 for the answer, `segments` is k + 1 in the k-th point and 0 elsewhere, `spans` has the first token of each point and the
    separator after its last.
    """

    ids: list[int]
    types: list[int]
    positions: list[int]
    segments: list[int]
    spans: list[tuple[int, int]]


class Reading(NamedTuple):
    """What the encoder makes of a point: the logits of the four verdicts (4,), and its last layer's means (3 d,), both float32."""

    logits: NDArray[np.float32]
    states: NDArray[np.float32]


class VerdictEncoder(Protocol):
    """Anything that reads points and an answer together; `version` changes whenever its readings would."""

    version: str

    def read(self, question: str, points: Sequence[str], answer: str) -> list[Reading]:
        """A reading of each point. Raises ValueError without points."""


def lay_out(tokenizer: Tokenizer, question: str, points: Sequence[str], answer: str) -> Layout:
    """The sequence: the question, each point from the position where the question ends, the answer from where the longest point does."""

    def tokens(text: str) -> list[int]:
        ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    asked = [CLS, *tokens(question)[:QUESTION_TOKENS]]
    ids, types, positions, segments = list(asked), [0] * len(asked), list(range(len(asked))), [0] * len(asked)
    spans, said_from = [], len(asked)
    for number, point in enumerate(points, 1):
        own = [*tokens(point)[:POINT_TOKENS], SEP]
        spans.append((len(ids), len(ids) + len(own) - 1))
        ids += own
        types += [0] * len(own)
        positions += range(len(asked), len(asked) + len(own))
        segments += [number] * len(own)
        said_from = max(said_from, len(asked) + len(own))
    said = [*tokens(answer)[: POSITIONS - said_from - 1], SEP]
    return Layout(
        ids=ids + said,
        types=types + [1] * len(said),
        positions=[*positions, *range(said_from, said_from + len(said))],
        segments=segments + [0] * len(said),
        spans=spans,
    )


def inputs_of(layout: Layout) -> dict[str, NDArray[Any]]:
    """What the model takes, a batch of one: the layout, and the weights of its tokens in the mean of each point and in the answer's."""
    import numpy as np

    first = layout.spans[0][0]  # of the first point: what stands before it is the question
    asked = np.zeros((1, len(layout.spans), len(layout.ids)), dtype=np.float32)
    for row, (start, end) in enumerate(layout.spans):
        asked[0, row, 1:first] = asked[0, row, start:end] = 1.0 / max(1, first - 1 + end - start)
    said = np.array([[layout.types]], dtype=np.float32)
    said[0, 0, -1] = 0.0  # the separator at the end
    whole = {"ids": layout.ids, "types": layout.types, "positions": layout.positions, "segments": layout.segments}
    inputs: dict[str, NDArray[Any]] = {name: np.array([values], dtype=np.int64) for name, values in whole.items()}
    return inputs | {"asked": asked, "said": said / max(1.0, float(said.sum()))}


class OnnxVerdictEncoder:
    """The first eight layers of ms-marco-MiniLM-L-12 (Reimers and Gurevych 2019), fine-tuned by us, int8."""

    def __init__(self, tokenizer: Path, *, weights: Path = WEIGHTS, threads: int = 1) -> None:
        """Load the weights, and a tokenizer of BERT's uncased vocabulary. Raises WeightsError."""
        self._model = OnnxModel(weights, tokenizer, threads)
        self.tokenizer = self._model.tokenizer
        self.version = f"{weights.stem}@{hashlib.sha256(weights.read_bytes()).hexdigest()[:12]}"

    def read(self, question: str, points: Sequence[str], answer: str) -> list[Reading]:
        """A reading of each point, in their order; they are read in the order of their texts. Raises ValueError without points."""
        if not points:
            raise ValueError("a verdict needs a point")
        order = sorted(range(len(points)), key=lambda number: points[number])
        layout = lay_out(self.tokenizer, question, [points[number] for number in order], answer)
        logits, states = self._model.feed(inputs_of(layout))
        readings = {number: Reading(logits[row], states[row]) for row, number in enumerate(order)}
        return [readings[number] for number in range(len(points))]
