"""The server: the page on a FastAPI app, its health, and the downloads of a session. Nothing in it connects anywhere else."""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from importlib import metadata
from typing import TYPE_CHECKING, Any

from coach.errors import CoachError, StoreError, UsageError

if TYPE_CHECKING:
    from fastapi import FastAPI, Response

    from coach.wiring import Coach

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

# Gradio's own page needs inline and evaluated scripts. Everything else is closed: whatever slipped through could not call out.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; frame-ancestors 'self'; form-action 'self'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "permissions-policy": "microphone=(self), camera=(), geolocation=(), display-capture=()",  # the microphone for talking
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
PRIVATE = ("coach.db", "coach.db-wal", "coach.db-shm", "coach.toml", "index", "models", "recordings")  # in the home; Gradio serves none
CLOSED = ("/gradio_api/file=http:", "/gradio_api/file=https:", "/gradio_api/proxy=")  # Gradio would fetch these for the browser


def build_app(coach: Coach) -> FastAPI:
    """The app. Its start warms the coach up in the background; its end closes it."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    os.environ["GRADIO_TEMP_DIR"] = str(coach.settings.home / "uploads")
    import gradio as gr
    from fastapi import FastAPI

    from coach.ui.desk import Desk
    from coach.ui.page import build_page
    from coach.ui.recording_route import add_recordings
    from coach.ui.theme import build_theme, key_script, style_sheet
    from coach.ui.voice.panel import head, panel_style
    from coach.ui.voice.serve import add_voice, talking_on

    desk = Desk(coach)

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        coach.warm()
        yield
        desk.close()
        coach.close()

    app = FastAPI(title="Interview Coach", lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
    _add_routes(app, coach)
    add_recordings(app, coach)
    add_voice(app, coach, desk)
    settings = coach.settings
    gr.mount_gradio_app(
        app,
        build_page(coach, desk),
        path="/",
        server_name=settings.host,
        server_port=settings.port,
        theme=build_theme(),
        css=style_sheet() + panel_style(),
        head=key_script() + head(talking_on(coach.settings)),
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        max_file_size=int(settings.max_document_mb * 1_000_000),
        blocked_paths=[str(settings.home / name) for name in PRIVATE],
    )
    app.add_middleware(_Guard)
    return app


def serve(coach: Coach) -> None:
    """Serve the page until it is told to end. Raises UsageError when the address cannot be had."""
    import uvicorn

    from coach.ui.arenas import share_arenas
    from coach.ui.loading import show_loading

    share_arenas()

    settings = coach.settings
    listener = _listen(settings.host, settings.port)
    app = build_app(coach)
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=3)
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    log.info("Interview Coach is on http://%s:%d", f"[{host}]" if ":" in host else host, listener.getsockname()[1])
    ended = threading.Event()
    threading.Thread(target=show_loading, args=(coach.loading, ended), name="loading", daemon=True).start()
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        ended.set()


def health(coach: Coach) -> dict[str, Any]:
    """What is loaded and what is not, and the versions."""
    packages = ("interview-coach", "gradio", "chromadb", "onnxruntime", "xllamacpp")
    loads = coach.loading()
    ready = [load.name for load in loads if load.state == "ready"]
    return {
        "status": "ok" if not any(load.state == "failed" for load in loads) else "degraded",
        "ready": all(name in ready for name in ("encoders", "library")),
        "graders": {"fast": _state(coach, "encoders"), "full": _state(coach, "chat")},
        "loading": [load.model_dump() for load in loads],
        "versions": {name: _version(name) for name in packages},
    }


def _state(coach: Coach, name: str) -> str:
    return next((load.state for load in coach.loading() if load.name == name), "off")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _add_routes(app: FastAPI, coach: Coach) -> None:
    from fastapi.responses import JSONResponse

    from coach.session import Session

    @app.get("/health")
    def health_route() -> JSONResponse:
        """What is loaded."""
        return JSONResponse(health(coach))

    @app.get("/session/{session_id}/report.md")
    def markdown(session_id: str) -> Response:
        """A session's report as Markdown."""
        from coach.report import to_markdown

        return _download(lambda: to_markdown(Session.open(coach, session_id).report()), "text/markdown", "interview-report.md")

    @app.get("/session/{session_id}/report.json")
    def as_json(session_id: str) -> Response:
        """A session's report as JSON."""
        return _download(
            lambda: Session.open(coach, session_id).report().model_dump_json(indent=2), "application/json", "interview-report.json"
        )

    @app.get("/session/{session_id}/export.json")
    def export(session_id: str) -> Response:
        """Everything that is kept of a session."""
        return _download(lambda: json.dumps(coach.store.export_session(session_id), indent=2), "application/json", "interview-session.json")


def _download(make: Callable[[], str], kind: str, name: str) -> Response:
    from fastapi import Response

    try:
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response(make(), media_type=f"{kind}; charset=utf-8", headers=headers)
    except StoreError:
        return Response("That interview is not here any more.", status_code=404, media_type="text/plain; charset=utf-8")
    except CoachError as error:
        return Response(str(error), status_code=409, media_type="text/plain; charset=utf-8")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name != "nt":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise UsageError(
            f"Port {port} on {host} cannot be had ({error.strerror}). Stop what uses it, or give another with --port; 0 takes a free one."
        ) from error
    return listener


class _Guard:
    """Closes the doors that Gradio leaves open to other hosts, and sends the headers that keep the page to itself."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith(CLOSED):
            await send({"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"Not here."})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *extra]
            await send(message)

        await self._app(scope, receive, with_headers)
