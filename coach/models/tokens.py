"""Texts to one vector a token, for late interaction (ColBERT: Khattab and Zaharia 2020)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from coach.models.onnx import OnnxModel

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

    CACHED = 2_000  # about 100 kB a long text: 50 MB in practice

    def __init__(self, folder: Path, *, version: str, threads: int = 1) -> None:
        """Load the model from a folder."""
        self._model = OnnxModel(folder, threads)
        self._cache: OrderedDict[str, TokenVectors] = OrderedDict()
        self._lock = Lock()
        self.version = version

    def encode(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The vectors of each text's tokens, without the markers that the tokenizer adds around it."""
        known: dict[str, TokenVectors] = {}
        with self._lock:
            for text in texts:
                if text in self._cache:
                    self._cache.move_to_end(text)
                    known[text] = self._cache[text]
        new = [text for text in dict.fromkeys(texts) if text not in known]
        encodings = [self._model.encode(text) for text in new]
        for text, encoding, states in zip(new, encodings, self._model.run_all(encodings), strict=True):
            known[text] = _unmarked(encoding, states)
        with self._lock:
            self._cache.update((text, known[text]) for text in new)
            while len(self._cache) > self.CACHED:
                self._cache.popitem(last=False)
        return [known[text] for text in texts]


def _unmarked(encoding: Encoding, states: NDArray[np.float32]) -> TokenVectors:
    import numpy as np

    kept = [i for i, special in enumerate(encoding.special_tokens_mask) if not special]
    vectors = states[kept] / np.maximum(np.linalg.norm(states[kept], axis=1, keepdims=True), 1e-12)
    return TokenVectors(vectors.astype(np.float32), [encoding.offsets[i] for i in kept])
