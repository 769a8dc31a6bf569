"""What a benchmark's outcomes depend on beside its cases, as a short hash that changes with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

LENGTH = 12  # hex digits


def source_version(*names: str) -> str:
    """A hash of the files of these packages (with all below them) and modules, given as `coach.bank` or `coach.followup`.

    Data beside the code counts as code. Raises ModuleNotFoundError for a name that there is not.
    """
    digest = hashlib.sha256()
    for name in names:
        for place, path in _files(name):
            data = path.read_bytes().replace(b"\r\n", b"\n")  # a checkout with other line ends is the same source
            digest.update(f"{place}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()[:LENGTH]


def _files(name: str) -> Iterator[tuple[str, Path]]:
    """A module's file or a package's files, in order, each with a name that is the same on every machine."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"There is no module {name}.", name=name)
    origin = Path(spec.origin)
    if spec.submodule_search_locations is None:
        yield name, origin
        return
    for path in sorted(origin.parent.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield f"{name}/{path.relative_to(origin.parent).as_posix()}", path
