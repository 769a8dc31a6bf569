"""A conversation in its own thread, as the socket drives it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from interviews import document, question
from rooms import Desk, Parts, SpokenBench
from talking import Tongue, silence

from coach.errors import WeightsError
from coach.events import Setup
from coach.session import Session
from coach.settings import Settings
from coach.store import Store
from coach.voice.conversation import Conversation
from coach.voice.messages import Done, Hello, Outgoing, Played, Problem, Said, State

FULL = "it says first second third of the points in a long and quite finished sentence."


class Page:
    """Keeps what comes, and plays every reply at once."""

    def __init__(self, bench: SpokenBench, session: Session) -> None:
        self.sent: list[Outgoing] = []
        self.threads: set[str] = set()
        self.conversation = Conversation(bench, Desk(bench), session.id, self._receive)

    def _receive(self, out: Outgoing) -> None:
        self.sent.append(out)
        self.threads.add(threading.current_thread().name)
        if isinstance(out, Said):
            self.conversation.message(Played(reply=out.reply))

    def until(self, seen: Callable[[Outgoing], bool]) -> None:
        ends = time.monotonic() + 20
        while not any(seen(out) for out in list(self.sent)):
            assert time.monotonic() < ends, self.sent
            time.sleep(0.01)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SpokenBench]:
    store = Store.open(f"sqlite:///{tmp_path / 'coach.db'}")
    store.save_document(document(question("dropout"), question("momentum")))
    yield SpokenBench(store=store, settings=Settings(home=tmp_path))
    store.close()


def start(bench: SpokenBench) -> Session:
    return Session.start(bench, Setup(length=2))  # type: ignore[arg-type]


def stored(bench: SpokenBench, session: Session) -> str:
    """The answer to the first question, as soon as it is there."""
    ends = time.monotonic() + 20
    while (answer := Session.open(bench, session.id).state.threads[0].turns[0].answer) is None:  # type: ignore[arg-type]
        assert time.monotonic() < ends
        time.sleep(0.01)
    return answer


def state(name: str) -> Callable[[Outgoing], bool]:
    return lambda out: isinstance(out, State) and out.state == name


def test_a_question_is_put_heard_and_stored(bench: SpokenBench) -> None:
    session = start(bench)
    page = Page(bench, session)
    page.conversation.open()
    page.conversation.message(Hello())
    page.until(state("listening"))
    samples = bench.voice.tongue.say(FULL)
    for at in range(0, len(samples), 3200):
        page.conversation.hear(samples[at : at + 3200])
    page.conversation.message(Done())
    page.until(state("replying"))
    assert stored(bench, session) == FULL
    page.conversation.close()
    assert page.threads == {"conversation"}


def test_an_answer_said_to_its_end_is_stored_when_the_socket_goes(bench: SpokenBench) -> None:
    session = start(bench)
    page = Page(bench, session)
    page.conversation.open()
    page.conversation.message(Hello())
    page.until(state("listening"))
    page.conversation.hear(bench.voice.tongue.say(FULL))
    while not any(map(state("replying"), page.sent)):
        page.conversation.hear(silence(0.1))  # the microphone goes on
        time.sleep(0.02)
    page.conversation.close()
    assert stored(bench, session) == FULL


class SlowParts(Parts):
    """Are there when the test says so."""

    there = threading.Event()

    def warm(self) -> None:
        self.there.wait(20)


def test_what_is_said_before_the_models_are_there_is_no_answer(bench: SpokenBench) -> None:
    bench.voice = SlowParts()
    session = start(bench)
    page = Page(bench, session)
    page.conversation.open()
    page.conversation.message(Hello())
    page.conversation.hear(bench.voice.tongue.say(FULL))
    SlowParts.there.set()
    page.until(state("listening"))
    page.conversation.message(Done())
    page.until(lambda out: isinstance(out, Problem))
    assert not any(map(state("replying"), page.sent))
    page.conversation.close()


class NoParts(Parts):
    @property
    def recogniser(self) -> Tongue:
        raise WeightsError("The recogniser's files are not here. Run coach models pull whisper-base.")


def test_models_that_cannot_be_had_are_said_to_be_so(bench: SpokenBench) -> None:
    bench.voice = NoParts()
    page = Page(bench, start(bench))
    page.conversation.open()
    page.until(state("over"))
    assert Problem(text="The recogniser's files are not here. Run coach models pull whisper-base.") in page.sent
    page.conversation.hear(silence(1))  # nothing happens, and nothing is raised
    page.conversation.message(Done())
    page.conversation.close()
