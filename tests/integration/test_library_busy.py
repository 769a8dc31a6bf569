"""A coach that is started while another process writes to its library."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from filelock import FileLock
from model_home import model_settings

from coach import wiring
from coach.models import weights
from coach.settings import Settings
from coach.wiring import Coach, LoadState, corpus_folder

LONG = 60.0  # seconds; it takes two or three
ENCODERS = ("bge-small-en-v1.5", "answerai-colbert-small-v1")


@pytest.fixture
def coach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Coach:
    """A coach with a corpus of one question, which is not indexed yet."""
    for name in ENCODERS:
        weights.pull(name, model_settings())
    home, corpus = tmp_path / "home", tmp_path / "corpus"
    (corpus / "deep-learning").mkdir(parents=True)
    shutil.copy(corpus_folder() / "deep-learning" / "dropout.md", corpus / "deep-learning")
    home.mkdir()
    (home / "models").symlink_to(model_settings().weights_dir)
    monkeypatch.setattr(wiring, "corpus_folder", lambda: corpus)
    monkeypatch.setattr(wiring, "BUSY", 0.1)
    return Coach(Settings(home=home, llm="none"))


def test_a_library_that_another_process_writes_to_is_waited_for(coach: Coach, tmp_path: Path) -> None:
    with FileLock(tmp_path / "home" / "index.lock"):
        coach.warm()
        waiting = library(coach, "waiting")
        assert "Another coach is using this library" in waiting.message
    assert library(coach, "ready").message == ""
    assert coach.retriever.search("switching units off at random", k=1)[0].passage.question_id == "dropout"
    coach.close()


def test_a_coach_that_waits_for_its_library_can_be_closed(coach: Coach, tmp_path: Path) -> None:
    with FileLock(tmp_path / "home" / "index.lock"):
        coach.warm()
        library(coach, "waiting")
        coach.close()
    time.sleep(0.5)
    assert state(coach).state != "ready"


def library(coach: Coach, wanted: str) -> LoadState:
    """The library's state, as soon as it is this one with something to say, or ready."""
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        found = state(coach)
        if found.state == wanted and (found.message or wanted == "ready"):
            return found
        assert found.state != "failed", found.message
        time.sleep(0.01)
    raise AssertionError(f"The library never was {wanted}: {state(coach)}")


def state(coach: Coach) -> LoadState:
    """The library's state now."""
    return next(load for load in coach.loading() if load.name == "library")
