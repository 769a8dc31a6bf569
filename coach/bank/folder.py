"""The documents that a path names: a file, or what a folder holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from coach.bank.readers import READERS, suffixes
from coach.errors import DocumentError


class Found(NamedTuple):
    """A file with the name that its document has in a bank: its path within the folder, or its own name."""

    path: Path
    name: str


def find_documents(path: Path) -> list[Found]:
    """The documents at a path, sorted by name. Of a folder, only files of a known kind; hidden ones and links that lead outside are not.

    Raises DocumentError when there is nothing at the path, or no document in the folder.
    """
    if not path.exists():
        raise DocumentError(f"There is nothing at {path}. Check the path.")
    if not path.is_dir():
        return [Found(path, path.name)]
    root = path.resolve()
    found: list[Found] = []
    for folder, folders, files in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            file = Path(folder) / name
            if not name.startswith(".") and file.suffix.lower() in READERS and _is_inside(file, root):
                found.append(Found(file, file.relative_to(root).as_posix()))
    if not found:
        raise DocumentError(f"The folder {path} holds no document that can be read ({suffixes()}).")
    return sorted(found, key=lambda item: item.name)


def _is_inside(file: Path, root: Path) -> bool:
    try:
        return file.resolve(strict=True).is_relative_to(root)
    except (OSError, RuntimeError):  # a link to nothing, or in a circle
        return False
