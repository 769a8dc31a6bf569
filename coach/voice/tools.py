"""What a conversation works with, as it sees it: the coach's parts with the voice's among them, and the desk that moves sessions."""

from __future__ import annotations

from typing import Protocol

from coach import tools
from coach.session import Session
from coach.settings import Settings
from coach.spoken import Spoken, Transcript
from coach.voice.stt import Recogniser
from coach.voice.tts import Synthesiser
from coach.voice.vad import SpeechDetector


class Parts(Protocol):
    """The speech models, each made once and shared. Each raises a CoachError when it cannot be had."""

    @property
    def recogniser(self) -> Recogniser:
        """For what counts."""

    @property
    def quick(self) -> Recogniser:
        """For what is shown while they speak."""

    @property
    def synthesiser(self) -> Synthesiser | None:
        """The coach's voice; None where the browser's is to be used."""

    def detector(self) -> SpeechDetector:
        """A detector of one's own."""

    def warm(self) -> None:
        """Make everything, so that the first word is heard as quickly as the next."""


class Tools(tools.Tools, Protocol):
    """The coach's parts."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""

    @property
    def voice(self) -> Parts:
        """The speech models."""


class Job(Protocol):
    """Grading at work."""

    @property
    def finished(self) -> bool:
        """Whether there is no more to come."""

    @property
    def error(self) -> Exception | None:
        """What it failed of, if it did."""


class Running(Protocol):
    """A session with a job on it."""

    @property
    def session(self) -> Session:
        """The session, which the job moves."""

    @property
    def job(self) -> Job:
        """The job."""


class Desk(Protocol):
    """Where sessions are moved. Everything raises a CoachError when it cannot be done."""

    def find(self, session_id: str) -> Running | None:
        """The session with the job that runs on it just now, if any."""

    def open(self, session_id: str) -> Session:
        """The session as it is stored."""

    def submit(self, session_id: str, text: str, spoken: Spoken | None = None) -> Running:
        """Store an answer, then grade it in a job."""

    def resume(self, session_id: str) -> Running:
        """Do in a job what is still due."""

    def skip(self, session_id: str) -> Session:
        """Pass, and put the next question."""

    def not_heard(self, session_id: str, transcript: Transcript, reason: str) -> Session:
        """Note that what was said could not be made out; the question stays open."""

    def stop(self, session_id: str) -> None:
        """Stop the full check."""

    def keep_at(self, session_id: str, number: int | None) -> None:
        """Have the pages stay with question `number` until it is called again; with None, they stand where the session does."""
