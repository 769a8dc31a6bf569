"""Texts to vectors of length 1."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from coach.models.onnx import OnnxModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Embedder(Protocol):
    """Anything that turns texts into unit vectors; `version` changes whenever its vectors would."""

    version: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts as they stand. Returns (n, d) float32, rows of length 1."""

    def embed_query(self, query: str) -> NDArray[np.float32]:
        """A search query, with the prefix that the model was trained with. Returns (d,) float32 of length 1."""


class OnnxEmbedder:
    """A sentence encoder that takes the first token's state (CLS pooling), as bge does.

    Vectors of short texts are remembered: while a candidate types, most clauses and all key points come again.
    """

    CACHED = 20_000  # vectors of 1.5 kB: 30 MB at most

    def __init__(self, folder: Path, *, version: str, query_prefix: str = "", threads: int = 1) -> None:
        """Load the model from a folder; `version` names model and file, and goes into every manifest and grade."""
        self._model = OnnxModel(folder, threads)
        self._prefix = query_prefix
        self._cache: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()
        self.version = version
        self.dimensions = int(self._one("size").shape[0])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts as they stand. Returns (n, d) float32, rows of length 1."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return np.stack([self._one(text) for text in texts])

    def embed_query(self, query: str) -> NDArray[np.float32]:
        """A search query, with the prefix that the model was trained with. Returns (d,) float32 of length 1."""
        return self._one(self._prefix + query)

    def _one(self, text: str) -> NDArray[np.float32]:
        import numpy as np

        with self._lock:
            if text in self._cache:
                self._cache.move_to_end(text)
                return self._cache[text]
        state = self._model.run(self._model.encode(text))[0]
        vector: NDArray[np.float32] = state / max(float(np.linalg.norm(state)), 1e-12)
        with self._lock:
            self._cache[text] = vector
            while len(self._cache) > self.CACHED:
                self._cache.popitem(last=False)
        return vector
