"""The ways to search that are compared, and an index in memory for what is not in the library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from coach.domain import Document, Passage
from coach.grading.evidence import Encoders
from coach.index import Found, Index, text_to_embed
from coach.models.embedder import Embedder
from coach.retrieve import Library, Retriever
from coach.settings import Settings

SHIPPED = "shipped"  # fused, and the best hits read again token by token
WEIGHTS = {"bm25": 0.0, "dense": 1.0, "fused": 0.7}  # the share of the dense score
SYSTEMS = (*WEIGHTS, SHIPPED)
SOURCES = ("coach.index", "coach.retrieve", "coach.words", "coach.models.embedder", "coach.models.onnx", "coach.models.tokens")


def retrievers(library: Library, index: Index, encoders: Encoders, dense_weight: float) -> dict[str, Retriever]:
    """Each way to search these documents, by name."""
    by_scores = {name: Retriever(library, index, encoders.embedder, weight) for name, weight in WEIGHTS.items()}
    return {**by_scores, SHIPPED: Retriever(library, index, encoders.embedder, dense_weight, encoders.tokens)}


def named(set_name: str, system: str) -> str:
    """What the figures of a set begin with; those of what ships name no system."""
    return ".".join(part for part in (set_name, "" if system == SHIPPED else system) if part)


class FixedLibrary:
    """Documents that never change."""

    def __init__(self, documents: Sequence[Document]) -> None:
        """Hold these."""
        self._documents = list(documents)

    def generation(self) -> int:
        """Always the same."""
        return 0

    def all_documents(self) -> list[Document]:
        """Every document."""
        return self._documents


class MemoryIndex(Index):
    """A few thousand entries in memory, all of them compared with each query; nothing is written."""

    def __init__(
        self,
        settings: Settings,
        embedder: Embedder,
        entries: Sequence[Passage],
        show: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        """Embed the entries; `show` hears how many are done, of how many."""
        super().__init__(settings, embedder)
        self._entries = list({entry.id: entry for entry in entries}.values())
        with ThreadPoolExecutor(settings.threads) as pool:
            vectors = []
            for vector in pool.map(lambda entry: embedder.embed([text_to_embed(entry)])[0], self._entries):
                vectors.append(vector)
                show(len(vectors), len(self._entries))
        self._vectors: NDArray[np.float32] = np.stack(vectors) if vectors else np.zeros((0, embedder.dimensions), dtype=np.float32)

    def query(self, vector: NDArray[np.float32], k: int, bank: str | None = None) -> list[Found]:
        """The k entries nearest to a unit vector, best first."""
        cosines = self._vectors @ vector
        best = sorted(range(len(self._entries)), key=lambda i: (-float(cosines[i]), self._entries[i].id))
        found = [Found(passage=self._entries[i], cosine=float(cosines[i])) for i in best if bank in (None, self._entries[i].bank)]
        return found[: max(1, k)]

    def reopen(self) -> None:
        """Nothing is held open."""
