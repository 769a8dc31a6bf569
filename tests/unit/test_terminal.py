"""The interview in the terminal."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from interviews import Bench, ScriptedGrader, document, question
from rich.console import Console

from coach.errors import StoreError, UsageError
from coach.events import Setup
from coach.settings import Settings
from coach.store import Store
from coach.ui.terminal import run


@dataclass
class Desk:
    """A terminal with somebody at the keys."""

    bench: Bench
    screen: io.StringIO

    def sit(self, *lines: str, length: int = 1, resume: str | None = None, mode: str = "practice") -> Path | None:
        keys = iter(lines)

        def read() -> str:
            line = next(keys, None)
            if line is None:
                raise KeyboardInterrupt
            return line

        console = Console(file=self.screen, width=100, force_terminal=False)
        setup = Setup.model_validate({"length": length, "mode": mode})
        return run(self.bench, None if resume else setup, resume=resume, console=console, read=read)  # type: ignore[arg-type]

    @property
    def shown(self) -> str:
        return self.screen.getvalue()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = Store.open(f"sqlite:///{tmp_path / 'coach.db'}")
    store.save_document(document(question("dropout"), question("momentum")))
    bench = Bench(store)
    bench.settings = Settings(home=tmp_path)  # type: ignore[attr-defined]
    yield Desk(bench, io.StringIO())
    store.close()


def test_an_interview_from_the_question_to_the_report(desk: Desk) -> None:
    path = desk.sit("first it is", "", "second then", "")
    assert path is not None
    assert "# " in path.read_text(encoding="utf-8")
    for words in ("Question 1 of 1", "Follow-up", "✓ Covered", "Your words", "of 100", str(path)):
        assert words in desk.shown


def test_an_answer_of_several_lines_ends_with_an_empty_one(desk: Desk) -> None:
    desk.sit("", "first", "second", "third", "")
    assert desk.bench.fast.calls[0][0] == "first\nsecond\nthird"


def test_a_missing_point_is_not_given_away_while_its_follow_up_is_open(desk: Desk) -> None:
    desk.sit("second", "")
    assert "During training each unit" not in desk.shown
    assert "Point 1 (essential)" in desk.shown


def test_commands_help_skip_and_end(desk: Desk) -> None:
    path = desk.sit("/help", "/hint", "/answer", "/nonsense", "/skip", "/end", length=2)
    assert path is not None
    for words in ("Hint 1 of 3", "Model answer", "There is no command /nonsense.", "/skip", "Question 2 of 2", "Your report:"):
        assert words in desk.shown


def test_a_verdict_can_be_disputed_and_the_dispute_taken_back(desk: Desk) -> None:
    desk.sit("second third", "", "/dispute 1 covered because I said so", "/agree 1", "/agree 1", "/dispute 9 covered", "/dispute 1", "/end")
    for words in (
        "Noted. Your score stays; this helps to improve the grader.",
        "You have taken it back.",
        "nothing to take back",
        "There is no point of this number in the last grade.",
        "Write /dispute, the point's number and covered, partial, missing or contradicted",
    ):
        assert words in " ".join(desk.shown.split())
    kinds = [event.kind for event in desk.bench.store.events(desk.bench.store.sessions()[0].id)]
    assert kinds[-3:] == ["disputed", "dispute_withdrawn", "ended"]


def test_where_the_coach_is_unsure_it_says_so_and_asks(desk: Desk) -> None:
    desk.sit("second third maybe-first", "", "first", "")
    shown = " ".join(desk.shown.split())
    assert "I am not sure whether you said one of the key points, so your score lies somewhere from" in shown
    assert "To be sure" in shown
    assert "During training each unit" not in shown.partition("To be sure")[0]


def test_ctrl_c_keeps_the_session_and_says_how_to_go_on(desk: Desk) -> None:
    assert desk.sit() is None
    session = desk.bench.store.sessions()[0].id
    assert f"coach practice --resume {session}" in desk.shown
    assert desk.sit("/end", resume=session) is not None


def test_the_verdicts_of_the_full_check_come_one_by_one(desk: Desk) -> None:
    desk.bench.full = ScriptedGrader(name="full")
    desk.sit("first second third", "")
    assert [f"point {n} of 3: covered" in desk.shown for n in (1, 2, 3)] == [True] * 3
    assert "Full check — local model" in desk.shown


def test_a_mock_interview_keeps_its_grades_to_itself(desk: Desk) -> None:
    desk.sit("first", "", mode="mock", length=2)
    assert "Grades come at the end." in desk.shown
    assert "of 100" not in desk.shown


def test_what_is_typed_is_shown_as_text(desk: Desk) -> None:
    desk.bench.fast.script = lambda answer, only: {}
    desk.bench.fast.reason = "\x1b[31m[bold]Off topic[/bold]"
    desk.sit("first", "")
    assert "[bold]Off topic[/bold]" in desk.shown
    assert "\x1b" not in desk.shown


def test_an_answer_that_could_not_be_stored_can_be_sent_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    append: Callable[..., int] = desk.bench.store.append
    failures = [StoreError("The database is busy. Try again.")]

    def flaky(session_id: str, event: object, *, expected: int) -> int:
        if getattr(event, "kind", "") == "answered" and failures:
            raise failures.pop()
        return append(session_id, event, expected=expected)

    monkeypatch.setattr(desk.bench.store, "append", flaky)
    desk.sit("first second third", "", "/again")
    assert "The database is busy. Try again. /again sends your answer once more." in desk.shown
    assert "✓ Covered" in desk.shown


def test_without_a_set_up_or_a_session_there_is_nothing_to_start(desk: Desk) -> None:
    with pytest.raises(UsageError):
        run(desk.bench, None)  # type: ignore[arg-type]
