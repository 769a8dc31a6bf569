"""What the page's server has for talking: the lines to conversations, the scripts, and what the panel is told about this server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from coach.models.remote_chat import is_loopback
from coach.ui.voice.lines import Lines, Talk
from coach.ui.voice.panel import FOLDER, SCRIPTS, Talking
from coach.ui.voice.post import add_post
from coach.ui.voice.socket import add_socket
from coach.voice.extra import missing
from coach.voice.messages import Outgoing
from coach.voice.parts import REMOTE

if TYPE_CHECKING:
    from fastapi import FastAPI, Response

    from coach.settings import Settings
    from coach.ui.desk import Desk
    from coach.wiring import Coach

OPENAI = "https://api.openai.com"  # where a remote model is when no address is set


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
        coach.warm_voice()
        return Conversation(coach, desk, session_id, send)

    lines = Lines(desk.open, converse)
    add_socket(app, lines)
    add_post(app, lines)


def talking_on(settings: Settings) -> Talking:
    """What the panel has to know of this server."""
    return Talking(
        available=not missing(),
        heard_by=_away(settings, settings.stt, settings.stt_quick),
        spoken_by=_away(settings, settings.tts),
        patience=settings.patience,
        keep=settings.keep_recordings,
    )


def voice_leaves_to(settings: Settings) -> str | None:
    """The service that what is said aloud is sent to, or None when all of it stays on this machine."""
    return _away(settings, settings.stt, settings.stt_quick, settings.tts)


def _away(settings: Settings, *models: str) -> str | None:
    """The host of the service behind these models, if one of them is behind one that is not on this machine."""
    url = settings.voice_base_url or OPENAI
    return urlsplit(url).hostname if any(model.startswith(REMOTE) for model in models) and not is_loopback(url) else None
