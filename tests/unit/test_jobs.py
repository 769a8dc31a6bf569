"""Work that outlives the page that began it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from interviews import FIRST, MISSING, PARTIAL, SECOND, Bench, ScriptedGrader, document, grade, question

from coach.errors import DocumentError, UsageError
from coach.events import Setup
from coach.interview import InterviewState
from coach.store import Store
from coach.ui.desk import Desk, Waiting, live_of
from coach.ui.jobs import Job, Jobs, Line
from coach.updates import FastGraded, PointJudged, WritingFollowUp


def everything(job: Job[int]) -> list[int]:
    """What a page that watches the job sees in the end."""

    async def watch() -> list[int]:
        seen: list[int] = []
        async for updates in job.watch():
            seen = updates
        return seen

    return asyncio.run(asyncio.wait_for(watch(), 5))


def until(done: Callable[[], bool]) -> None:
    """Wait for another thread."""
    end = time.monotonic() + 5
    while not done():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_every_watcher_sees_all_of_a_job_in_order() -> None:
    job = Jobs[int](2).start("a", lambda job: range(5))
    assert everything(job) == [0, 1, 2, 3, 4]
    assert everything(job) == [0, 1, 2, 3, 4]


def test_a_job_ends_early_when_it_is_stopped() -> None:
    started = threading.Event()

    def work(job: Job[int]) -> Iterator[int]:
        yield 1
        started.set()
        job.stop.wait(5)
        if not job.stop.is_set():
            yield 2

    jobs = Jobs[int](1)
    job = jobs.start("a", work)
    started.wait(5)
    jobs.stop_all()
    assert everything(job) == [1]


def test_a_failure_is_kept_for_those_who_watch_and_the_pool_goes_on() -> None:
    def work(job: Job[int]) -> Iterator[int]:
        yield 1
        raise DocumentError("It is empty.")

    jobs = Jobs[int](1)
    failed = jobs.start("a", work)
    assert everything(failed) == [1]
    assert str(failed.error) == "It is empty."
    assert everything(jobs.start("a", lambda job: [7])) == [7]


def test_a_key_has_one_job_at_a_time_and_the_others_know_their_place() -> None:
    go = threading.Event()

    def slow(job: Job[int]) -> list[int]:
        go.wait(5)
        return [1]

    jobs = Jobs[int](1)
    first = jobs.start("a", slow)
    until(lambda: jobs.place(first) == 0)
    second, third = jobs.start("b", slow), jobs.start("c", slow)
    assert (jobs.place(second), jobs.place(third)) == (1, 2)
    for taken in ("a", "b"):
        with pytest.raises(UsageError):
            jobs.start(taken, slow)
    go.set()
    assert everything(third) == [1]
    assert jobs.place(third) == 0


def test_a_line_serves_in_order_and_says_how_many_are_ahead() -> None:
    line = Line(1)
    with line.ticket() as first:
        with line.ticket() as second, line.ticket() as third:
            assert (first(), second(), third()) == (0, 1, 2)
        with line.ticket() as fourth:
            assert fourth() == 1
    with line.ticket() as fifth:
        assert fifth() == 0


@pytest.fixture
def bench(tmp_path: object) -> Iterator[Bench]:
    store = Store.open(f"sqlite:///{tmp_path}/coach.db")
    store.save_document(document(question("dropout"), question("momentum")))
    yield Bench(store)
    store.close()


def test_an_answer_is_stored_at_once_and_graded_in_a_job(bench: Bench) -> None:
    desk = Desk(bench)  # type: ignore[arg-type]  # the desk needs no more of a coach than its tools
    session = desk.begin(Setup(length=1))
    running = desk.submit(session.id, "first second third")
    assert bench.store.events(session.id)[2].kind == "answered"
    everything(running.job)  # type: ignore[arg-type]
    assert state(desk, session.id).threads[0].grade is not None
    assert desk.find(session.id) is None


def test_while_an_answer_is_graded_nothing_else_moves_the_session(bench: Bench) -> None:
    go = threading.Event()

    def script(answer: str, only: frozenset[str] | None) -> dict[str, object]:
        go.wait(5)
        return {FIRST.id: PARTIAL}

    bench.fast = ScriptedGrader(script=script)  # type: ignore[arg-type]
    desk = Desk(bench)  # type: ignore[arg-type]
    session = desk.begin(Setup(length=1))
    running = desk.submit(session.id, "first")
    for action in (desk.skip, desk.hint, desk.model_answer, desk.end):
        with pytest.raises(UsageError, match="still being checked"):
            action(session.id)
    go.set()
    everything(running.job)  # type: ignore[arg-type]
    desk.end(session.id)
    assert state(desk, session.id).ended == "stopped"


def test_stopping_the_full_check_leaves_the_quick_grade(bench: Bench) -> None:
    bench.full = ScriptedGrader(name="full", stops_after=1)
    desk = Desk(bench)  # type: ignore[arg-type]
    session = desk.begin(Setup(length=1))
    everything(desk.submit(session.id, "first second").job)  # type: ignore[arg-type]
    thread = state(desk, session.id).threads[0]
    assert thread.grade is not None
    assert thread.grade.grader == "fast"


def state(desk: Desk, session_id: str) -> InterviewState:
    return desk.open(session_id).state


def test_live_is_what_the_steps_so_far_add_up_to() -> None:
    quick = grade({FIRST.id: MISSING, SECOND.id: MISSING})
    judged = grade({FIRST.id: PARTIAL}).points[0]
    fast = FastGraded(turn_id=1, grade=quick, thread_grade=quick, full_follows=True)
    assert live_of([], place=3).progress.place == 3
    waiting = live_of([fast, Waiting(place=2)])
    assert (waiting.progress.total, waiting.progress.place) == (2, 2)
    going = live_of([fast, Waiting(place=1), PointJudged(turn_id=1, verdict=judged)])
    assert going.progress.judged == {FIRST.id: judged}
    assert going.progress.place == 0
    assert live_of([fast, WritingFollowUp()]).writing
