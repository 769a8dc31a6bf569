"""Every setting, in one place. An option beats the environment beats `COACH_HOME/coach.toml` beats the default."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from coach.errors import UsageError
from coach.voice.turns import PATIENCE


def default_home() -> Path:
    """The folder of everything written: `COACH_HOME`, or the platform's data folder."""
    return Path(os.environ.get("COACH_HOME") or user_data_path("interview-coach", appauthor=False))


class Settings(BaseSettings):
    """Settings, made once where the program starts and passed as an argument from there."""

    model_config = SettingsConfigDict(env_prefix="COACH_", extra="ignore", frozen=True)

    home: Path = Field(default_factory=default_home, description="The folder of everything written.")
    database_url: str = Field("", description="A SQLAlchemy URL; empty means SQLite in the home folder.")
    chroma_url: str = Field("", description="http://host:port of a Chroma server; empty means a folder in the home folder.")
    llm: str = Field(
        "local", description="`local`, `local:NAME` (see `coach models list`), `none`, `gguf:PATH`, or a LangChain `provider:model`."
    )
    llm_base_url: str = Field("", description="An OpenAI-compatible server, such as vLLM, Ollama or llama.cpp.")
    llm_api_key: SecretStr | None = Field(None, description="Its key; providers also read their own variables.")
    llm_timeout: float = Field(120.0, gt=0, description="Seconds to wait for a chat model's reply.")
    stt: str = Field("whisper-base", description="What hears answers: a speech-to-text model of `coach models list`, or `openai:NAME`.")
    stt_quick: str = Field("whisper-base", description="What hears them while they are said, for show; may be the same.")
    tts: str = Field("hibari", description="The coach's voice: `hibari`, `none` for the browser's own, or `openai:MODEL/VOICE`.")
    voice_base_url: str = Field("", description="An OpenAI-compatible server for speech, in both directions.")
    voice_api_key: SecretStr | None = Field(None, description="Its key; for OpenAI itself OPENAI_API_KEY does too.")
    patience: float = Field(
        PATIENCE,
        ge=0.3,
        le=5,
        description="Seconds of silence after a finished sentence until the coach replies; thrice that after an open one.",
    )
    keep_recordings: bool = Field(False, description="Whether spoken answers' recordings are kept unless the candidate says otherwise.")
    embedder: str = Field("bge-small-en-v1.5", description="The embedding model, by its name in the catalogue.")
    dense_weight: float = Field(0.7, ge=0, le=1, description="The share of the dense score in retrieval; the rest is BM25's.")
    max_document_mb: float = Field(20.0, gt=0, description="Documents larger than this are refused.")
    threads: int = Field(default_factory=lambda: max(1, min(4, os.cpu_count() or 1)), ge=1, description="Threads a model may use.")
    host: str = Field("127.0.0.1", description="The address that the page is served on.")
    port: int = Field(7860, ge=0, le=65535, description="The port that the page is served on; 0 takes a free one.")
    log_answers: bool = Field(False, description="Write answers' text to the log.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much goes to the log.")

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().resolve()

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.home / 'coach.db'}"

    @property
    def weights_dir(self) -> Path:
        """Where fetched weights lie, a folder a model."""
        return self.home / "models"

    @property
    def index_dir(self) -> Path:
        """Where the vector index lies when no server is set."""
        return self.home / "index"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options, then the environment, then coach.toml in the home folder."""
        home = init_settings().get("home") or default_home()
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, Path(home) / "coach.toml")


def load_settings(**options: object) -> Settings:
    """The settings in force; options that are None do not count.

    Raises UsageError naming each setting that is off.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks the values
    except ValidationError as error:
        lines = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise UsageError(f"These settings cannot be used: {lines}.") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"coach.toml in the home folder is not valid TOML ({error}). Mend it or move it away.") from error
