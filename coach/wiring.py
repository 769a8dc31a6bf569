"""From settings to the objects that are expensive to make, each made once.

`app.py` and `cli.py` make a Coach and hand it on. A part is made when it is first asked for, or ahead of time by `warm`,
which the page calls so that it is up before the models are.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from coach.domain import Frozen, Grade, GraderName, Question
from coach.errors import CoachError, IndexBusyError, ModelError, UsageError
from coach.settings import Settings

if TYPE_CHECKING:
    from coach.grading.evidence import Encoders
    from coach.grading.grader import FastGrader, FullGrader, Grader
    from coach.grading.judge import Judge
    from coach.index import Index
    from coach.models.catalogue import ModelKind
    from coach.models.chat import ChatModel
    from coach.models.reader import LayerReader, Reader
    from coach.models.weights import Listener, Progress
    from coach.retrieve import Retriever
    from coach.store import Store
    from coach.voice.parts import VoiceParts

log = logging.getLogger(__name__)

LoadName = Literal["encoders", "library", "chat", "voice"]
State = Literal["waiting", "fetching", "loading", "ready", "failed", "off"]
BUSY = 2.0  # seconds until the library is tried again that another process is writing to

ENCODERS: tuple[ModelKind, ...] = ("embedding", "tokens")  # the kinds of models to fetch that the fast grader reads with


class LoadState(Frozen):
    """How far one part is. `done` and `total` are bytes while fetching, else counts; both 0 when there is nothing to count."""

    name: LoadName
    state: State
    done: int = 0
    total: int = 0
    message: str = ""


def corpus_folder() -> Path:
    """The bundled corpus: inside an installed package, else beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "_corpus"
    return installed if installed.is_dir() else package.parent / "corpus"


class Coach:
    """Everything that a session, a page or a command works with. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """Make nothing yet."""
        self.settings = settings
        # One lock a part, so that the database answers while models load, and the page while the library is indexed.
        self._encoders_lock, self._store_lock, self._parts_lock = threading.Lock(), threading.Lock(), threading.RLock()
        self._library_lock, self._chat_lock, self._reader_lock = threading.Lock(), threading.Lock(), threading.Lock()
        self._voice_lock = threading.Lock()
        self._store: Store | None = None
        self._index: Index | None = None
        self._retriever: Retriever | None = None
        self._fast: FastGrader | None = None
        self._loads: dict[LoadName, LoadState] = {
            "encoders": LoadState(name="encoders", state="waiting"),
            "library": LoadState(name="library", state="waiting"),
            "chat": LoadState(name="chat", state="off" if settings.llm == "none" else "waiting"),
            "voice": LoadState(name="voice", state="off"),  # until somebody wants to talk
        }
        self._chat: ChatModel | None = None
        self._reader: LayerReader | None = None
        self._judge: Judge | None = None
        self._encoders: Encoders | None = None
        self._voice: VoiceParts | None = None
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []

    # -- the parts

    @property
    def store(self) -> Store:
        """The database. Raises StoreError."""
        from coach.store import Store

        with self._store_lock:
            if self._store is None:
                self._store = Store.open(self.settings.database)
            return self._store

    @property
    def encoders(self) -> Encoders:
        """The fast grader's three models, fetched first when they are not here. Raises WeightsError."""
        with self._encoders_lock:
            if self._encoders is None:
                try:
                    self._encoders = self._load_encoders(self._listener("encoders"))
                except CoachError as error:
                    self._set("encoders", "failed", message=str(error))
                    raise
                self._set("encoders", "ready")
            return self._encoders

    @property
    def index(self) -> Index:
        """The vector index. Raises WeightsError."""
        from coach.index import Index

        with self._parts_lock:
            if self._index is None:
                self._index = Index(self.settings, self.encoders.embedder)
            return self._index

    @property
    def retriever(self) -> Retriever:
        """Searches the library. Raises WeightsError."""
        from coach.retrieve import Retriever

        with self._parts_lock:
            if self._retriever is None:
                encoders = self.encoders
                self._retriever = Retriever(self.store, self.index, encoders.embedder, self.settings.dense_weight, encoders.tokens)
            return self._retriever

    @property
    def fast(self) -> FastGrader:
        """The grader without a chat model. Raises WeightsError."""
        from coach.grading.grader import FastGrader

        with self._parts_lock:
            if self._fast is None:
                self._fast = FastGrader(self.encoders)
            return self._fast

    @property
    def full(self) -> FullGrader | None:
        """The grader with a language model, or None while that is not ready."""
        from coach.grading.grader import FullGrader

        judge = self._judge if self._loads["chat"].state == "ready" else None
        return FullGrader(self.fast, judge) if judge is not None else None

    @property
    def chat(self) -> ChatModel | None:
        """The chat model, or None while it is not ready."""
        return self._chat if self._loads["chat"].state == "ready" else None

    @property
    def voice(self) -> VoiceParts:
        """What hears and speaks; each of its parts is made when it is first asked for."""
        from coach.voice.parts import VoiceParts

        with self._voice_lock:
            if self._voice is None:
                self._voice = VoiceParts(self.settings, self._listener("voice"), self._closed.is_set, self._voice_settled)
            return self._voice

    def now(self) -> datetime:
        """The time, with its zone."""
        return datetime.now(UTC)

    # -- making them

    def loading(self) -> tuple[LoadState, ...]:
        """How far each part is."""
        return tuple(self._loads.values())

    def warm(self) -> None:
        """Make everything in the background: the encoders and the library first, the chat model beside them."""
        for name, work in (("library", self._warm_library), ("chat", self._warm_chat)):
            thread = threading.Thread(target=work, name=f"warm-{name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def warm_voice(self) -> None:
        """Make what hears and speaks in the background, unless that is done or on its way: for when somebody may want to talk."""
        with self._voice_lock:
            if self._loads["voice"].state not in ("off", "failed"):
                return
            self._set("voice", "loading")
        thread = threading.Thread(target=self._warm_voice, name="warm-voice", daemon=True)
        self._threads.append(thread)
        thread.start()

    def prepare_library(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Import what is new in the bundled corpus, and make the index hold what the library holds.

        Raises WeightsError, StoreError, IndexingError, IndexBusyError (it is out of date, and another process has it open for writing).
        """
        with self._library_lock:
            self._set("library", "loading")
            self.import_bundled()
            rows = [(row.bank, row.name, row.sha256) for row in self.store.documents()]
            if self.index.missing(rows):
                self.index.sync(self.store.all_documents(), progress or (lambda done, total: self._set("library", "loading", done, total)))
            self._set("library", "ready", message=" ".join(self.index.notices))

    def import_bundled(self) -> None:
        """Import what is new in the bundled corpus, and leave the index as it is. Raises StoreError."""
        from coach.bank.ingest import import_corpus

        import_corpus(corpus_folder(), self.store, NoIndex(), self.settings)

    def open_judge(self, progress: Listener | None = None) -> Judge:
        """What the full grader judges with, fetched and started; the chat model with it, which starts when it first has to write.

        A capable model behind an address judges itself; for all others the reader does, which has been measured. Raises UsageError when no
        model is set, ModelError, WeightsError.
        """
        from coach.grading.calibration import calibration
        from coach.grading.judge import AskingJudge, ProbingJudge
        from coach.models.chat import open_chat

        with self._chat_lock:
            if self._judge is None:
                listen = progress or self._listener("chat")
                chat = self._chat = self._chat or open_chat(self.settings, progress=listen, cancelled=self._closed.is_set)
                if chat is None:
                    raise UsageError("No chat model is set (COACH_LLM=none). Set COACH_LLM to use the full grader.")
                if chat.judges:
                    self._judge = AskingJudge(chat)
                else:
                    self._judge = ProbingJudge(self.open_reader(listen), calibration().probes["reader"])
            self._set("chat", "ready", message=self._judge.name)
            return self._judge

    def open_reader(self, progress: Listener | None = None) -> Reader:
        """The language model that is read, fetched and started. Raises ModelError, WeightsError."""
        from coach.models import weights
        from coach.models.catalogue import load_catalogue
        from coach.models.reader import LayerReader

        with self._reader_lock:
            if self._reader is None:
                entry = load_catalogue().default("reader")
                assert entry.dimensions is not None
                folder = weights.pull(entry.name, self.settings, progress or self._listener("chat"), self._closed.is_set)
                self._set("chat", "loading")
                path = folder / entry.files[0].path
                reader = LayerReader(path, self.settings, version=entry.version, dimensions=entry.dimensions)
                reader.served.start()
                self._reader = reader
            return self._reader

    def close(self) -> None:
        """Stop what runs and let go of what is held."""
        self._closed.set()
        for model in (self._chat, self._reader):
            if model is not None:
                model.close()
        for part in (self._index, self._store):
            if part is not None:
                part.close()

    # -- the things that commands do

    def grader(self, name: Literal["auto"] | GraderName) -> tuple[Grader, str | None]:
        """A grader by name, and for `auto` the reason why it fell back to the fast one, if it did.

        Raises ModelError or WeightsError when `full` cannot be had.
        """
        from coach.grading.grader import FullGrader

        if name == "fast":
            return self.fast, None
        if name == "auto" and self.settings.llm == "none":
            return self.fast, "no chat model is set (COACH_LLM=none)"
        try:
            return FullGrader(self.fast, self.open_judge()), None
        except CoachError as error:
            if name == "full":
                raise ModelError(f"The full grader needs a chat model. {error}") from error
            return self.fast, str(error)

    def grade(self, question: Question, answer: str, grader: Grader) -> Grade:
        """One grade: the passages that bear on the answer, then the grader."""
        return grader.grade(question, answer, self.retriever.passages_for(question, answer))

    # -- inside

    def _load_encoders(self, progress: Listener) -> Encoders:
        from coach.grading.evidence import Encoders
        from coach.models import weights
        from coach.models.catalogue import load_catalogue
        from coach.models.embedder import OnnxEmbedder
        from coach.models.tokens import OnnxTokenEncoder
        from coach.models.verdict_encoder import OnnxVerdictEncoder

        catalogue, threads = load_catalogue(), 1
        names: dict[ModelKind, str] = {kind: catalogue.default(kind).name for kind in ENCODERS}
        names["embedding"] = self.settings.embedder
        folders = {kind: weights.pull(name, self.settings, progress) for kind, name in names.items()}
        self._set("encoders", "loading")
        embedding = catalogue.find(names["embedding"])
        return Encoders(
            OnnxEmbedder(folders["embedding"], version=embedding.version, query_prefix=embedding.query_prefix, threads=threads),
            OnnxTokenEncoder(folders["tokens"], version=catalogue.find(names["tokens"]).version, threads=threads),
            OnnxVerdictEncoder(folders["tokens"] / "tokenizer.json", threads=threads),
        )

    def _warm_library(self) -> None:
        try:
            while not self._prepared():
                if self._closed.wait(BUSY):
                    return
            self.fast.prepare()
        except CoachError as error:
            log.error("the library is not ready: %s", error)
            self._set("library", "failed", message=str(error))

    def _prepared(self) -> bool:
        """Whether the library could be made ready. It waits where another process, such as a command in a terminal, is about to be done."""
        try:
            self.prepare_library()
        except IndexBusyError as error:
            self._set("library", "waiting", message=str(error))
            return False
        return True

    def _warm_chat(self) -> None:
        if self.settings.llm == "none":
            return
        try:
            self.open_judge()
        except CoachError as error:
            if not self._closed.is_set():
                log.warning("no chat model: %s", error)
                self._set("chat", "failed", message=str(error))

    def _warm_voice(self) -> None:
        try:
            self.voice.warm()
            self._voice_settled(None)
        except CoachError as error:
            if not self._closed.is_set():
                log.warning("no voice: %s", error)
                self._voice_settled(error)

    def _voice_settled(self, error: CoachError | None) -> None:
        self._set("voice", "failed" if error else "ready", message=str(error or ""))

    def _listener(self, name: LoadName) -> Listener:
        def listen(progress: Progress) -> None:
            state: State = "loading" if progress.stage == "verify" else "fetching"
            self._set(name, state, progress.done_bytes, progress.total_bytes, progress.name)

        return listen

    def _set(self, name: LoadName, state: State, done: int = 0, total: int = 0, message: str = "") -> None:
        self._loads[name] = LoadState(name=name, state=state, done=done, total=total, message=message)


class NoIndex:
    """Takes the place of the index where nothing is to be indexed now: a sync later fills it in one go."""

    def replace_document(self, document: object, *, step: object = None) -> None:
        """Leave it to the sync that follows."""

    def remove_document(self, bank: str, name: str) -> None:
        """Leave it to the sync that follows."""
