"""A real server process, by default with the quick check alone, and a browser tab that reaches loopback only."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from filelock import FileLock
from playwright.sync_api import BrowserContext, Page, Route

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def chromium() -> str | None:
    """Where Chromium is, if it is installed."""
    return next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


class Server:
    """`python app.py` with a home of its own."""

    def __init__(self, home: Path, llm: str = "none") -> None:
        self.home, self.llm = home, llm
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, seconds: float = 600) -> None:
        """Start, and wait until the quick check and the bundled questions are there."""
        environment = os.environ | {"COACH_HOME": str(self.home), "COACH_PORT": str(self.port), "COACH_LLM": self.llm}
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen([sys.executable, str(ROOT / "app.py")], env=environment, stdout=log, stderr=log, cwd=self.home)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=2) as reply:
                    if b'"ready":true' in reply.read().replace(b" ", b""):
                        return
            except OSError:
                pass
            time.sleep(0.3)
        pytest.fail(f"the server did not come up:\n{self.log()[-3000:]}")

    def stop(self, *, kill: bool = False) -> None:
        """End it, politely or not."""
        if self.process is not None and self.process.poll() is None:
            if kill:
                self.process.kill()
            else:
                self.process.terminate()
            self.process.wait(timeout=20)

    def log(self) -> str:
        """What it wrote so far."""
        return (self.home / "server.log").read_text(encoding="utf-8", errors="replace")


def weights_home() -> Path:
    """Where weights are kept between test runs, so that they are fetched once."""
    return Path(os.environ.get("COACH_TEST_HOME") or ROOT / ".cache" / "test-home")


def indexed_home(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of its own that shares the weights, its library indexed. That is done once a run, by whichever process comes first."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own  # what all processes of a run see
    made = shared / "indexed"
    with FileLock(str(shared / "indexed.lock")):
        if not made.exists():
            home = new_home(shared / "indexing")
            environment = os.environ | {"COACH_HOME": str(home), "COACH_LLM": "none"}
            subprocess.run(
                [sys.executable, "-m", "coach.cli", "search", "dropout"], env=environment, cwd=ROOT, check=True, capture_output=True
            )
            home.rename(made)
    return Path(shutil.copytree(made, folder, symlinks=True))


def new_home(folder: Path) -> Path:
    """A home of its own that shares the weights, as a newcomer has it: nothing in it is indexed."""
    models = weights_home() / "models"
    models.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "models").symlink_to(models, target_is_directory=True)
    return folder


class Tab:
    """A browser context that reaches loopback only, and remembers what tried to go further and what went wrong."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.outside: list[str] = []
        self.complaints: list[str] = []
        context.route("**/*", self._guard)
        self.page = self.open()

    def open(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: self._complain(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("websocket", lambda ws: self.outside.append(ws.url) if not _is_loopback(ws.url) else None)
        return page

    def _complain(self, text: str) -> None:
        """Keep an error, unless it is Gradio's own about a stream that a reload of the page cut.

        (Of two streams the one that is cut first takes the page's queue with it, and the other says 404.)
        """
        if not any(cut in text for cut in ("AbortError", "Connection errored out", "Unexpected error 404: Not Found")):
            self.complaints.append(text)

    def _guard(self, route: Route) -> None:
        if _is_loopback(route.request.url):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()


def _is_loopback(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname in ("127.0.0.1", "localhost", "::1")
