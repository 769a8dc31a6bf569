"""Start the coach: settings, then the wiring, then the page. `coach serve` does the same with options."""

from __future__ import annotations

import sys

from coach.errors import CoachError
from coach.logs import log_to_stderr
from coach.settings import load_settings


def main() -> int:
    """Serve the page until it is told to end; 1 when it cannot be served."""
    try:
        settings = load_settings()
        log_to_stderr(settings.log_level)
        from coach.ui.server import serve
        from coach.wiring import Coach

        serve(Coach(settings))
    except CoachError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
