"""A child that serves a model file: started with the first request, and again when it dies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from coach.errors import ModelError
from coach.models.child import Child
from coach.models.turns import Turns

if TYPE_CHECKING:
    from coach.settings import Settings

CONTEXT = 4096  # tokens of prompt and reply together

Result = TypeVar("Result")


class Died(Exception):
    """The child went away during a request."""


class Served:
    """The child's life, the queue before it, and its requests: whoever has the turn may make them."""

    def __init__(self, path: Path, settings: Settings) -> None:
        """Start nothing yet."""
        self.path, self.turns, self.closed = path, Turns(), False
        self._settings = settings
        self._child: Child | None = None
        self._http = httpx.Client(timeout=httpx.Timeout(settings.llm_timeout, connect=5.0), trust_env=False)  # no proxy to the loopback

    @property
    def pid(self) -> int | None:
        """The child's process number while it runs."""
        return self._child.pid if self.is_alive and self._child else None

    @property
    def is_alive(self) -> bool:
        """Whether the child runs."""
        return self._child is not None and self._child.is_alive

    def start(self) -> None:
        """Load the model now, in turn. Raises ModelError."""
        with self.turns.take():
            self.child()

    def child(self) -> Child:
        """The running child, started if need be. Raises ModelError."""
        if self.closed:
            raise ModelError("The local model was closed.")
        if self._child and not self._child.is_alive:
            self.stop()
        if self._child is None:
            debug = self._settings.log_level == "debug"
            self._child = Child(self.path, threads=self._settings.threads, context=CONTEXT, debug=debug)
        return self._child

    def post(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        """A request's reply. Raises Died, and ModelError when the child refuses or takes too long."""
        child = self.child()
        try:
            response = self._http.post(child.address + route, json=body, headers={"Authorization": f"Bearer {child.key}"})
        except httpx.TimeoutException as error:
            self.stop()  # it may still be working on this; a new one is free at once
            limit = self._settings.llm_timeout
            raise ModelError(
                f"The local model did not answer within {limit:.0f} s. Set COACH_LLM_TIMEOUT higher, or COACH_LLM=none."
            ) from error
        except httpx.TransportError as error:
            raise Died from error
        if response.status_code != 200:
            raise ModelError(_refusal(response))
        reply: dict[str, Any] = response.json()
        return reply

    def surviving(self, ask: Callable[[], Result]) -> Result:
        """Ask; once more with a new child when the first one died of it. Raises ModelError."""
        try:
            return ask()
        except Died:
            self.stop()
        try:
            return ask()
        except Died as error:
            self.stop()
            raise ModelError(
                "The local model's process ended twice during one question. Free some memory, or set COACH_LLM=none."
            ) from error

    def stop(self) -> None:
        """End the child; the next request starts another."""
        child, self._child = self._child, None
        if child:
            child.close()

    def close(self) -> None:
        """End the child for good; a running call fails."""
        self.closed = True
        self.stop()
        self._http.close()


def _refusal(response: httpx.Response) -> str:
    try:
        error = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return f"The local model answered {response.status_code}. Restart the coach; if it stays, set COACH_LLM=none."
    if error.get("type") == "exceed_context_size_error":
        return f"This answer is too long for the local model, which holds about {CONTEXT * 3 // 4} words in all."
    return f"The local model refused: {error.get('message', response.status_code)}."
