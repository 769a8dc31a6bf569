"""Chat models behind one small protocol, opened from the one setting that names them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Protocol, TypeVar

from coach.errors import ModelError
from coach.models import weights
from coach.models.catalogue import ModelEntry, load_catalogue

if TYPE_CHECKING:
    from pydantic import BaseModel

    from coach.settings import Settings

    Shape = TypeVar("Shape", bound=BaseModel)


class ChatModel(Protocol):
    """A model that writes. Every method raises ModelError with the mend in its message."""

    @property
    def name(self) -> str:
        """What goes into a grade's versions."""

    @property
    def local(self) -> bool:
        """Whether it runs on this machine, so that no answer leaves it."""

    @property
    def measured(self) -> bool:
        """Whether it may write freely; what it writes is checked all the same."""

    @property
    def judges(self) -> bool:
        """Whether it is asked for all verdicts in one call; for any other model the reader judges."""

    def stream(self, system: str, user: str, *, max_tokens: int, stop: Event | None = None) -> Iterator[str]:
        """The reply's text as it comes; ends early when `stop` is set."""

    def structured(self, system: str, user: str, schema: type[Shape]) -> Shape:
        """A reply in this form: by JSON schema, else by a function call, else by a JSON object found in plain text."""

    def close(self) -> None:
        """Give back what it holds; a running call fails."""


def open_chat(
    settings: Settings, *, progress: weights.Listener | None = None, cancelled: Callable[[], bool] = lambda: False
) -> ChatModel | None:
    """The chat model that the setting `llm` names, or None for `none`.

    `local` is the catalogue's default and `local:NAME` another of its models, fetched here when they are missing, with `progress`;
    `gguf:PATH` is a file of your own; anything else is a LangChain `provider:model`. Nothing is started or connected to yet.
    Raises ModelError or WeightsError.
    """
    provider, _, model = settings.llm.strip().partition(":")
    if provider == "none":
        return None
    if provider == "local":
        return _local(_chat_entry(model), settings, progress, cancelled)
    if provider == "gguf":
        return _own_file(model, settings)
    if not model:
        raise ModelError(f"COACH_LLM={settings.llm!r} names no model. Use `local`, `none`, `gguf:PATH` or, say, `openai:gpt-4o-mini`.")
    from coach.models.remote_chat import RemoteChat

    return RemoteChat(provider, model, settings)


def _chat_entry(name: str) -> ModelEntry:
    catalogue = load_catalogue()
    entry = catalogue.find(name) if name else catalogue.default("chat")
    if entry.kind != "chat":
        raise ModelError(f"{entry.name} is not a chat model. `coach models list` shows which are.")
    return entry


def _local(entry: ModelEntry, settings: Settings, progress: weights.Listener | None, cancelled: Callable[[], bool]) -> ChatModel:
    from coach.models.local_chat import LocalChat

    folder = weights.pull(entry.name, settings, progress, cancelled)
    return LocalChat(entry.name, folder / entry.files[0].path, settings, measured=entry.capable)


def _own_file(text: str, settings: Settings) -> ChatModel:
    from coach.models.local_chat import LocalChat

    path = Path(text).expanduser()
    if not text or not path.is_file():
        raise ModelError(f"COACH_LLM=gguf:{text} names no file. Give the path of a GGUF file after `gguf:`.")
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise ModelError(f"{path} is not a GGUF file. Only GGUF models can be run here.")
    known = {entry.files[0].path: entry for entry in load_catalogue().models if entry.kind == "chat"}
    entry = known.get(path.name)
    return LocalChat(path.name, path, settings, measured=bool(entry and entry.capable))
