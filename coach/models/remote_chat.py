"""A chat model behind an address: any LangChain `provider:model`, or a server that speaks the OpenAI protocol."""

from __future__ import annotations

import os
from collections.abc import Iterator
from ipaddress import ip_address
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from coach.errors import ModelError
from coach.models.catalogue import load_catalogue
from coach.models.markers import defused
from coach.models.replies import explained, stream_text, structured_reply

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from openai import DefaultHttpxClient
    from pydantic import BaseModel

    from coach.settings import Settings

    Shape = TypeVar("Shape", bound=BaseModel)


class RemoteChat:
    """Made by `init_chat_model`; nothing is connected to until the first call.

    With `llm_base_url` set, only `llm_api_key` is ever sent there: a provider's own variable holds a key for another place.
    """

    def __init__(self, provider: str, model: str, settings: Settings) -> None:
        self.name, self._who = f"{provider}:{model}", f"The model {model}"
        self.measured = self.judges = load_catalogue().remote_is_capable(model)
        self.local = is_loopback(_address(provider, settings))
        if settings.llm_base_url:
            self._who += f" at {settings.llm_base_url}"
        self._http: DefaultHttpxClient | None = None
        if provider == "openai":
            from openai import DefaultHttpxClient

            self._http = DefaultHttpxClient(trust_env=not self.local)  # no proxy to the loopback
        self._model = _make(provider, model, settings, {"http_client": self._http} if self._http else {})

    def stream(self, system: str, user: str, *, max_tokens: int, stop: Event | None = None) -> Iterator[str]:
        """See the protocol."""
        return stream_text(self._model, system, defused(user), max_tokens=max_tokens, stop=stop, who=self._who)

    def structured(self, system: str, user: str, schema: type[Shape]) -> Shape:
        """See the protocol."""
        return structured_reply(self._model, system, defused(user), schema, who=self._who)

    def close(self) -> None:
        """Close the connections that are ours."""
        if self._http:
            self._http.close()


def _make(provider: str, model: str, settings: Settings, more: dict[str, Any]) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"temperature": 0, "timeout": settings.llm_timeout, "max_retries": 0, **more}
    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else ""
    if settings.llm_base_url:
        options |= {"base_url": settings.llm_base_url.rstrip("/"), "api_key": key or "none"}
    elif key:
        options["api_key"] = key
    try:
        made = init_chat_model(model, model_provider=provider, **options)
    except ImportError as error:
        package = error.name.replace("_", "-") if error.name else f"langchain-{provider}"
        raise ModelError(f"The provider {provider!r} needs a package of its own. Install it with `pip install {package}`.") from error
    except ValueError as error:
        if "provider" in str(error).lower() and "support" in str(error).lower():
            message = f"{provider!r} is no provider that LangChain knows. Use `provider:model`, such as `openai:gpt-4o-mini`."
            raise ModelError(message) from error
        raise _missing_key(provider, error) from error
    except Exception as error:
        raise _missing_key(provider, error) from error
    return made  # type: ignore[no-any-return]  # the stub's overloads return Any


def _missing_key(provider: str, error: Exception) -> ModelError:
    if any(word in str(error).lower() for word in ("api_key", "api key", "credential")):
        return ModelError(f"No key is set for {provider}. Set COACH_LLM_API_KEY, or {provider.upper()}_API_KEY, or COACH_LLM=none.")
    return explained(error, f"The provider {provider}")


def _address(provider: str, settings: Settings) -> str:
    if provider == "ollama" and not settings.llm_base_url:
        host = os.environ.get("OLLAMA_HOST", "127.0.0.1")
        return host if "//" in host else f"//{host}"
    return settings.llm_base_url


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
