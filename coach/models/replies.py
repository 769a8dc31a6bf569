"""What is asked of any LangChain chat model: a stream of text, a reply in a given form; and what its errors mean."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from coach.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Shape = TypeVar("Shape", bound=BaseModel)
Result = TypeVar("Result")

RETRIES = 2
_TRY_AGAIN = {408, 409, 429, 500, 502, 503, 504, 529}
_MEND = "or set COACH_LLM to another model (`none` grades without one)"


def stream_text(
    model: BaseChatModel, system: str, user: str, *, max_tokens: int, stop: Event | None = None, who: str = "The model"
) -> Iterator[str]:
    """The reply's text as it comes. The connection is closed when `stop` is set or nobody listens any more."""
    asked = model.bind(max_tokens=max_tokens)
    empty = True
    chunks = with_retries(lambda: _first(asked.stream([("system", system), ("user", user)])), who=who, stop=stop)
    try:
        for chunk in chunks:
            if stop and stop.is_set():
                return
            text = chunk.text if isinstance(chunk.text, str) else ""
            if text:
                empty = False
                yield text
    except Exception as error:
        raise explained(error, who) from error
    finally:
        chunks.close()
    if empty:
        raise ModelError(f"{who} answered, but with no text. Try again, {_MEND}.")


def structured_reply(
    model: BaseChatModel, system: str, user: str, schema: type[Shape], *, max_tokens: int | None = None, who: str = "The model"
) -> Shape:
    """A reply in this form by the first way that works; ModelError naming what came of each when none does."""
    limit = {"max_tokens": max_tokens} if max_tokens else {}
    messages = [("system", system), ("user", user)]
    failures = []
    for method in ("json_schema", "function_calling"):
        try:
            asked = model.with_structured_output(schema, method=method, include_raw=True, **limit)
            reply = with_retries(lambda asked=asked: asked.invoke(messages), who=who)  # type: ignore[misc]
            parsed = reply["parsed"] if isinstance(reply, dict) else None
            if isinstance(parsed, schema):
                return parsed
            failures.append(f"{method}: {_short(reply.get('parsing_error') if isinstance(reply, dict) else reply) or 'no value'}")
        except (NotImplementedError, ValueError, TypeError, KeyError) as error:
            failures.append(f"{method}: {_short(error)}")
        except ModelError as error:
            if not _is_a_matter_of_form(error.__cause__):
                raise
            failures.append(f"{method}: {_short(error.__cause__)}")
    request = f"{user}\n\nReply with one JSON object and nothing else, after this JSON schema:\n{json.dumps(schema.model_json_schema())}"
    reply = with_retries(lambda: model.bind(**limit).invoke([("system", system), ("user", request)]), who=who)
    found = _json_object(reply.text if isinstance(reply.text, str) else "")
    try:
        if found is not None:
            return schema.model_validate(found)
        failures.append("plain: no JSON object")
    except ValidationError as error:
        failures.append(f"plain: {_short(error)}")
    raise ModelError(f"{who} answered, but not in the form that was asked for ({'; '.join(failures)}). Try again, {_MEND}.")


def with_retries(ask: Callable[[], Result], *, who: str, stop: Event | None = None, sleep: Callable[[float], None] = time.sleep) -> Result:
    """What `ask` gives; asked again, twice at most, after a cut connection, a rate limit or a fault of the server."""
    for attempt in range(RETRIES + 1):
        try:
            return ask()
        except Exception as error:
            if attempt == RETRIES or not _is_passing(error) or (stop and stop.is_set()):
                raise explained(error, who) from error
            sleep(min(_retry_after(error) or 0.5 * 2**attempt, 20.0))
    raise AssertionError("unreachable")


def explained(error: Exception, who: str) -> ModelError:
    """The error as a person can mend it."""
    if isinstance(error, ModelError):
        return error
    status, names = _status(error), {type(link).__name__ for link in _chain(error)}
    if status in (401, 403):
        return ModelError(f"{who} refused the key ({status}). Set COACH_LLM_API_KEY, or the provider's own variable, to a valid key.")
    if status == 404:
        return ModelError(f"{who} is not known at that address (404). Check the name in COACH_LLM and the address in COACH_LLM_BASE_URL.")
    if status == 429:
        return ModelError(f"{who} limits the rate or the quota is used up (429). Wait a little, {_MEND}.")
    if status is not None and status >= 500:
        return ModelError(f"{who} failed with an error of its own ({status}), three times. Try again later, {_MEND}.")
    if status is not None and re.search(r"context[ _](size|length|window)", str(error)):
        return ModelError(f"The text is too long for {who}. Shorten it, {_MEND}.")
    if status is not None:
        return ModelError(f"{who} refused the request ({status}: {_short(error)}).")
    if any("Timeout" in name for name in names):
        return ModelError(f"{who} did not answer in time. Set COACH_LLM_TIMEOUT higher, {_MEND}.")
    if any("Connect" in name or name in ("RemoteProtocolError", "ReadError", "WriteError") for name in names):
        return ModelError(f"{who} cannot be reached, or broke off. Check COACH_LLM_BASE_URL and that the server runs, {_MEND}.")
    return ModelError(f"{who} answered what cannot be read ({_short(error)}). Check that COACH_LLM_BASE_URL leads to a chat API, {_MEND}.")


class _Chunks:
    """A stream whose first chunk has come already, so that an early failure can still be tried again."""

    def __init__(self, first: list[Any], rest: Iterator[Any]) -> None:
        self._first, self._rest = first, rest

    def __iter__(self) -> Iterator[Any]:
        yield from self._first
        yield from self._rest

    def close(self) -> None:
        close = getattr(self._rest, "close", None)
        if close:
            close()


def _first(chunks: Iterator[Any]) -> _Chunks:
    for chunk in chunks:
        return _Chunks([chunk], chunks)
    return _Chunks([], iter(()))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _status(error: BaseException) -> int | None:
    """The HTTP status of a refusal, from whichever provider's exception holds it."""
    for link in _chain(error):
        for value in (getattr(link, "status_code", None), getattr(getattr(link, "response", None), "status_code", None)):
            if isinstance(value, int) and value >= 400:
                return value
    return None


def _is_passing(error: Exception) -> bool:
    status = _status(error)
    if status is not None:
        return status in _TRY_AGAIN
    names = {type(link).__name__ for link in _chain(error)}
    if any("Timeout" in name for name in names):
        return False  # it had its time
    return any("Connect" in name or name in ("RemoteProtocolError", "ReadError", "WriteError") for name in names)


def _is_a_matter_of_form(error: BaseException | None) -> bool:
    if error is not None and _status(error) in (400, 422, 501):  # a server that does not know this way of asking
        return True
    names = {type(link).__name__ for link in _chain(error)}
    return bool(names & {"LengthFinishReasonError", "OutputParserException", "ValidationError", "JSONDecodeError"})


def _retry_after(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        return float(headers.get("retry-after", ""))
    except ValueError:
        return None


def _json_object(text: str) -> dict[str, Any] | None:
    """The first JSON object in a text, wherever it stands."""
    decoder = json.JSONDecoder()
    for start in (match.start() for match in re.finditer(r"\{", text)):
        try:
            value, _ = decoder.raw_decode(text, start)
        except ValueError:
            continue
        if isinstance(value, dict):
            return value
    return None


def _short(error: object) -> str:
    text = " ".join(str(error or "").split())
    return text if len(text) <= 160 else text[:159] + "…"
