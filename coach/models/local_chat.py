"""A chat model on this machine: a child process, restarted when it dies, that takes one call at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from coach.errors import ModelError
from coach.models.child import Child
from coach.models.markers import defused
from coach.models.served import Served

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from openai import DefaultHttpxClient
    from pydantic import BaseModel

    from coach.settings import Settings

    Shape = TypeVar("Shape", bound=BaseModel)

STRUCTURED_TOKENS = 1024


class LocalChat:
    """The runtime's server behind the protocol. It starts with the first call, or with `served.start`."""

    local, judges = True, False

    def __init__(self, name: str, path: Path, settings: Settings, *, measured: bool = False) -> None:
        """Start nothing yet."""
        self.name, self.measured = name, measured
        self.served, self._settings = Served(path, settings), settings
        self._model: BaseChatModel | None = None
        self._of: Child | None = None  # the child that `_model` talks to
        self._http: DefaultHttpxClient | None = None

    def stream(self, system: str, user: str, *, max_tokens: int, stop: Event | None = None) -> Iterator[str]:
        """See the protocol."""
        from coach.models.replies import stream_text

        with self.served.turns.take(stop):
            started = False
            for attempt in (1, 2):
                try:
                    for text in stream_text(
                        self._langchain(), system, defused(user), max_tokens=max_tokens, stop=stop, who=self.served.path.name
                    ):
                        started = True
                        yield text
                    return
                except ModelError:
                    if started or not self._may_try_again(attempt):
                        raise

    def structured(self, system: str, user: str, schema: type[Shape]) -> Shape:
        """See the protocol."""
        from coach.models.replies import structured_reply

        with self.served.turns.take():
            for attempt in (1, 2):
                try:
                    return structured_reply(
                        self._langchain(), system, defused(user), schema, max_tokens=STRUCTURED_TOKENS, who=self.served.path.name
                    )
                except ModelError:
                    if not self._may_try_again(attempt):
                        raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        """End the child; a running call fails."""
        self.served.close()
        self._forget()

    def _may_try_again(self, attempt: int) -> bool:
        """Whether a call failed because its child died, for the first time."""
        return attempt == 1 and not self.served.closed and not self.served.is_alive

    def _langchain(self) -> BaseChatModel:
        child = self.served.child()
        if self._model is None or self._of is not child:
            from langchain_openai import ChatOpenAI
            from openai import DefaultHttpxClient
            from pydantic import SecretStr

            self._forget()
            self._of, self._http = child, DefaultHttpxClient(trust_env=False)
            self._model = ChatOpenAI(
                base_url=f"{child.address}/v1",
                api_key=SecretStr(child.key),
                model="local",
                temperature=0,
                max_retries=0,
                timeout=self._settings.llm_timeout,
                http_client=self._http,
                extra_body={"cache_prompt": True},
            )
        return self._model

    def _forget(self) -> None:
        self._model, self._of = None, None
        if self._http:
            self._http.close()
            self._http = None
