"""What a person is told when something fails."""

from __future__ import annotations

import logging

from coach.errors import CoachError

log = logging.getLogger(__name__)

CALM = "Something went wrong on our side. What you have sent is safe. Try again; if it goes on, reload the page."


def sentence(error: Exception) -> str:
    """A CoachError's own message; a calm sentence for what nobody foresaw, which goes to the log."""
    if isinstance(error, CoachError):
        return str(error)
    log.error("unexpected failure", exc_info=error)
    return CALM
