"""An answer that was said to its end, and what is kept with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coach.domain import Question
from coach.interview_state import Turn
from coach.recordings import Recordings
from coach.spoken import Spoken, Transcript
from coach.voice.delivery import delivery_of
from coach.voice.sound import RATE, Samples, wav_bytes


@dataclass(frozen=True)
class Answer:
    """An answer to a turn, its sound (16 kHz mono), and the number of the reply to it."""

    turn: Turn
    question: Question
    transcript: Transcript
    sound: Samples
    reply: int

    @property
    def text(self) -> str:
        """What is graded."""
        return self.transcript.text

    @property
    def mended(self) -> tuple[tuple[str, str], ...]:
        """The words that were mended, each with what had been heard."""
        return tuple((word.text, word.heard) for word in self.transcript.words if word.heard is not None)

    def spoken(self, recording: str | None) -> Spoken:
        """What is kept with the answer's text."""
        delivery = delivery_of(self.transcript, self.question, follow_up=self.turn.role != "question")
        return Spoken(transcript=self.transcript, delivery=delivery, recording=recording)

    def keep_sound(self, home: Path, session_id: str) -> str:
        """Keep the recording, and return its name. Raises StoreError."""
        return Recordings(home).keep(session_id, self.turn.id, wav_bytes(self.sound, RATE))
