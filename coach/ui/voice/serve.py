"""What the page's server has for talking: the lines to conversations, the scripts, and what the panel is told about this server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from coach.ui.voice.lines import Lines, Talk
from coach.ui.voice.panel import FOLDER, SCRIPTS, Talking
from coach.ui.voice.post import add_post
from coach.ui.voice.socket import add_socket
from coach.voice.extra import missing
from coach.voice.messages import Outgoing

if TYPE_CHECKING:
    from fastapi import FastAPI, Response

    from coach.settings import Settings
    from coach.ui.desk import Desk
    from coach.wiring import Coach


def add_voice(app: FastAPI, coach: Coach, desk: Desk) -> None:
    """Add the routes and the scripts. No model is loaded before somebody talks."""
    from fastapi.responses import FileResponse, PlainTextResponse

    from coach.voice.conversation import Conversation

    scripts = {path.name: path for path in FOLDER.glob("*.js")}

    @app.get(SCRIPTS + "/{name}")
    def script(name: str) -> Response:
        """A script of the panel; the browser asks each time whether it has changed."""
        if name not in scripts:
            return PlainTextResponse("Not here.", status_code=404)
        return FileResponse(scripts[name], media_type="text/javascript", headers={"cache-control": "no-cache"})

    def converse(session_id: str, send: Callable[[Outgoing], None]) -> Talk:
        return Conversation(coach, desk, session_id, send)

    lines = Lines(desk.open, converse)
    add_socket(app, lines)
    add_post(app, lines)


def talking_on(settings: Settings) -> Talking:
    """What the panel has to know of this server."""
    return Talking(available=not missing(), leaves_to=voice_leaves_to(settings), patience=settings.patience, keep=settings.keep_recordings)


def voice_leaves_to(settings: Settings) -> str | None:
    """The service that the candidate's voice is sent to, or None when it stays on this machine."""
    remote = settings.stt.startswith("openai:") or settings.stt_quick.startswith("openai:")
    return (urlsplit(settings.voice_base_url).hostname or "api.openai.com") if remote else None
