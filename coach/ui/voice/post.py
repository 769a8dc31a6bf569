"""A line carried by plain requests, for where something on the way lets no WebSocket through: `/voice/{session_id}/line`.

Live sound would be too much for it, so an answer is recorded and then sent. The page asks again and again what there is for it:
a series of pieces, each a byte that says what it is (0 a message, 1 sound), its length in four bytes (little-endian), and itself.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from typing import TYPE_CHECKING, Any

from coach.ui.voice.lines import UNREADABLE, Line, Lines, same_origin

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

POLL = 20.0  # seconds for which a request waits for something to say: less than proxies put up with
AWAY = 60.0  # seconds without a request after which the page is taken to be gone
MAX_RECORDING = 20_000_000  # bytes of an answer: ten minutes
PATH = "/voice/{session_id}/line"


class _Post:
    """A line, and when its page was last here."""

    def __init__(self, line: Line, lines: Lines) -> None:
        self.line, self._lines = line, lines
        self.here = asyncio.Event()  # the page has asked for something
        self.watch = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        """End the line when it is left, or its page has not been here for long. A reason can be asked for a while longer."""
        while not self.line.left.done():
            self.here.clear()
            here = asyncio.ensure_future(self.here.wait())
            ends: list[asyncio.Future[Any]] = [here, self.line.left]
            done, _ = await asyncio.wait(ends, timeout=AWAY, return_when=asyncio.FIRST_COMPLETED)
            here.cancel()
            if not done:
                break
        self._lines.end(self.line)
        if self.line.left.done():
            await asyncio.sleep(AWAY)


class _Posts:
    """The lines that are carried so, each by a key that only its page knows."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._posts: dict[str, _Post] = {}

    async def begin(self, request: Request) -> Response:
        """Begin a line; the key that is given stands for it."""
        from starlette.responses import JSONResponse, PlainTextResponse

        if not same_origin(request.headers):
            return PlainTextResponse("Not from here.", status_code=403)
        line = await self._lines.begin(request.path_params["session_id"])
        if isinstance(line, int):
            return JSONResponse({"code": line}, status_code=409)
        key = secrets.token_urlsafe(16)
        self._posts[key] = _Post(line, self._lines)
        self._posts[key].watch.add_done_callback(lambda _: self._posts.pop(key, None))
        return JSONResponse({"line": key})

    async def say(self, request: Request) -> Response:
        """Take a message, or the sound of a recorded answer."""
        from starlette.responses import Response

        post = self._found(request)
        if post is None or not same_origin(request.headers):
            return Response(status_code=404)
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_RECORDING:
                post.line.leave(UNREADABLE)
                return Response(status_code=413)
        if request.headers.get("content-type") == "application/octet-stream":
            post.line.recording(bytes(body))
        else:
            post.line.text(body.decode("utf-8", "replace"))
        return Response(status_code=204)

    async def hear(self, request: Request) -> Response:
        """What there is for the page, as soon as there is something; 410 with the reason's code when there will be no more."""
        from starlette.responses import JSONResponse, Response

        post = self._found(request)
        if post is None:
            return Response(status_code=404)
        left = post.line.left
        if left.done():
            return JSONResponse({"code": left.result()}, status_code=410)
        return Response(await _pieces(post.line), media_type="application/octet-stream", headers={"cache-control": "no-store"})

    def _found(self, request: Request) -> _Post | None:
        post = self._posts.get(request.path_params["key"])
        if post is not None:
            post.here.set()
        return post


def add_post(app: FastAPI, lines: Lines) -> None:
    """Add the routes."""
    from starlette.routing import Route

    posts = _Posts(lines)
    app.router.routes.append(Route(PATH, posts.begin, methods=["POST"]))
    app.router.routes.append(Route(PATH + "/{key}", posts.say, methods=["POST"]))
    app.router.routes.append(Route(PATH + "/{key}", posts.hear, methods=["GET"]))


async def _pieces(line: Line) -> bytes:
    """What is for the page: everything that waits, after waiting for the first of it."""
    first = asyncio.ensure_future(line.next())
    ends: list[asyncio.Future[Any]] = [first, line.left]
    await asyncio.wait(ends, timeout=POLL, return_when=asyncio.FIRST_COMPLETED)
    if not first.done():
        first.cancel()
        return b""
    pieces = [_piece(first.result())]
    while line.waiting:
        pieces.append(_piece(await line.next()))
    return b"".join(pieces)


def _piece(out: str | bytes) -> bytes:
    kind, body = (1, out) if isinstance(out, bytes) else (0, out.encode())
    return struct.pack("<BI", kind, len(body)) + body
