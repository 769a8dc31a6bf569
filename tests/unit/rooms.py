"""A room for the tests of the spoken interview: a candidate with a microphone, a page that plays replies, a desk; all in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from interviews import Bench, document, question
from talking import Loud, Tongue, silence

from coach.errors import UsageError
from coach.session import Session
from coach.settings import Settings
from coach.spoken import Spoken, Transcript
from coach.store import Store
from coach.voice.dialogue import Dialogue
from coach.voice.messages import ClientMessage, Hello, Outgoing, Played, Said, Say, ServerMessage, State, Stop
from coach.voice.sound import Samples
from coach.voice.work import Inline, Work

STEP = 3200  # samples the page sends at once
RATE = 1000  # of the coach's voice
SPOKEN_WORD = 0.25  # seconds


class Voice:
    """Says each word in a quarter of a second."""

    name, rate = "voice", RATE

    def __init__(self) -> None:
        self.spoken: list[str] = []

    def speak(self, text: str) -> Iterator[Samples]:
        self.spoken.append(text)
        for _ in text.split():
            yield np.full(round(SPOKEN_WORD * RATE), 0.2, dtype=np.float32)


@dataclass
class Parts:
    tongue: Tongue = field(default_factory=Tongue)
    synthesiser: Voice | None = field(default_factory=Voice)

    @property
    def recogniser(self) -> Tongue:
        return self.tongue

    @property
    def quick(self) -> Tongue:
        return self.tongue

    def detector(self) -> Loud:
        return Loud()

    def warm(self) -> None:
        pass


@dataclass
class SpokenBench(Bench):
    """The tools of a session, and the voice's."""

    voice: Parts = field(default_factory=Parts)
    settings: Settings = field(default_factory=lambda: Settings(home=Path("unused")))


def spoken_bench(tmp_path: Path) -> Iterator[SpokenBench]:
    """A fixture: a bench with a store of three questions."""
    store = Store.open(f"sqlite:///{tmp_path / 'coach.db'}")
    store.save_document(document(*[question(id) for id in ("dropout", "momentum", "batchnorm")]))
    yield SpokenBench(store=store, settings=Settings(home=tmp_path))
    store.close()


@dataclass
class Job:
    finished: bool = True
    error: Exception | None = None


@dataclass
class Running:
    session: Session
    job: Job


class Desk:
    """Moves sessions at once; with `slow`, only once somebody stops the full check."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.slow = bench, False
        self.stopped = 0
        self.kept_at: list[int | None] = []  # the questions that the pages were kept at, one after another
        self.not_made_out: list[str] = []
        self.running: Running | None = None
        self._rest: Callable[[], object] = lambda: None

    def find(self, session_id: str) -> Running | None:
        return self.running if self.running is not None and not self.running.job.finished else None

    def open(self, session_id: str) -> Session:
        return Session.open(self.bench, session_id)  # type: ignore[arg-type]

    def submit(self, session_id: str, text: str, spoken: Spoken | None = None) -> Running:
        if self.find(session_id):
            raise UsageError("The last answer is still being checked.")
        session = self.open(session_id)
        updates = session.submit(text, spoken)
        self.running = Running(session, Job(finished=False))
        self._rest = lambda: list(updates)
        if not self.slow:
            self.finish()
        return self.running

    def finish(self) -> None:
        assert self.running is not None
        self._rest()
        self.running.job.finished = True

    def resume(self, session_id: str) -> Running:
        session = self.open(session_id)
        list(session.resume())
        return Running(session, Job())

    def skip(self, session_id: str) -> Session:
        session = self.open(session_id)
        session.skip()
        return session

    def not_heard(self, session_id: str, transcript: Transcript, reason: str) -> Session:
        self.not_made_out.append(reason)
        session = self.open(session_id)
        session.not_heard(transcript, reason)
        return session

    def stop(self, session_id: str) -> None:
        self.stopped += 1
        self.finish()

    def keep_at(self, session_id: str, number: int | None) -> None:
        self.kept_at.append(number)


class Room:
    """One conversation. Sound that the candidate makes moves the time, and the page plays meanwhile what the coach says."""

    def __init__(self, bench: SpokenBench, session: Session, work: Work | None = None) -> None:
        self.bench, self.desk, self.session_id = bench, Desk(bench), session.id
        self.now = 0.0
        self.sent: list[tuple[float, Outgoing]] = []
        self._playing: dict[int, float] = {}  # seconds of each reply that are still to be played
        self._whole: set[int] = set()
        self.dialogue = Dialogue(bench, self.desk, session.id, self._receive, work or Inline(), lambda: self.now)

    # -- the candidate

    def enter(self, **hello: bool) -> None:
        self.dialogue.message(Hello(**hello))

    def say(self, text: str) -> None:
        self._hear(self.bench.voice.tongue.say(text))

    def wait(self, seconds: float) -> None:
        self._hear(silence(seconds))

    def listen(self) -> None:
        """Be silent until the coach is."""
        for _ in range(600):
            self.wait(0.2)
            if not self._playing:
                return
        raise AssertionError("the coach does not stop talking")

    def tell(self, message: ClientMessage) -> None:
        self.dialogue.message(message)

    def _hear(self, samples: Samples) -> None:
        for at in range(0, len(samples), STEP):
            piece = samples[at : at + STEP]
            self._pass(len(piece) / 16_000)
            self.dialogue.hear(piece)
            self.dialogue.tick()

    # -- the page

    def _receive(self, out: Outgoing) -> None:
        self.sent.append((self.now, out))
        if isinstance(out, bytes):
            reply = int.from_bytes(out[:4], "little")
            self._playing[reply] = self._playing.get(reply, 0.0) + (len(out) - 4) / 2 / RATE
        elif isinstance(out, Said):
            self._whole.add(out.reply)
        elif isinstance(out, Stop):
            self._playing.pop(out.reply, None)

    def _pass(self, seconds: float) -> None:
        self.now += seconds
        while self._playing and seconds > 0:
            reply = min(self._playing)
            played = min(seconds, self._playing[reply])
            self._playing[reply] -= played
            seconds -= played
            if self._playing[reply] > 1e-9:
                return
            if reply not in self._whole:
                return
            del self._playing[reply]
            self.dialogue.message(Played(reply=reply))

    # -- what was seen and heard

    @property
    def playing(self) -> bool:
        return bool(self._playing)

    def said(self, since: float = 0.0) -> list[str]:
        return [out.text for at, out in self.sent if isinstance(out, Say) and at >= since]

    def messages(self, kind: type[ServerMessage], since: float = 0.0) -> list[ServerMessage]:
        return [out for at, out in self.sent if isinstance(out, kind) and at >= since]

    def states(self) -> list[str]:
        return [out.state for _, out in self.sent if isinstance(out, State)]

    def first_sound(self, since: float) -> float:
        return next(at for at, out in self.sent if isinstance(out, bytes) and at > since)

    @property
    def session(self) -> Session:
        return self.desk.open(self.session_id)
