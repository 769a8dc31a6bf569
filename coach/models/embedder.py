"""Texts to vectors of length 1."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from coach.models.onnx import OnnxModel
from coach.models.remembered import Remembered

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

    def forget(self) -> None:
        """Let go of every vector that is remembered."""


class OnnxEmbedder:
    """A sentence encoder that takes the first token's state (CLS pooling), as bge does.

    Vectors of short texts are remembered: while a candidate types, most clauses and all key points come again.
    """

    CACHED = 20_000  # vectors of 1.5 kB: 30 MB at most

    def __init__(self, folder: Path, *, version: str, query_prefix: str = "", threads: int = 1) -> None:
        """Load the model from a folder; `version` names model and file, and goes into every manifest and grade."""
        self._model = OnnxModel(folder / "model.onnx", folder / "tokenizer.json", threads)
        self._prefix = query_prefix
        self._known: Remembered[NDArray[np.float32]] = Remembered(self.CACHED)
        self.version = version
        self.dimensions = int(self.embed(["size"]).shape[1])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Texts as they stand. Returns (n, d) float32, rows of length 1."""
        import numpy as np

        return np.stack(self._known.of(texts, self._vectors)) if texts else np.zeros((0, self.dimensions), dtype=np.float32)

    def embed_query(self, query: str) -> NDArray[np.float32]:
        """A search query, with the prefix that the model was trained with. Returns (d,) float32 of length 1."""
        vector: NDArray[np.float32] = self.embed([self._prefix + query])[0]
        return vector

    def forget(self) -> None:
        """Compute anew whatever comes next, as if it had not been read before; for who measures that."""
        self._known.forget()

    def _vectors(self, texts: list[str]) -> list[NDArray[np.float32]]:
        import numpy as np

        firsts = [states[0] for states, *_ in self._model.run_all([self._model.encode(text) for text in texts])]
        return [first / max(float(np.linalg.norm(first)), 1e-12) for first in firsts]
