"""What commands say: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console


@cache
def screen() -> Console:
    """Where results for people go."""
    from rich.console import Console

    return Console()


@cache
def messages() -> Console:
    """Where messages and progress go."""
    from rich.console import Console

    return Console(stderr=True)


def say(text: str) -> None:
    """A message: one line, nothing in it read as markup."""
    print(text, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """One JSON document on a line of its own. What no encoding takes (a lone surrogate) comes out as its JSON escape."""
    text = json.dumps(value, ensure_ascii=False)
    sys.stdout.write(text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n")
    sys.stdout.flush()
