"""What the terminal says of what is loading."""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence

import pytest
from rich.console import Console

from coach.ui import loading
from coach.wiring import LoadState

BUSY = LoadState(name="library", state="waiting", message="Another coach is using it.")


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([LoadState(name="library", state="loading"), LoadState(name="library", state="ready")], ["library is ready"]),
        ([LoadState(name="library", state="ready")], []),  # it was so from the first
        (
            [LoadState(name="library", state="loading"), BUSY, LoadState(name="library", state="loading"), BUSY,
             LoadState(name="library", state="ready")],
            ["library has to wait: Another coach is using it.", "library is ready"],
        ),
        ([LoadState(name="library", state="failed", message="No space is left.")], ["library could not be loaded: No space is left."]),
    ],
)  # fmt: skip
def test_each_thing_is_said_once(states: Sequence[LoadState], said: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "LOOK_EVERY", 0)
    looks, out = iter(states), io.StringIO()
    loading.show_loading(lambda: [next(looks)], threading.Event(), Console(file=out, width=120))
    assert out.getvalue().splitlines() == said
