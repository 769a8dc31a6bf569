"""The voice socket, `/voice/{session_id}`: a line carried by a WebSocket. It is for pages of this server only.

A browser says which site a socket is opened by, and other sites are refused. Text frames are messages, binary frames sound.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from coach.ui.voice.lines import Line, Lines, parting, same_origin
from coach.ui.voice.words import PROBLEM

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.websockets import WebSocket

log = logging.getLogger(__name__)


def add_socket(app: FastAPI, lines: Lines) -> None:
    """Add the route."""
    from starlette.routing import WebSocketRoute

    async def talk(socket: WebSocket) -> None:
        """Talk in one session until either side ends it."""
        if not same_origin(socket.headers):
            log.warning("a voice socket from another site was refused")
            await socket.close(1008, PROBLEM["origin"])  # not accepted: the browser sees a failed request
            return
        await socket.accept()
        line = await lines.begin(socket.path_params["session_id"])
        if isinstance(line, int):
            await _end(socket, line)
            return
        try:
            code = await _carry(socket, line)
        finally:
            lines.end(line)
        if code is not None:
            await _end(socket, code)

    app.router.routes.append(WebSocketRoute("/voice/{session_id}", talk))


async def _carry(socket: WebSocket, line: Line) -> int | None:
    """Carry what is said in both directions; gives the code to close with, None where the page has gone."""
    tasks: list[asyncio.Future[None]] = [asyncio.ensure_future(_receive(socket, line)), asyncio.ensure_future(_send(socket, line))]
    ends: list[asyncio.Future[Any]] = [*tasks, line.left]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        return line.left.result() if line.left.done() else None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _receive(socket: WebSocket, line: Line) -> None:
    while (frame := await socket.receive())["type"] != "websocket.disconnect":
        if (text := frame.get("text")) is not None:
            line.text(text)
        elif sound := frame.get("bytes"):
            line.sound(sound)


async def _send(socket: WebSocket, line: Line) -> None:
    from starlette.websockets import WebSocketDisconnect

    while True:
        out = await line.next()
        try:
            await (socket.send_bytes(out) if isinstance(out, bytes) else socket.send_text(out))
        except (WebSocketDisconnect, RuntimeError):  # the page was quicker
            return


async def _end(socket: WebSocket, code: int) -> None:
    from starlette.websockets import WebSocketDisconnect

    try:
        await socket.send_text(parting(code))
        await socket.close(code)
    except (WebSocketDisconnect, RuntimeError):
        log.debug("a voice socket was closed by its page")
