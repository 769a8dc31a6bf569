"""Recordings of spoken answers, kept only where the candidate asked for it: a sound file a turn, in a folder a session."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from coach.errors import StoreError

SESSION_ID = re.compile(r"[0-9a-f]{32}")


class Recordings:
    """The sound files under the home folder. They go with their session."""

    def __init__(self, home: Path) -> None:
        """Make nothing yet: the folder comes with its first file."""
        self._folder = home / "recordings"

    def keep(self, session_id: str, turn_id: int, wav: bytes) -> str:
        """Keep the sound of a turn's answer, in place of an earlier one, and return the name for `Spoken.recording`.

        Raises StoreError when it cannot be written.
        """
        path = self._path(session_id, turn_id)
        half = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            half.write_bytes(wav)
            os.replace(half, path)
        except OSError as error:
            reason = error.strerror or error
            raise StoreError(f"The recording could not be kept ({reason}). Make room, or switch the recording off.") from error
        return path.name

    def find(self, session_id: str, turn_id: int) -> Path | None:
        """The sound file of a turn's answer, or None when there is none."""
        if not SESSION_ID.fullmatch(session_id):
            return None
        path = self._path(session_id, turn_id)
        return path if path.is_file() else None

    def delete(self, session_id: str) -> None:
        """Delete all recordings of a session. Raises StoreError when that cannot be done."""
        if not SESSION_ID.fullmatch(session_id):
            return
        folder = self._folder / session_id
        try:
            if folder.is_dir():
                shutil.rmtree(folder)
        except OSError as error:
            reason = error.strerror or error
            raise StoreError(f"The recordings in {folder} could not be deleted ({reason}). Check the rights of the folder.") from error

    def _path(self, session_id: str, turn_id: int) -> Path:
        if not SESSION_ID.fullmatch(session_id):
            raise StoreError("There is no session of this id.")
        return self._folder / session_id / f"{int(turn_id)}.wav"
