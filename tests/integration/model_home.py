"""Where the tests' weights lie: a home of their own, filled once by a real fetch and kept between runs."""

from __future__ import annotations

import os
from pathlib import Path

from coach.models import weights
from coach.settings import Settings

HOME = Path(os.environ.get("COACH_TEST_HOME") or Path(__file__).parents[2] / ".cache" / "test-home")
SMALL = "qwen2.5-coder-0.5b-instruct-q4_k_m"
TINY = "smollm2-135m-instruct-q4_1"


def model_settings(**options: object) -> Settings:
    """Settings whose weights are the tests' own."""
    return Settings(home=HOME, **options)  # type: ignore[arg-type]


def model_file(name: str) -> Path:
    """A model's only file, fetched when it is not there yet."""
    folder = weights.pull(name, model_settings())
    return next(folder.glob("*.gguf"))
