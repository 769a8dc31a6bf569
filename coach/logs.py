"""The log: standard error, one line an event, never an answer's text."""

from __future__ import annotations

import logging
import sys


def log_to_stderr(level: str) -> None:
    """Log from this level on. The level is the handler's too, since some libraries set their own loggers to debug."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(level.upper())
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s", handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)  # one line a key point from the local model tells nobody anything
