"""Passages and questions as vectors in Chroma, with a manifest that says what they were made from.

The bank in the database is the truth; the index can be made again from it at any time. The manifest (the embedder's
version, the hash of each document, a generation that every change moves) lies in the collection's own metadata, so that
it is there for a folder and for a server alike.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from pydantic import Field

from coach.domain import Document, Frozen, Passage, content_id
from coach.errors import IndexBusyError, IndexingError
from coach.models.embedder import Embedder
from coach.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from chromadb.api import ClientAPI
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

COLLECTION = "coach"
EF_SEARCH = 200  # HNSW candidates a query: wide enough to be exact on banks of thousands of passages


class Manifest(Frozen):
    """What the index was made from."""

    embedder: str
    generation: int = 0
    documents: dict[str, str] = Field(default_factory=dict)  # "bank/name" to the document's SHA-256


class Found(Frozen):
    """A passage and its cosine to the query."""

    passage: Passage
    cosine: float


def entries_of(document: Document) -> tuple[Passage, ...]:
    """What of a document is indexed: each question by itself, and each passage."""
    questions = tuple(
        Passage(
            id=content_id(document.bank, document.name, "question", question.text),
            bank=document.bank,
            document=document.name,
            text=question.text,
            question_id=question.id,
            question=question.text,
        )
        for question in document.questions
    )
    return questions + document.passages


def text_to_embed(entry: Passage) -> str:
    """A passage is embedded below its question, since alone it may not say what it is about."""
    return entry.text if entry.text == entry.question or not entry.question else f"{entry.question}\n{entry.text}"


class Index:
    """The vector index. Reading needs nothing; the first change takes the folder's lock and keeps it."""

    def __init__(self, settings: Settings, embedder: Embedder) -> None:
        """Connect lazily: nothing is opened before it is used."""
        self._settings = settings
        self._embedder = embedder
        self._client: ClientAPI | None = None
        self._collection: Any = None
        self._mutex = threading.RLock()
        self._lock: FileLock | None = None
        self.notices: list[str] = []  # what a person should know: a rebuild, and why

    # -- what is in it

    def manifest(self) -> Manifest | None:
        """What the index was made from, read afresh; None when nothing is in it. Raises IndexingError."""
        with self._mutex:
            collection = self._open(create=False, fresh=True)
            if collection is None:
                return None
            raw = (collection.metadata or {}).get("manifest")
            return Manifest.model_validate_json(raw) if raw else None

    def query(self, vector: NDArray[np.float32], k: int, bank: str | None = None) -> list[Found]:
        """The k entries nearest to a unit vector, best first. Raises IndexingError."""
        with self._mutex:
            collection = self._open(create=False)
            if collection is None:
                return []
            where = {"bank": bank} if bank else None
            with _chroma("searched", self._settings):
                result = collection.query(
                    query_embeddings=[vector.tolist()], n_results=max(1, k), where=where, include=["documents", "metadatas", "distances"]
                )
        rows = zip(result["ids"][0], result["documents"][0], result["metadatas"][0], result["distances"][0], strict=True)
        return [Found(passage=_passage(id_, text, meta), cosine=1.0 - float(distance)) for id_, text, meta, distance in rows]

    # -- changing it

    def replace_document(self, document: Document, *, step: Callable[[], None] | None = None) -> int:
        """Bring one document's entries up to date; returns how many texts were embedded. Raises IndexingError."""
        with self._mutex:
            self.lock()
            manifest = self._writable()
            embedded = self._upsert(document, step)
            self._save(manifest, {**manifest.documents, f"{document.bank}/{document.name}": document.sha256})
            return embedded

    def remove_document(self, bank: str, name: str) -> None:
        """Take a document's entries out. Raises IndexingError."""
        with self._mutex:
            self.lock()
            manifest = self._writable()
            with _chroma("changed", self._settings):
                self._collection.delete(where={"$and": [{"bank": bank}, {"document": name}]})
            self._save(manifest, {key: sha for key, sha in manifest.documents.items() if key != f"{bank}/{name}"})

    def missing(self, documents: Iterable[tuple[str, str, str]]) -> bool:
        """Whether the index differs from these documents, each (bank, name, SHA-256), or from the embedder in use."""
        manifest = self.manifest()
        wanted = {f"{bank}/{name}": sha for bank, name, sha in documents}
        return bool(wanted) if manifest is None else manifest.embedder != self._embedder.version or manifest.documents != wanted

    def sync(self, documents: Sequence[Document], progress: Callable[[int, int], None] | None = None) -> int:
        """Make the index hold exactly these documents; returns how many texts were embedded.

        Another embedder's vectors and a damaged folder are thrown away first, which loses nothing: the documents are
        the truth. What was done and why is added to `notices`. Raises IndexingError.
        """
        with self._mutex:
            self.lock()
            manifest = self._writable()
            wanted = {f"{document.bank}/{document.name}": document for document in documents}
            for gone in sorted(manifest.documents.keys() - wanted.keys()):
                bank, _, name = gone.partition("/")
                with _chroma("changed", self._settings):
                    self._collection.delete(where={"$and": [{"bank": bank}, {"document": name}]})
            changed = [d for key, d in wanted.items() if manifest.documents.get(key) != d.sha256]
            embedded = 0
            for number, document in enumerate(changed, 1):
                embedded += self._upsert(document, None)
                if progress:
                    progress(number, len(changed))
            self._save(manifest, {key: document.sha256 for key, document in wanted.items()})
            return embedded

    def lock(self) -> None:
        """Become the folder's one writer until close(). Raises IndexBusyError when another process is."""
        if self._settings.chroma_url or (self._lock and self._lock.is_locked):
            return
        self._settings.index_dir.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(self._settings.home / "index.lock", timeout=0)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise IndexBusyError(
                "Another coach is using this library for writing. Add documents on its page's Library tab, stop it first, "
                "or set COACH_CHROMA_URL so that both share a Chroma server."
            ) from error

    def close(self) -> None:
        """Let go of the folder and its lock."""
        with self._mutex:
            self._forget()
            if self._lock:
                self._lock.release()
                self._lock = None

    # -- inside

    def _upsert(self, document: Document, step: Callable[[], None] | None) -> int:
        entries = {entry.id: entry for entry in entries_of(document)}
        with _chroma("changed", self._settings):
            have = set(self._collection.get(where={"$and": [{"bank": document.bank}, {"document": document.name}]}, include=[])["ids"])
        new = [entry for id_, entry in entries.items() if id_ not in have]

        def embed(entry: Passage) -> list[float]:
            vector: list[float] = self._embedder.embed([text_to_embed(entry)])[0].tolist()
            if step:
                step()
            return vector

        with ThreadPoolExecutor(self._settings.threads) as pool:
            vectors = list(pool.map(embed, new))
        with _chroma("changed", self._settings):
            if new:
                self._collection.upsert(
                    ids=[entry.id for entry in new],
                    embeddings=vectors,
                    documents=[entry.text for entry in new],
                    metadatas=[_metadata(entry) for entry in new],
                )
            kept = [entry for id_, entry in entries.items() if id_ in have]
            if kept:  # the text is the same, yet the question that it belongs to may have another id now
                self._collection.update(ids=[entry.id for entry in kept], metadatas=[_metadata(entry) for entry in kept])
            if gone := sorted(have - entries.keys()):
                self._collection.delete(ids=gone)
        return len(new)

    def _save(self, before: Manifest, documents: dict[str, str]) -> None:
        after = Manifest(embedder=self._embedder.version, generation=before.generation + 1, documents=documents)
        with _chroma("changed", self._settings):
            self._collection.modify(metadata={"manifest": after.model_dump_json()})

    def _writable(self) -> Manifest:
        """The manifest, after what cannot be used was thrown away."""
        try:
            manifest = self.manifest()
        except IndexingError as error:
            if self._settings.chroma_url:
                raise
            log.warning("index damaged: %s", error)
            self.notices.append("The search index was damaged and has been made again from your library; nothing is lost.")
            self._forget()
            shutil.rmtree(self._settings.index_dir, ignore_errors=True)
            manifest = None
        if manifest and manifest.embedder != self._embedder.version:
            self.notices.append(
                f"The search index was made with another embedding model ({manifest.embedder}) "
                f"and is made again with {self._embedder.version}."
            )
            with _chroma("changed", self._settings):
                self._connect().delete_collection(COLLECTION)
            self._collection = None
            manifest = None
        self._open(create=True)
        return manifest or Manifest(embedder=self._embedder.version)

    def _open(self, *, create: bool, fresh: bool = False) -> Any:
        if self._collection is not None and not fresh:
            return self._collection
        if not create and not self._settings.chroma_url and not (self._settings.index_dir / "chroma.sqlite3").exists():
            return None
        from chromadb.errors import NotFoundError

        with _chroma("opened", self._settings):
            client = self._connect()
            if create:
                self._collection = client.get_or_create_collection(
                    COLLECTION,
                    embedding_function=None,
                    configuration={"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}},
                )
            else:
                try:
                    self._collection = client.get_collection(COLLECTION, embedding_function=None)
                except NotFoundError:
                    self._collection = None
        return self._collection

    def _connect(self) -> ClientAPI:
        if self._client is None:
            import chromadb
            from chromadb.api.shared_system_client import SharedSystemClient
            from chromadb.config import Settings as ChromaSettings

            quiet = ChromaSettings(anonymized_telemetry=False)
            if self._settings.chroma_url:
                url = urlsplit(self._settings.chroma_url)
                self._client = chromadb.HttpClient(
                    host=url.hostname or "127.0.0.1", port=url.port or 8000, ssl=url.scheme == "https", settings=quiet
                )
            else:
                self._settings.index_dir.mkdir(parents=True, exist_ok=True)
                try:
                    self._client = chromadb.PersistentClient(str(self._settings.index_dir), settings=quiet)
                except BaseException:
                    # Chroma keeps what it could not open, by its folder, and would hand the same broken thing out again.
                    SharedSystemClient.clear_system_cache()
                    raise
        return self._client

    def reopen(self) -> None:
        """Forget what is held open, so that the next query sees what another process has written."""
        with self._mutex:
            self._forget()

    def _forget(self) -> None:
        close = getattr(self._client, "close", None)  # Chroma's type of client does not name it
        if close is not None:
            close()  # lets go of the files; without it each reopening keeps a database open
        self._client = None
        self._collection = None


class _chroma:
    """Turns what Chroma raises into an IndexingError that says what to do."""

    def __init__(self, verb: str, settings: Settings) -> None:
        self._verb, self._settings = verb, settings

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None or isinstance(error, IndexingError) or not isinstance(error, Exception):
            return
        where, mend = (
            (f"the Chroma server at {self._settings.chroma_url}", "Is it running, and is COACH_CHROMA_URL right?")
            if self._settings.chroma_url
            else ("the search index", "It is made again from the library by `coach ingest` or at the next `coach serve`.")
        )
        raise IndexingError(f"{where[0].upper()}{where[1:]} could not be {self._verb} ({error}). {mend}") from error


def _metadata(entry: Passage) -> dict[str, str]:
    return {"bank": entry.bank, "document": entry.document, "question_id": entry.question_id or "", "question": entry.question}


def _passage(id_: str, text: str, meta: dict[str, str]) -> Passage:
    return Passage(
        id=id_, bank=meta["bank"], document=meta["document"], text=text, question_id=meta["question_id"] or None, question=meta["question"]
    )
