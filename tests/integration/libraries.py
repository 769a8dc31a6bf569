"""What the tests of the index and of retrieval share: small documents, an embedder that counts words, the real encoders."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from model_home import model_settings

from coach.domain import Document, KeyPoint, Passage, Question, content_id
from coach.models.embedder import OnnxEmbedder
from coach.models.tokens import OnnxTokenEncoder
from coach.words import content_stems

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]


class WordEmbedder:
    """Each stem is a direction, by its hash: texts that share words are near. `texts` records what was embedded."""

    dimensions = 64

    def __init__(self, version: str = "words-1") -> None:
        self.version = version
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        self.texts += texts
        return np.stack([self._one(text) for text in texts]) if texts else np.zeros((0, self.dimensions), np.float32)

    def embed_query(self, query: str) -> NDArray[np.float32]:
        return self._one(query)

    def _one(self, text: str) -> NDArray[np.float32]:
        import numpy as np

        vector = np.full(self.dimensions, 1e-3, dtype=np.float32)
        for stem in content_stems(text):
            vector[int.from_bytes(hashlib.sha256(stem.encode()).digest()[:4], "big") % self.dimensions] += 1
        return vector / np.float32(np.linalg.norm(vector))


@cache
def colbert() -> OnnxTokenEncoder:
    """The token encoder that ships, once a test run."""
    from coach.models import weights
    from coach.models.catalogue import load_catalogue

    name = load_catalogue().default("tokens").name
    return OnnxTokenEncoder(weights.pull(name, model_settings()), version=load_catalogue().find(name).version)


@cache
def bge() -> OnnxEmbedder:
    """The embedder that ships, once a test run."""
    from coach.models import weights
    from coach.models.catalogue import load_catalogue

    name = "bge-small-en-v1.5"
    entry = load_catalogue().find(name)
    return OnnxEmbedder(weights.pull(name, model_settings()), version=entry.version, query_prefix=entry.query_prefix)


def document(name: str = "notes.md", bank: str = "ml", **answers: str) -> Document:
    """A document with a question for each keyword: its name is the id, its value the answer."""
    questions = tuple(
        Question(id=id, bank=bank, text=f"What is {id}?", answer=text, key_points=(KeyPoint.of(text),), source=name)
        for id, text in answers.items()
    )
    passages = tuple(
        Passage(id=content_id(bank, name, q.id, q.answer), bank=bank, document=name, text=q.answer, question_id=q.id, question=q.text)
        for q in questions
    )
    sha = hashlib.sha256(repr(sorted(answers.items())).encode()).hexdigest()
    return Document(name=name, bank=bank, sha256=sha, questions=questions, passages=passages)
