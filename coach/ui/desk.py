"""Where the pages' interviews are worked on: sessions, their running jobs, and the line for the full check. No HTML, no Gradio."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from coach.domain import Frozen, VerdictKind
from coach.errors import UsageError
from coach.events import Graded, Setup
from coach.recordings import Recordings
from coach.session import Session
from coach.spoken import Spoken, Transcript
from coach.ui.checklist import Progress
from coach.ui.conversation import Live
from coach.ui.jobs import Job, Jobs, Line
from coach.updates import FastGraded, PointJudged, Update, WritingFollowUp

if TYPE_CHECKING:
    from coach.wiring import Coach

WORKERS = 8  # answers that are worked on at the same time; the rest wait for their turn
REMOTE_AT_ONCE = 4  # full checks at the same time when the chat model is a service


class Waiting(Frozen):
    """The full check is busy with this many answers before ours."""

    place: int


Step = Update | Waiting


class Running(NamedTuple):
    """A session with a job on it. The job's thread moves the session; others only read its state, which is never changed in place."""

    session: Session
    job: Job[Step]


class Desk:
    """The work on all sessions of this server."""

    def __init__(self, coach: Coach) -> None:
        """Nothing is worked on yet."""
        self._coach = coach
        self._jobs: Jobs[Step] = Jobs(WORKERS, "interview")
        self._lines = {True: Line(1), False: Line(REMOTE_AT_ONCE)}
        self._running: dict[str, Running] = {}
        self._kept_at: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def local(self) -> bool:
        """Whether the chat model, if there is one, runs on this machine."""
        chat = self._coach.chat
        return chat is None or chat.local

    def begin(self, setup: Setup) -> Session:
        """Start an interview and put its first question. Raises UsageError when no question fits."""
        return Session.start(self._coach, setup)

    def open(self, session_id: str) -> Session:
        """The session as it is stored. Raises StoreError when it is not there."""
        return Session.open(self._coach, session_id)

    def find(self, session_id: str) -> Running | None:
        """The session with the job that runs on it just now, if any."""
        running = self._running.get(session_id)
        return running if running is not None and not running.job.finished else None

    def submit(self, session_id: str, text: str, spoken: Spoken | None = None) -> Running:
        """Store an answer, then grade it in a job. Raises a CoachError when it is not stored; nothing has changed then."""
        return self._work(session_id, lambda session, stop: session.submit(text, spoken, stop=stop))

    def not_heard(self, session_id: str, transcript: Transcript, reason: str) -> Session:
        """Note that what was said could not be made out, and why; the question stays open."""
        session = self._idle(session_id)
        session.not_heard(transcript, reason)
        return session

    def correct(self, session_id: str, turn_id: int, text: str) -> Running:
        """Store the corrected transcript of a spoken answer, then grade it again in a job. Raises a CoachError when it is not stored."""
        return self._work(session_id, lambda session, stop: session.correct(turn_id, text, stop=stop))

    def resume(self, session_id: str) -> Running:
        """Do in a job what is still due: grade what was stored and not graded, find the next question."""
        return self._work(session_id, lambda session, stop: session.resume(stop))

    def skip(self, session_id: str) -> Session:
        """Pass, and put the next question."""
        session = self._idle(session_id)
        session.skip()
        return session

    def hint(self, session_id: str) -> Session:
        """Give a hint."""
        session = self._idle(session_id)
        session.hint()
        return session

    def model_answer(self, session_id: str) -> Session:
        """Show the model answer of the question that is on."""
        session = self._idle(session_id)
        session.model_answer()
        return session

    def dispute(self, session_id: str, number: int, point_id: str, verdict: VerdictKind | None, why: str = "") -> Session:
        """Note that the verdict on a point of question `number` should be another one; no verdict takes that back."""
        session = self._idle(session_id)
        if verdict is None:
            session.take_back(number, point_id)
        else:
            session.dispute(number, point_id, verdict, why)
        return session

    def end(self, session_id: str) -> Session:
        """End the interview."""
        session = self._idle(session_id)
        session.end()
        return session

    def keep_at(self, session_id: str, number: int | None) -> None:
        """Have the pages of a spoken interview stay with question `number` until the talk goes on; None when no talk leads any more.

        The number after the last question's is the report's.
        """
        if number is None:
            self._kept_at.pop(session_id, None)
        else:
            self._kept_at[session_id] = number

    def kept_at(self, session_id: str) -> int | None:
        """The question that a talk keeps the pages at, whatever the session has gone on to meanwhile; None without a talk."""
        return self._kept_at.get(session_id)

    def stop(self, session_id: str) -> None:
        """Stop the full check: the quick one's grade stands."""
        running = self._running.get(session_id)
        if running is not None:
            running.job.stop.set()

    def delete(self, session_id: str) -> bool:
        """Delete a session and all that was said in it, its recordings first."""
        self.stop(session_id)
        Recordings(self._coach.settings.home).delete(session_id)
        return self._coach.store.delete_session(session_id)

    def place(self, running: Running) -> int:
        """How many answers are worked on before this one's turn comes."""
        return self._jobs.place(running.job)

    def close(self) -> None:
        """Ask everything that runs to stop."""
        self._jobs.stop_all()

    def _idle(self, session_id: str) -> Session:
        if self.find(session_id):
            raise UsageError("The last answer is still being checked. Wait a moment, or stop the check first.")
        return self.open(session_id)

    def _work(self, session_id: str, begin: Callable[[Session, threading.Event], Iterator[Update]]) -> Running:
        with self._lock:
            session = self._idle(session_id)
            stop = threading.Event()
            updates = begin(session, stop)
            job = self._jobs.start(session_id, lambda job: self._in_line(updates, job.stop), stop=stop)
            running = Running(session, job)
            self._running = {key: other for key, other in self._running.items() if not other.job.finished} | {session_id: running}
            return running

    def _in_line(self, updates: Iterator[Update], stop: threading.Event) -> Iterator[Step]:
        """The updates. After the quick grade, the full check waits until those before it are done, and says how many they are."""
        for update in updates:
            yield update
            if isinstance(update, FastGraded) and update.full_follows:
                with self._lines[self.local].ticket() as ahead:
                    shown = 0
                    while (now := ahead()) and not stop.wait(0.1):
                        if now != shown:
                            shown = now
                            yield Waiting(place=now)
                    yield from updates


def live_of(steps: list[Step], *, place: int = 0) -> Live:
    """What the page shows of a running check: the quick grade, and the verdicts so far."""
    live = Live(progress=Progress(place=place))
    for step in steps:
        match step:
            case FastGraded():
                total = len(step.grade.points) if step.full_follows else 0
                live = Live(grade=step.thread_grade, progress=Progress(total=total))
            case Waiting():
                live = live.model_copy(update={"progress": live.progress.model_copy(update={"place": step.place})})
            case PointJudged():
                judged = {**live.progress.judged, step.verdict.id: step.verdict}
                live = live.model_copy(update={"progress": live.progress.model_copy(update={"judged": judged, "place": 0})})
            case Graded():
                live = live.model_copy(update={"writing": False})
            case WritingFollowUp():
                live = live.model_copy(update={"writing": True})
            case _:
                pass
    return live
