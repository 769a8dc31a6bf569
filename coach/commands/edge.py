"""The edge of the command line, where an error becomes one sentence and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from coach.commands.console import say
from coach.errors import CoachError, UsageError

FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130


class Edge(TyperGroup):
    """Runs a command: 1 when it failed, 2 when the request is off, 130 on Ctrl-C, and no traceback for any of them."""

    def invoke(self, ctx: Any) -> Any:
        """See the class."""
        try:
            return super().invoke(ctx)
        except UsageError as error:
            code = _said(error, WRONG_USAGE)
        except CoachError as error:
            code = _said(error, FAILED)
        except BrokenPipeError:  # the reader of our output has gone, as `head` does
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = FAILED
        except OSError as error:  # such as a full disk: what could be told apart was, further in
            where = f"{error.filename}: " if error.filename else ""
            code = _said(f"{where}{error.strerror or error}. Mend this and try again.", FAILED)
        except KeyboardInterrupt:
            code = _said("Stopped.", INTERRUPTED)
        raise typer.Exit(code)


def _said(message: object, code: int) -> int:
    say(str(message))
    return code
