"""The lines between pages and their conversations, however they are carried: one a session, and so many on one server.

What comes from a page is read here, and what is for it waits here. The newest line of a session has the talk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from coach.errors import StoreError, UsageError
from coach.ui.voice.words import PROBLEM
from coach.voice import messages
from coach.voice.messages import MAX_FRAME, ClientMessage, Outgoing, Problem

if TYPE_CHECKING:
    from coach.session import Session
    from coach.voice.sound import Samples

MOST_TALKS = 4  # at the same time, since each needs its share of the machine
MAX_TEXT = 2_000  # characters of a message; the page's own are short
STORING = 2.0  # seconds for which a new line waits until the one before it has stored what was said
OUTBOX = 5_000  # messages and pieces of sound that may wait for a page that does not take them: minutes of speech

# Why a line is closed. The page's script knows these codes, and does not try again.
UNREADABLE, GONE, SLOW, ELSEWHERE, FULL = 4400, 4404, 4408, 4409, 4429
WORDS = {UNREADABLE: "unreadable message", GONE: "no session", SLOW: "slow", ELSEWHERE: "elsewhere", FULL: "full"}


class Talk(Protocol):
    """A conversation, as a line uses it. Nothing in it blocks but `wait`."""

    def open(self) -> None: ...  # noqa: D102
    def message(self, message: ClientMessage) -> None: ...  # noqa: D102
    def hear(self, samples: Samples) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102
    def wait(self, seconds: float) -> None: ...  # noqa: D102  for what it still stores


OpenSession = Callable[[str], "Session"]  # raises StoreError for a session that is not there
Converse = Callable[[str, Callable[[Outgoing], None]], Talk]  # a session's id, and where what is for the page goes


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a request comes from a page of the host that it goes to; a proxy's word on the host counts."""
    origin = urlsplit(headers.get("origin", "")).netloc
    return bool(origin) and origin in (headers.get("host"), headers.get("x-forwarded-host"))


def parting(code: int) -> str:
    """The last message to a page whose line is closed: why."""
    return messages.write(Problem(text=PROBLEM[WORDS[code]]))


class Line:
    """One page's end of a conversation. Made in the event loop, which it is used in."""

    def __init__(self, session_id: str, converse: Converse) -> None:
        """Begin the conversation. `left` gets the code once the line is to be closed."""
        loop = asyncio.get_running_loop()
        self.session_id = session_id
        self.left: asyncio.Future[int] = loop.create_future()
        self._outbox: asyncio.Queue[Outgoing] = asyncio.Queue()

        def send(out: Outgoing) -> None:  # called from the conversation's own thread
            with suppress(RuntimeError):  # the server has gone meanwhile
                loop.call_soon_threadsafe(self._take, out)

        self._conversation = converse(session_id, send)
        self._conversation.open()

    def text(self, text: str) -> None:
        """A message of the page."""
        try:
            if len(text) > MAX_TEXT:
                raise UsageError("The page sent a message that is too long. Reload it.")
            self._conversation.message(messages.read(text))
        except UsageError:
            self.leave(UNREADABLE)

    def sound(self, sound: bytes) -> None:
        """Sound from the page, in pieces of a frame at most."""
        try:
            self._conversation.hear(messages.heard_in(sound))
        except UsageError:
            self.leave(UNREADABLE)

    def recording(self, sound: bytes) -> None:
        """Sound from the page, as much as there is."""
        for at in range(0, len(sound), MAX_FRAME):
            self.sound(sound[at : at + MAX_FRAME])

    async def next(self) -> str | bytes:
        """What is for the page next: a message or a piece of sound."""
        out = await self._outbox.get()
        if isinstance(out, bytes):
            return out
        return messages.write(out)

    @property
    def waiting(self) -> bool:
        """Whether `next` would give something at once."""
        return not self._outbox.empty()

    def leave(self, code: int) -> None:
        """Have the line closed, for this reason."""
        if not self.left.done():
            self.left.set_result(code)

    def close(self) -> None:
        """The page is gone."""
        self._conversation.close()

    async def ended(self) -> None:
        """Wait until the conversation has stored what was said, or for so long."""
        await asyncio.to_thread(self._conversation.wait, STORING)

    def _take(self, out: Outgoing) -> None:
        if self._outbox.qsize() >= OUTBOX:
            self.leave(SLOW)
        else:
            self._outbox.put_nowait(out)


class Lines:
    """The lines of this server, by their sessions."""

    def __init__(self, open_session: OpenSession, converse: Converse) -> None:
        """Nobody talks yet."""
        self._open_session, self._converse = open_session, converse
        self._lines: dict[str, Line] = {}
        self._last: WeakValueDictionary[str, Line] = WeakValueDictionary()  # of each session, as long as its conversation runs

    async def begin(self, session_id: str) -> Line | int:
        """A line for this session, or the code that says why there is none. An older one of the same session makes room."""
        try:
            await asyncio.to_thread(self._open_session, session_id)
        except StoreError:
            return GONE
        older = self._lines.pop(session_id, None)
        if older is not None:
            older.leave(ELSEWHERE)
        if (last := self._last.get(session_id)) is not None:  # or the question that it has an answer to would be put again
            last.close()
            await last.ended()
        if len(self._lines) >= MOST_TALKS:
            return FULL
        line = self._lines[session_id] = self._last[session_id] = Line(session_id, self._converse)
        return line

    def end(self, line: Line) -> None:
        """The line's page is gone, or it has been let go."""
        line.close()
        if self._lines.get(line.session_id) is line:
            del self._lines[line.session_id]
