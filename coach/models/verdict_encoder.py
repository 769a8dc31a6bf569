"""Whether an answer says a point: an encoder that reads both together and was fine-tuned to tell, on our own labelled answers.

The weights travel with the package (`trained/`, with a model card), since they are ours and small; `training/` reproduces them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from coach.models.onnx import OnnxModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS = Path(__file__).parent / "trained" / "verdict-encoder.onnx"


class Reading(NamedTuple):
    """What the encoder makes of a pair: the logits of the four verdicts (4,), and its last layer's means (3 d,), both float32."""

    logits: NDArray[np.float32]
    states: NDArray[np.float32]


class VerdictEncoder(Protocol):
    """Anything that reads points and answers together; `version` changes whenever its readings would."""

    version: str

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        """A reading of each pair of a point (see `first_text`) and an answer."""


def first_text(question: str, point: str) -> str:
    """What stands in front of the answer: the point, after the question that tells what its words are about."""
    return f"{question} {point}"


class OnnxVerdictEncoder:
    """The first eight layers of ms-marco-MiniLM-L-12 (Reimers and Gurevych 2019), the upper two of them fine-tuned by us, int8."""

    def __init__(self, tokenizer: Path, *, weights: Path = WEIGHTS, threads: int = 1) -> None:
        """Load the weights, and a tokenizer of BERT's uncased vocabulary. Raises WeightsError."""
        self._model = OnnxModel(weights, tokenizer, threads)
        self.version = f"{weights.stem}@{hashlib.sha256(weights.read_bytes()).hexdigest()[:12]}"

    def read(self, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
        """A reading of each pair; a pair of over 512 tokens is cut at its end."""
        encodings = [self._model.encode(first, second) for first, second in pairs]
        return [Reading(*outputs) for outputs in self._model.run_all(encodings)]
