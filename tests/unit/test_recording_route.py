"""A recording is played to who knows its session, whole or in part, and is gone with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from interviews import Bench, document, question
from spoken_answers import spoken

from coach.events import Setup
from coach.recordings import Recordings
from coach.session import Session
from coach.settings import Settings
from coach.store import Store
from coach.ui.desk import Desk
from coach.ui.recording_route import add_recordings
from coach.wiring import Coach

QUESTION = question()


@dataclass
class KeptBench(Bench):
    settings: Settings = field(default_factory=lambda: Settings(llm="none"))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[KeptBench]:
    store = Store.open(f"sqlite:///{tmp_path / 'coach.db'}")
    store.save_document(document(QUESTION))
    yield KeptBench(store=store, settings=Settings(home=tmp_path, llm="none"))
    store.close()


@pytest.fixture
def session(bench: KeptBench) -> Session:
    session = Session.start(bench, Setup(length=1))
    name = Recordings(bench.settings.home).keep(session.id, 1, b"RIFF0123456789")
    list(session.submit("first", spoken("first", QUESTION, recording=name)))
    return session


@pytest.fixture
def browser(bench: KeptBench) -> TestClient:
    app = FastAPI()
    add_recordings(app, cast(Coach, bench))
    return TestClient(app)


def test_a_recording_is_played_whole_and_in_part(browser: TestClient, session: Session) -> None:
    address = f"/session/{session.id}/recording/1.wav"
    whole = browser.get(address)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, b"RIFF0123456789", "audio/wav")
    assert whole.headers["cache-control"] == "no-store"
    part = browser.get(address, headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"0123")


@pytest.mark.parametrize(
    "path", ["{id}/recording/2.wav", "{other}/recording/1.wav", "..%2f..%2fcoach.db/recording/1.wav", "{id}/recording/x.wav"]
)
def test_what_is_not_there_is_not_told(browser: TestClient, session: Session, path: str) -> None:
    answer = browser.get(f"/session/{path.format(id=session.id, other='0' * 32)}")
    assert answer.status_code in (404, 422)
    assert b"RIFF" not in answer.content


def test_a_file_that_the_session_does_not_name_is_not_served(browser: TestClient, bench: KeptBench) -> None:
    session = Session.start(bench, Setup(length=1))
    Recordings(bench.settings.home).keep(session.id, 1, b"RIFF")
    assert browser.get(f"/session/{session.id}/recording/1.wav").status_code == 404


def test_a_recording_is_deleted_with_its_session(browser: TestClient, bench: KeptBench, session: Session) -> None:
    assert Desk(cast(Coach, bench)).delete(session.id)
    assert browser.get(f"/session/{session.id}/recording/1.wav").status_code == 404
    assert not (bench.settings.home / "recordings" / session.id).exists()
