"""The local model's process as its parent sees it: started, asked for its port, ended."""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import subprocess
import sys
import threading
from pathlib import Path

import coach.models.runtime as runtime
from coach.errors import ModelError

START_LIMIT = 180.0  # seconds to load the weights, from a slow disk on a busy machine
STOP_LIMIT = 3.0

log = logging.getLogger(__name__)


class Child:
    """A running model server on the loopback; `address` and `key` are all that a client needs."""

    def __init__(self, model: Path, *, threads: int, context: int, debug: bool = False) -> None:
        """Start it and wait until it can answer. ModelError when it cannot load the model."""
        self.key = secrets.token_urlsafe(32)
        # By path and with a safe import path, so that it starts whatever the folder we were started in.
        command = [sys.executable, "-P", runtime.__file__, "--model", str(model), "--threads", str(threads), "--ctx", str(context)]
        self._process = subprocess.Popen(
            [*command, *(["--debug"] if debug else [])], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        assert self._process.stdin
        assert self._process.stdout
        limit = threading.Timer(START_LIMIT, self._process.kill)
        limit.daemon = True
        limit.start()
        try:
            self._process.stdin.write(self.key + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            limit.cancel()
        reply = json.loads(line) if line else {}
        if not reply.get("port"):
            self.close()
            raise ModelError(_reason(model, reply.get("error", ""), self._process.returncode))
        self.address = f"http://127.0.0.1:{reply['port']}"
        log.info("the local model is ready: %s, process %d", model.name, self._process.pid)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it, by force if need be."""
        assert self._process.stdin
        assert self._process.stdout
        with contextlib.suppress(BrokenPipeError):  # it has gone already, with our last line unread
            self._process.stdin.close()
        try:
            self._process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def _reason(model: Path, error: str, code: int | None) -> str:
    if "libgomp" in error:
        return "The local model needs the library libgomp (on Debian and Ubuntu: `apt-get install libgomp1`)."
    if "xllamacpp" in error:
        return "The local model's runtime is not installed. Install it with `pip install xllamacpp`, or set COACH_LLM=none."
    said = error or f"its process ended with code {code}"
    return f"{model.name} could not be loaded ({said}). Run `coach models verify`, free some memory, or set COACH_LLM=none."
