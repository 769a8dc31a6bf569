"""The voice socket, `/voice/{session_id}`: from the page into a conversation, and what comes of it back to the page.

One socket a session, and the newest has it; so many talks on one server, since each needs its share of the machine. A socket is for
pages of this server only: a browser says which site it comes from, and other sites are refused.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from coach.errors import CoachError, StoreError, UsageError
from coach.ui.voice.words import PROBLEM
from coach.voice import messages
from coach.voice.messages import ClientMessage, Outgoing, Points, Problem

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.websockets import WebSocket

    from coach.session import Session
    from coach.voice.sound import Samples

log = logging.getLogger(__name__)

MOST_TALKS = 4  # at the same time
MAX_TEXT = 2_000  # characters of a text frame; the page's own are short
OUTBOX = 5_000  # frames that may wait for a page that does not take them: minutes of speech

# Close codes of our own. The page's script knows them, and does not try again.
UNREADABLE, GONE, SLOW, ELSEWHERE, FULL = 4400, 4404, 4408, 4409, 4429
WORDS = {UNREADABLE: "unreadable message", GONE: "no session", SLOW: "slow", ELSEWHERE: "elsewhere", FULL: "full"}


class Talk(Protocol):
    """A conversation, as the socket uses it. Nothing in it blocks."""

    def open(self) -> None: ...  # noqa: D102
    def message(self, message: ClientMessage) -> None: ...  # noqa: D102
    def hear(self, samples: Samples) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


Converse = Callable[[str, Callable[[Outgoing], None]], Talk]  # a session's id, and where what is for the page goes


class PlacedPoints(Points):
    """The key points as the page lists them: by their places from 1, of so many, since it must not know those that were not said."""

    places: tuple[int, ...]
    of: int


def add_socket(app: FastAPI, open_session: Callable[[str], Session], converse: Converse) -> None:
    """Add the route. `open_session` raises StoreError for a session that is not there."""
    from starlette.routing import WebSocketRoute

    lines: dict[str, _Line] = {}

    async def talk(socket: WebSocket) -> None:
        """Talk in one session until either side ends it."""
        session_id: str = socket.path_params["session_id"]
        if not same_origin(socket.headers):
            log.warning("a voice socket from another site was refused")
            await socket.close(1008, PROBLEM["origin"])  # not accepted: the browser sees a failed request
            return
        await socket.accept()
        line = _Line(socket, session_id, open_session)
        code = await _entry(line, lines)
        if code is None:
            lines[session_id] = line
            try:
                code = await line.run(converse)
            finally:
                if lines.get(session_id) is line:
                    del lines[session_id]
        await line.end(code)

    app.router.routes.append(WebSocketRoute("/voice/{session_id}", talk))


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a request comes from a page of the host that it goes to; a proxy's word on the host counts."""
    origin = urlsplit(headers.get("origin", "")).netloc
    return bool(origin) and origin in (headers.get("host"), headers.get("x-forwarded-host"))


async def _entry(line: _Line, lines: dict[str, _Line]) -> int | None:
    """Why this socket cannot talk, or None. An older one of the same session makes room."""
    try:
        await asyncio.to_thread(line.open_session, line.session_id)
    except StoreError:
        return GONE
    older = lines.pop(line.session_id, None)
    if older is not None:
        older.leave(ELSEWHERE)
    return FULL if len(lines) >= MOST_TALKS else None


class _Line:
    """One socket with its conversation."""

    def __init__(self, socket: WebSocket, session_id: str, open_session: Callable[[str], Session]) -> None:
        self.socket, self.session_id, self.open_session = socket, session_id, open_session
        self._outbox: asyncio.Queue[Outgoing] = asyncio.Queue()
        self._left: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def leave(self, code: int) -> None:
        """Have `run` end with this code."""
        if not self._left.done():
            self._left.set_result(code)

    async def run(self, converse: Converse) -> int | None:
        """Talk; gives the code to close with, None where the page has gone."""
        loop = asyncio.get_running_loop()
        conversation = converse(self.session_id, lambda out: loop.call_soon_threadsafe(self._take, out))
        conversation.open()
        tasks = [asyncio.ensure_future(self._receive(conversation)), asyncio.ensure_future(self._send())]
        try:
            done, _ = await asyncio.wait([*tasks, self._left], return_when=asyncio.FIRST_COMPLETED)
            return self._left.result() if self._left in done else next(iter(done)).result()
        finally:
            conversation.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def end(self, code: int | None) -> None:
        """Close the socket, saying why."""
        from starlette.websockets import WebSocketDisconnect

        if code is None:
            return
        try:
            await self.socket.send_text(messages.write(Problem(text=PROBLEM[WORDS[code]])))
            await self.socket.close(code)
        except (WebSocketDisconnect, RuntimeError):  # the page was quicker
            log.debug("a voice socket was closed by its page")

    def _take(self, out: Outgoing) -> None:
        if self._outbox.qsize() >= OUTBOX:
            self.leave(SLOW)
        else:
            self._outbox.put_nowait(out)

    async def _receive(self, conversation: Talk) -> int | None:
        while True:
            frame = await self.socket.receive()
            if frame["type"] == "websocket.disconnect":
                return None
            text, sound = frame.get("text"), frame.get("bytes")
            try:
                if text is not None:
                    conversation.message(_read(text))
                elif sound:
                    conversation.hear(messages.heard_in(sound))
            except UsageError:
                return UNREADABLE

    async def _send(self) -> int | None:
        from starlette.websockets import WebSocketDisconnect

        while True:
            out = await self._outbox.get()
            try:
                if isinstance(out, bytes):
                    await self.socket.send_bytes(out)
                else:
                    await self.socket.send_text(messages.write(await self._placed(out) if isinstance(out, Points) else out))
            except (WebSocketDisconnect, RuntimeError):
                return None

    async def _placed(self, points: Points) -> Points:
        """The points with their places in the question that is on; as they are where there is none."""
        try:
            thread = (await asyncio.to_thread(self.open_session, self.session_id)).state.thread
        except CoachError:
            return points
        ids = [point.id for point in thread.question.key_points] if thread is not None else []
        places = tuple(place for place, id in enumerate(ids, start=1) if id in points.covered)
        return PlacedPoints(covered=points.covered, places=places, of=len(ids))


def _read(text: str) -> ClientMessage:
    if len(text) > MAX_TEXT:
        raise UsageError("The page sent a message that is too long. Reload it.")
    return messages.read(text)
