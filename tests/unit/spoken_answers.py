"""What the tests of spoken answers share: transcripts from a line of text, and answers that were spoken."""

from __future__ import annotations

from coach.domain import Question
from coach.spoken import Spoken, Transcript, Word
from coach.voice.delivery import delivery_of

SECONDS_A_WORD = 0.4


def transcript(line: str, *, probability: float = 0.95, speech: float | None = None, **changes: object) -> Transcript:
    """A word every 0.4 s. `word@0.3` has its own probability, and `[2.5]` is a pause of so many seconds."""
    words, at = [], 0.0
    for token in line.split():
        if token.startswith("[") and token.endswith("]"):
            at += float(token[1:-1])
            continue
        text, _, own = token.partition("@")
        words.append(Word(text=text, start=at, end=at + SECONDS_A_WORD, probability=float(own) if own else probability))
        at += SECONDS_A_WORD
    spoken = len(words) * SECONDS_A_WORD if speech is None else speech
    values: dict[str, object] = {"words": tuple(words), "seconds": at, "speech": spoken, "recogniser": "test"}
    return Transcript.model_validate(values | changes)


def spoken(line: str, question: Question, *, recording: str | None = None) -> Spoken:
    """A spoken answer as a session gets it."""
    heard = transcript(line)
    return Spoken(transcript=heard, delivery=delivery_of(heard, question), recording=recording)
