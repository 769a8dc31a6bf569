"""Texts to one vector a token, for late interaction (ColBERT: Khattab and Zaharia 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from coach.models.onnx import OnnxModel
from coach.models.remembered import Remembered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding


class TokenVectors(NamedTuple):
    """Unit vectors of a text's tokens (n, d) float32, and where each token stands in the text (characters)."""

    vectors: NDArray[np.float32]
    offsets: list[tuple[int, int]]


class OnnxTokenEncoder:
    """answerai-colbert-small-v1: one vector of 96 numbers a token. Texts over 512 tokens are cut."""

    CACHED = 600  # about 100 kB a long text, 10 kB a key point: an interview's points many times over, and 30 MB in practice

    def __init__(self, folder: Path, *, version: str, threads: int = 1) -> None:
        """Load the model from a folder."""
        self._model = OnnxModel(folder / "model.onnx", folder / "tokenizer.json", threads)
        self._known: Remembered[TokenVectors] = Remembered(self.CACHED)
        self.version = version

    def encode(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The vectors of each text's tokens, without the markers that the tokenizer adds around it."""
        return self._known.of(texts, self._vectors)

    def forget(self) -> None:
        """Compute anew whatever comes next, as if it had not been read before; for who measures that."""
        self._known.forget()

    def _vectors(self, texts: list[str]) -> list[TokenVectors]:
        encodings = [self._model.encode(text) for text in texts]
        return [_unmarked(encoding, states) for encoding, (states, *_) in zip(encodings, self._model.run_all(encodings), strict=True)]


def _unmarked(encoding: Encoding, states: NDArray[np.float32]) -> TokenVectors:
    import numpy as np

    kept = [i for i, special in enumerate(encoding.special_tokens_mask) if not special]
    vectors = states[kept] / np.maximum(np.linalg.norm(states[kept], axis=1, keepdims=True), 1e-12)
    return TokenVectors(vectors.astype(np.float32), [encoding.offsets[i] for i in kept])
