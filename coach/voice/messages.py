"""What goes over the voice socket: JSON text frames as values, and sound as binary frames. The page's script is the other end.

From the page: 16 kHz mono int16 little-endian, at most `MAX_FRAME` bytes a frame. To the page: four bytes with the reply's number
(little-endian), then mono int16 little-endian at the rate that the reply's `say` names.
"""

from __future__ import annotations

import struct
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from coach.domain import Frozen
from coach.errors import UsageError
from coach.voice.sound import Samples, from_int16, to_int16

MAX_FRAME = 64_000  # bytes: two seconds; the page sends a tenth of one while it streams, and as much as this of a recording

TalkState = Literal["loading", "asking", "listening", "thinking", "replying", "over"]


class Hello(Frozen):
    """The page is there. `speaks`: it says a reply itself, with the browser's voice, where no sound comes with it.

    `streams`: sound comes as it is made; without, an answer is recorded first, and comes whole before `Recorded`.
    """

    type: Literal["hello"] = "hello"
    rate: Literal[16_000] = 16_000
    speaks: bool = False
    streams: bool = True


class Done(Frozen):
    """The candidate ended the turn by hand."""

    type: Literal["done"] = "done"


class Thinking(Frozen):
    """The candidate asks for time to think."""

    type: Literal["thinking"] = "thinking"


class SetPatience(Frozen):
    """How long a pause after a finished sentence may be before the coach replies, in seconds."""

    type: Literal["patience"] = "patience"
    seconds: float = Field(ge=0.3, le=5)


class Keep(Frozen):
    """Whether to keep the recordings of the answers from here on."""

    type: Literal["keep"] = "keep"
    on: bool


class Played(Frozen):
    """The page has played a reply to its end."""

    type: Literal["played"] = "played"
    reply: int


class Stopped(Frozen):
    """The page has stopped a reply before its end."""

    type: Literal["stopped"] = "stopped"
    reply: int


class Moved(Frozen):
    """The session was moved: to the server, that the candidate typed, skipped or ended on the page; to the page, that it looks again."""

    type: Literal["moved"] = "moved"


class Recorded(Frozen):
    """All of an answer that was recorded first and then sent has been sent."""

    type: Literal["recorded"] = "recorded"


ClientMessage = Hello | Done | Thinking | SetPatience | Keep | Played | Stopped | Moved | Recorded
CLIENT: TypeAdapter[ClientMessage] = TypeAdapter(Annotated[ClientMessage, Field(discriminator="type")])


class State(Frozen):
    """What the coach is doing, and a few words about it for the candidate."""

    type: Literal["state"] = "state"
    state: TalkState
    text: str = ""


class Partial(Frozen):
    """The answer as far as it is heard."""

    type: Literal["partial"] = "partial"
    text: str


class Points(Frozen):
    """The key points that the answer has so far, in practice only: by their places from 1, of so many, and not what they say."""

    type: Literal["points"] = "points"
    places: tuple[int, ...]
    of: int


class Heard(Frozen):
    """The answer that was taken. `mended`: what was written, and what the recogniser had heard in its place."""

    type: Literal["heard"] = "heard"
    text: str
    mended: tuple[tuple[str, str], ...] = ()


class Say(Frozen):
    """One more sentence of a reply. With `audio`, its sound follows in binary frames; without, the browser's voice is to say it."""

    type: Literal["say"] = "say"
    reply: int
    text: str
    rate: int
    audio: bool


class Said(Frozen):
    """Everything of a reply has been sent."""

    type: Literal["said"] = "said"
    reply: int


class Stop(Frozen):
    """Stop playing a reply, and forget what is left of it."""

    type: Literal["stop"] = "stop"
    reply: int


class WithdrawnReply(Frozen):
    """The candidate went on: the reply is taken back, and the answer goes on."""

    type: Literal["withdrawn"] = "withdrawn"


class Problem(Frozen):
    """Something went wrong, in words for the candidate."""

    type: Literal["problem"] = "problem"
    text: str


ServerMessage = State | Partial | Points | Heard | Say | Said | Stop | WithdrawnReply | Moved | Problem
Outgoing = ServerMessage | bytes  # text frames, and a reply's sound


def read(text: str) -> ClientMessage:
    """A text frame of the page. Raises UsageError when it is none that the page sends."""
    try:
        return CLIENT.validate_json(text)
    except ValidationError as error:
        raise UsageError("The page sent something that cannot be read. Reload it.") from error


def write(message: ServerMessage) -> str:
    """A text frame for the page."""
    return message.model_dump_json()


def heard_in(frame: bytes) -> Samples:
    """The samples of a binary frame of the page. Raises UsageError when it is too long or cut within a sample."""
    if len(frame) > MAX_FRAME or len(frame) % 2:
        raise UsageError("The page sent sound that cannot be read. Reload it.")
    return from_int16(frame)


def sound_of(reply: int, samples: Samples) -> bytes:
    """A binary frame for the page: a piece of a reply's sound."""
    return struct.pack("<I", reply) + to_int16(samples)
