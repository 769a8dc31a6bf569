"""A chat model on this machine: a child process, restarted when it dies, that takes one answer at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from coach.errors import ModelError
from coach.models.child import Child
from coach.models.logprobs import shares_of
from coach.models.markers import defused
from coach.models.turns import Turns

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from openai import DefaultHttpxClient
    from pydantic import BaseModel

    from coach.models.chat import Speaker
    from coach.settings import Settings

    Shape = TypeVar("Shape", bound=BaseModel)

CONTEXT = 4096  # tokens of prompt and reply together
STRUCTURED_TOKENS = 1024


class LocalChat:
    """The runtime's server behind the protocol. It starts with the first call, or with `start`."""

    local = True

    def __init__(self, name: str, path: Path, settings: Settings, *, measured: bool = False) -> None:
        self.name, self.measured = name, measured
        self._engine = _Engine(path, settings)
        self._turns = Turns()

    @property
    def waiting(self) -> int:
        """How many calls wait for the one that is being answered."""
        return self._turns.waiting

    @property
    def pid(self) -> int | None:
        """The child's process number while it runs."""
        return self._engine.pid

    @contextmanager
    def turn(self, stop: Event | None = None, moved: Callable[[int], None] | None = None) -> Iterator[Speaker]:
        """Wait for a turn and keep it for several calls, so that another answer does not push ours out of the model's cache."""
        with self._turns.take(stop, moved):
            yield self._engine

    def start(self) -> None:
        """Load the model now; ModelError when it cannot be."""
        with self._turns.take():
            self._engine.child()

    def first_word(self, system: str, user_prefix: str, user_suffix: str, words: Sequence[str]) -> dict[str, float]:
        """See the protocol."""
        with self._turns.take():
            return self._engine.first_word(system, user_prefix, user_suffix, words)

    def stream(self, system: str, user: str, *, max_tokens: int, stop: Event | None = None) -> Iterator[str]:
        """See the protocol."""
        with self._turns.take(stop):
            yield from self._engine.stream(system, user, max_tokens=max_tokens, stop=stop)

    def structured(self, system: str, user: str, schema: type[Shape]) -> Shape:
        """See the protocol."""
        with self._turns.take():
            return self._engine.structured(system, user, schema)

    def close(self) -> None:
        """End the child; a running call fails."""
        self._engine.close()


class _Died(Exception):
    """The child went away during a request."""


class _Engine:
    """The calls themselves, without a queue: whoever has the turn may use it.

    What a prompt's probabilities come out as depends in its last digits on how the model read it: all at once, or the end of it after a
    cached beginning (up to 0.02 measured here). So each prompt is always read in the same three pieces: the system message, the
    prefix, the suffix. `_Read` remembers what the server's cache holds, and a request for one token cuts the cache back to the end
    of a piece when it holds more. The values are then equal to the last bit.
    """

    def __init__(self, path: Path, settings: Settings) -> None:
        self._path, self._settings = path, settings
        self._child: Child | None = None
        self._http = httpx.Client(timeout=httpx.Timeout(settings.llm_timeout, connect=5.0), trust_env=False)  # no proxy to the loopback
        self._read = _Read()
        self._model: BaseChatModel | None = None
        self._langchain_http: DefaultHttpxClient | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        child = self._child
        return child.pid if child and child.is_alive else None

    def child(self) -> Child:
        """The running child, started if need be."""
        if self._closed:
            raise ModelError("The chat model was closed.")
        if self._child and not self._child.is_alive:
            self._stop()
        if self._child is None:
            debug = self._settings.log_level == "debug"
            self._child = Child(self._path, threads=self._settings.threads, context=CONTEXT, debug=debug)
        return self._child

    def first_word(self, system: str, user_prefix: str, user_suffix: str, words: Sequence[str]) -> dict[str, float]:
        system, prefix, suffix = map(defused, (system, user_prefix, user_suffix))
        return shares_of(self._surviving(lambda: self._ask_in_pieces(system, prefix, suffix)), words)

    def stream(self, system: str, user: str, *, max_tokens: int, stop: Event | None = None) -> Iterator[str]:
        from coach.models.replies import stream_text

        self._read = _Read()
        started = False
        for attempt in (1, 2):
            try:
                for text in stream_text(self._langchain(), system, defused(user), max_tokens=max_tokens, stop=stop, who=self._path.name):
                    started = True
                    yield text
                return
            except ModelError:
                if started or attempt == 2 or self._closed or (self._child and self._child.is_alive):
                    raise

    def structured(self, system: str, user: str, schema: type[Shape]) -> Shape:
        from coach.models.replies import structured_reply

        self._read = _Read()
        for attempt in (1, 2):
            try:
                return structured_reply(self._langchain(), system, defused(user), schema, max_tokens=STRUCTURED_TOKENS, who=self._path.name)
            except ModelError:
                if attempt == 2 or self._closed or (self._child and self._child.is_alive):
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        self._closed = True
        self._stop()
        self._http.close()

    def _stop(self) -> None:
        child, self._child = self._child, None
        self._read, self._model = _Read(), None
        if self._langchain_http:
            self._langchain_http.close()
        if child:
            child.close()

    def _surviving(self, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Ask; once more with a new child when the first one died of it."""
        try:
            return ask()
        except _Died:
            self._stop()
        try:
            return ask()
        except _Died as error:
            self._stop()
            raise ModelError(
                "The local model's process ended twice during one question. Free some memory, or set COACH_LLM=none."
            ) from error

    def _ask_in_pieces(self, system: str, prefix: str, suffix: str) -> dict[str, Any]:
        self.child()
        read = self._read
        if read.system != system:
            self._post(system, "", cache=False)
            read = self._read = _Read(system)
        elif read.prefix != prefix and read.prefix is not None:
            self._post(system, "")
        if read.prefix != prefix:
            self._post(system, prefix)
            read = self._read = _Read(system, prefix)
        elif read.suffixes_overlap or _head(read.suffix) == _head(suffix):
            self._post(system, prefix)
        reply = self._post(system, prefix + suffix)
        cached = _cached_tokens(reply)
        if read.boundary is None:
            read.boundary = cached
        elif cached > read.boundary and not read.suffixes_overlap:  # they began with the same token after all
            read.suffixes_overlap = True
            self._post(system, prefix)
            reply = self._post(system, prefix + suffix)
        read.suffix = suffix
        return reply

    def _post(self, system: str, user: str, *, cache: bool = True) -> dict[str, Any]:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        body = {"messages": messages, "max_tokens": 1, "temperature": 0, "logprobs": True, "top_logprobs": 20, "cache_prompt": cache}
        child = self.child()
        try:
            response = self._http.post(f"{child.address}/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {child.key}"})
        except httpx.TimeoutException as error:
            self._stop()  # it may still be working on this; a new one is free at once
            limit = self._settings.llm_timeout
            raise ModelError(
                f"The local model did not answer within {limit:.0f} s. Set COACH_LLM_TIMEOUT higher, or COACH_LLM=none."
            ) from error
        except httpx.TransportError as error:
            self._read = _Read()
            raise _Died from error
        if response.status_code != 200:
            self._read = _Read()
            raise ModelError(_refusal(response))
        reply: dict[str, Any] = response.json()
        return reply

    def _langchain(self) -> BaseChatModel:
        child = self.child()
        if self._model is None:
            from langchain_openai import ChatOpenAI
            from openai import DefaultHttpxClient
            from pydantic import SecretStr

            self._langchain_http = DefaultHttpxClient(trust_env=False)
            self._model = ChatOpenAI(
                base_url=f"{child.address}/v1",
                api_key=SecretStr(child.key),
                model="local",
                temperature=0,
                max_retries=0,
                timeout=self._settings.llm_timeout,
                http_client=self._langchain_http,
                extra_body={"cache_prompt": True},
            )
        return self._model


class _Read:
    """What the server's cache holds, and the number of tokens up to the end of the prefix once it is known."""

    def __init__(self, system: str | None = None, prefix: str | None = None) -> None:
        self.system, self.prefix, self.suffix = system, prefix, ""
        self.boundary: int | None = None
        self.suffixes_overlap = False


def _head(suffix: str) -> str:
    """The first word with the white space before it: what two suffixes must differ in, for their first tokens to differ."""
    found = re.match(r"\s*\S*", suffix)
    return found.group() if found else ""


def _cached_tokens(reply: dict[str, Any]) -> int:
    return int(reply.get("timings", {}).get("cache_n", 0))


def _refusal(response: httpx.Response) -> str:
    try:
        error = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return f"The local model answered {response.status_code}. Restart the coach; if it stays, set COACH_LLM=none."
    if error.get("type") == "exceed_context_size_error":
        return f"This answer is too long for the local model, which holds about {CONTEXT * 3 // 4} words in all."
    return f"The local model refused: {error.get('message', response.status_code)}."
