"""The lines between a page and its conversation: who may talk, in which session, and what goes through, by socket and by request."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from interviews import Bench, document, question
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from coach.events import Setup
from coach.session import Session
from coach.store import Store
from coach.ui.voice import lines as lines_module
from coach.ui.voice import post as post_module
from coach.ui.voice.lines import ELSEWHERE, FULL, GONE, OUTBOX, SLOW, UNREADABLE, Lines, same_origin
from coach.ui.voice.post import add_post
from coach.ui.voice.socket import add_socket
from coach.voice.messages import MAX_FRAME, ClientMessage, Done, Hello, Outgoing, Partial, Points, Recorded, State, sound_of
from coach.voice.sound import Samples

HOME = {"origin": "http://testserver"}


class Parrot:
    """A conversation that says back what it gets."""

    def __init__(self, session_id: str, send: Callable[[Outgoing], None]) -> None:
        self.session_id, self.send = session_id, send
        self.closed = threading.Event()
        self.samples = 0

    def open(self) -> None:
        self.send(State(state="loading"))

    def message(self, message: ClientMessage) -> None:
        if isinstance(message, Done):
            self.send(Points(places=(1, 3), of=3))
        elif isinstance(message, Recorded):
            for _ in range(OUTBOX + 10):
                self.send(State(state="thinking"))
        else:
            self.send(State(state="asking", text=type(message).__name__))

    def hear(self, samples: Samples) -> None:
        self.samples += len(samples)
        self.send(Partial(text=f"{self.samples} samples"))
        self.send(sound_of(7, samples))

    def close(self) -> None:
        self.closed.set()

    def wait(self, seconds: float) -> None:
        assert self.closed.is_set()
        self.waited = seconds

    waited = 0.0


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = Store.open(f"sqlite:///{tmp_path / 'coach.db'}")
    store.save_document(document(question("dropout"), question("momentum")))
    yield Bench(store=store)
    store.close()


class House:
    """A server with the socket, and the conversations that it began."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.talks: list[Parrot] = []
        app = FastAPI()
        lines = Lines(lambda id: Session.open(bench, id), self.converse)
        add_socket(app, lines)
        add_post(app, lines)
        self.client = TestClient(app)

    def converse(self, session_id: str, send: Callable[[Outgoing], None]) -> Parrot:
        self.talks.append(Parrot(session_id, send))
        return self.talks[-1]

    def session(self) -> Session:
        return Session.start(self.bench, Setup(length=2))

    def call(self, session_id: str, **headers: str) -> WebSocketTestSession:
        return self.client.websocket_connect(f"/voice/{session_id}", headers=HOME | headers)


@pytest.fixture
def house(bench: Bench) -> Iterator[House]:
    house = House(bench)
    with house.client:
        yield house


def why_closed(line: WebSocketTestSession) -> int:
    """The code that the line is closed with, after whatever comes before."""
    while (frame := line.receive())["type"] != "websocket.close":
        pass
    return int(frame["code"])


def test_text_and_sound_go_both_ways(house: House) -> None:
    with house.call(house.session().id) as line:
        assert line.receive_json() == {"type": "state", "state": "loading", "text": ""}
        line.send_text(Hello().model_dump_json())
        assert line.receive_json()["text"] == "Hello"
        frame = np.array([0, 16384, -16384], dtype="<i2").tobytes()
        line.send_bytes(frame)
        assert line.receive_json()["text"] == "3 samples"
        assert line.receive_bytes() == (7).to_bytes(4, "little") + frame
    assert house.talks[0].closed.wait(5)


def test_points_come_as_places_and_nothing_of_what_they_say(house: House) -> None:
    with house.call(house.session().id) as line:
        line.receive_json()
        line.send_text(Done().model_dump_json())
        assert line.receive_json() == {"type": "points", "places": [1, 3], "of": 3}


def test_a_page_of_another_site_is_refused(house: House) -> None:
    session = house.session()
    with pytest.raises(WebSocketDisconnect), house.call(session.id, origin="https://example.com"):
        pass
    assert house.talks == []


@pytest.mark.parametrize(
    ("headers", "fits"),
    [
        ({"origin": "http://127.0.0.1:7860", "host": "127.0.0.1:7860"}, True),
        ({"origin": "https://coach.example", "host": "127.0.0.1:7860", "x-forwarded-host": "coach.example"}, True),
        ({"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:7860"}, False),
        ({"origin": "null", "host": "127.0.0.1:7860"}, False),
        ({"host": "127.0.0.1:7860"}, False),
    ],
)
def test_where_a_page_comes_from(headers: dict[str, str], fits: bool) -> None:
    assert same_origin(headers) is fits


def test_a_session_that_is_not_there_cannot_be_talked_in(house: House) -> None:
    with house.call("0" * 32) as line:
        assert line.receive_json()["text"].startswith("That interview is not here any more.")
        assert why_closed(line) == GONE
    assert house.talks == []


def test_the_newest_window_has_the_talk(house: House) -> None:
    session = house.session()
    with house.call(session.id) as older:
        older.receive_json()
        with house.call(session.id) as newer:
            newer.receive_json()
            assert why_closed(older) == ELSEWHERE
            assert house.talks[0].closed.wait(5)
            assert house.talks[0].waited > 0  # what the older one still stores is not asked for again
            newer.send_text(Hello().model_dump_json())
            assert newer.receive_json()["text"] == "Hello"


def test_so_many_talk_and_the_next_is_told_to_wait(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "MOST_TALKS", 1)
    with house.call(house.session().id) as first:
        first.receive_json()
        with house.call(house.session().id) as second:
            assert why_closed(second) == FULL
    assert house.talks[0].closed.wait(5)
    with house.call(house.session().id) as third:
        assert third.receive_json()["state"] == "loading"


@pytest.mark.parametrize("text", ["", "{}", '{"type": "no such"}', '{"type": "patience", "seconds": 900}', "x" * 10_000])
def test_what_cannot_be_read_ends_the_talk(house: House, text: str) -> None:
    with house.call(house.session().id) as line:
        line.send_text(text)
        assert why_closed(line) == UNREADABLE
    assert house.talks[0].closed.wait(5)


@pytest.mark.parametrize("sound", [b"odd", bytes(MAX_FRAME + 2)])
def test_sound_that_cannot_be_read_ends_the_talk(house: House, sound: bytes) -> None:
    with house.call(house.session().id) as line:
        line.send_bytes(sound)
        assert why_closed(line) == UNREADABLE


def test_a_page_that_takes_nothing_is_let_go(house: House) -> None:
    with house.call(house.session().id) as line:
        line.send_text(Recorded().model_dump_json())
        assert why_closed(line) == SLOW
    assert house.talks[0].closed.wait(5)


# By plain requests


def begin(house: House, session_id: str) -> str:
    """The address of a new line."""
    reply = house.client.post(f"/voice/{session_id}/line", headers=HOME)
    return f"/voice/{session_id}/line/{reply.json()['line']}"


def pieces(house: House, line: str) -> list[object]:
    """What there is for the page: messages as they read, sound as bytes."""
    body = house.client.get(line).content
    found: list[object] = []
    while body:
        kind, length = struct.unpack_from("<BI", body)
        piece, body = body[5 : 5 + length], body[5 + length :]
        found.append(json.loads(piece) if kind == 0 else piece)
    return found


def test_what_no_socket_carries_goes_by_requests(house: House) -> None:
    line = begin(house, house.session().id)
    assert pieces(house, line) == [{"type": "state", "state": "loading", "text": ""}]
    assert house.client.post(line, content=Hello(streams=False).model_dump_json(), headers=HOME).status_code == 204
    assert pieces(house, line) == [{"type": "state", "state": "asking", "text": "Hello"}]
    sound = bytes(MAX_FRAME + 2)
    house.client.post(line, content=sound, headers=HOME | {"content-type": "application/octet-stream"})
    told: list[object] = []
    while len(told) < 4:
        told += pieces(house, line)
    assert told[2] == {"type": "partial", "text": f"{len(sound) // 2} samples"}
    assert told[1] == (7).to_bytes(4, "little") + bytes(MAX_FRAME)


def test_requests_of_another_site_are_refused(house: House) -> None:
    session = house.session()
    other = {"origin": "https://example.com"}
    assert house.client.post(f"/voice/{session.id}/line", headers=other).status_code == 403
    line = begin(house, session.id)
    assert house.client.post(line, content=Hello().model_dump_json(), headers=other).status_code == 404
    assert house.client.get(f"/voice/{session.id}/line/somebody-elses").status_code == 404


def test_a_line_by_requests_says_why_it_is_over(house: House) -> None:
    session = house.session()
    line = begin(house, session.id)
    house.client.post(line, content="no message", headers=HOME)
    reply = house.client.get(line)
    assert (reply.status_code, reply.json()) == (410, {"code": UNREADABLE})
    assert house.client.post(f"/voice/{'0' * 32}/line", headers=HOME).json() == {"code": GONE}
    assert house.talks[0].closed.wait(5)


def test_a_page_that_asks_no_more_is_let_go(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post_module, "AWAY", 0.2)
    begin(house, house.session().id)
    assert house.talks[0].closed.wait(5)
