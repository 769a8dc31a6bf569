"""How well a passage answers a query, by a cross-encoder that reads both together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from coach.models.onnx import OnnxModel


class Reranker(Protocol):
    """Anything that scores pairs of texts."""

    version: str

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """One logit for each (query, passage): above 0 means relevant."""


class OnnxReranker:
    """A cross-encoder with one output, such as ms-marco-MiniLM (Reimers and Gurevych 2019, trained on MS MARCO)."""

    def __init__(self, folder: Path, *, version: str, threads: int = 1) -> None:
        """Load the model from a folder."""
        self._model = OnnxModel(folder, threads)
        self.version = version

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """One logit for each (query, passage): above 0 means relevant."""
        encodings = [self._model.encode(query, passage) for query, passage in pairs]
        return [float(logit.reshape(-1)[0]) for logit in self._model.run_all(encodings)]
