"""Texts to one vector a token, for late interaction (ColBERT: Khattab and Zaharia 2020)."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from coach.models.onnx import OnnxModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class TokenVectors(NamedTuple):
    """Unit vectors of a text's tokens (n, d) float32, and where each token stands in the text (characters)."""

    vectors: NDArray[np.float32]
    offsets: list[tuple[int, int]]


class OnnxTokenEncoder:
    """answerai-colbert-small-v1: one vector of 96 numbers a token. Texts over 512 tokens are cut."""

    CACHED = 2_000  # about 100 kB a long text: 50 MB in practice

    def __init__(self, folder: Path, *, version: str, threads: int = 1) -> None:
        """Load the model from a folder."""
        self._model = OnnxModel(folder, threads)
        self._cache: OrderedDict[str, TokenVectors] = OrderedDict()
        self._lock = Lock()
        self.version = version

    def encode(self, text: str) -> TokenVectors:
        """The vectors of a text's tokens, without the markers that the tokenizer adds around it."""
        import numpy as np

        with self._lock:
            if text in self._cache:
                self._cache.move_to_end(text)
                return self._cache[text]
        encoding = self._model.encode(text)
        states = self._model.run(encoding)
        kept = [i for i, special in enumerate(encoding.special_tokens_mask) if not special]
        vectors = states[kept]
        vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        result = TokenVectors(vectors.astype(np.float32), [encoding.offsets[i] for i in kept])
        with self._lock:
            self._cache[text] = result
            while len(self._cache) > self.CACHED:
                self._cache.popitem(last=False)
        return result
