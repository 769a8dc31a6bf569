"""A spoken answer as it is kept: the words as they were heard, with their times, and how it sounded. Values only."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from coach.domain import Frozen

LengthFit = Literal["short", "fit", "long"]


class Word(Frozen):
    """One word of a transcript. Times are seconds from the start of the recording.

    `heard` is what the recogniser wrote, where `text` was mended to a term of the question; None where nothing was changed.
    """

    text: str
    start: float = Field(ge=0)
    end: float = Field(ge=0)
    probability: float = Field(ge=0, le=1)
    heard: str | None = None


class Transcript(Frozen):
    """What a recogniser made of a recording. `clipped` is the share of samples at full scale, `speech` the seconds of it that are speech.

    `language` is an ISO 639-1 code, or empty where the recogniser does not tell.
    """

    words: tuple[Word, ...]
    seconds: float = Field(ge=0)
    speech: float = Field(ge=0)
    clipped: float = Field(default=0.0, ge=0, le=1)
    language: str = "en"
    language_probability: float = Field(default=1.0, ge=0, le=1)
    recogniser: str = ""  # name and version

    @property
    def text(self) -> str:
        """The words in one line, as the candidate reads them."""
        return " ".join(word.text for word in self.words)


class Filler(Frozen):
    """A filler ("um", "you know") and where it was said, in seconds."""

    text: str
    at: float


class Pause(Frozen):
    """A long pause within the answer, in seconds."""

    start: float
    end: float


class Pace(Frozen):
    """Words a minute in one stretch of the answer that starts at `at` seconds."""

    at: float
    words_per_minute: float


class SpokenDelivery(Frozen):
    """How an answer sounded, from word timings. It never touches the score."""

    words: int
    seconds: float
    words_per_minute: float
    pace: tuple[Pace, ...] = ()
    fillers: tuple[Filler, ...] = ()
    pauses: tuple[Pause, ...] = ()
    hedges: tuple[str, ...] = ()
    hedge_share: float = 0.0  # hedging words among all words
    length: LengthFit = "fit"
    fit_seconds: tuple[float, float] = (0.0, 0.0)  # what is fit for the question, least and most
    suggestion: str = ""


class Spoken(Frozen):
    """What is kept with an answer that was spoken. `recording` names the sound file, when the candidate asked to keep it."""

    transcript: Transcript
    delivery: SpokenDelivery
    recording: str | None = None
