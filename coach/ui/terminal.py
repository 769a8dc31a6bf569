"""The same interview in the terminal: questions as panels, verdicts as a table, commands that begin with a slash."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from coach.domain import Grade, VerdictKind
from coach.errors import CoachError, StoreError, UsageError
from coach.events import Asked, Graded, Setup
from coach.interview import InterviewState, Thread, Turn
from coach.report import to_markdown
from coach.session import Session
from coach.ui import wording
from coach.updates import FastGraded, Finished, PointJudged, Update, WritingFollowUp

if TYPE_CHECKING:
    from coach.wiring import Coach

STYLE = {VerdictKind.COVERED: "green", VerdictKind.PARTIAL: "yellow", VerdictKind.MISSING: "dim", VerdictKind.CONTRADICTED: "red"}
MARK = {VerdictKind.COVERED: "✓", VerdictKind.PARTIAL: "◐", VerdictKind.MISSING: "–", VerdictKind.CONTRADICTED: "✗"}
COMMANDS = {
    "/hint": "a hint, plainer each time",
    "/answer": "the model answer; what it tells counts at most partly",
    "/skip": "pass, and go on to the next question",
    "/dispute": "disagree with a verdict: /dispute 2 covered, and why if you like; covered, partial, missing or contradicted",
    "/agree": "take that back: /agree 2",
    "/again": "send an answer again that could not be stored",
    "/end": "end the interview and write the report",
    "/help": "this list",
}


def run(
    coach: Coach, setup: Setup | None, *, resume: str | None = None, console: Console | None = None, read: Callable[[], str] = input
) -> Path | None:
    """Interview in the terminal, with a new set-up or by going on with the session `resume`; gives back the report's path.

    Ctrl-C and the end of the input keep the session and say how to go on; then there is no report, and None comes back.
    Raises UsageError when neither a set-up nor a session is given, or no question fits, and StoreError for an unknown session.
    """
    if resume is None and setup is None:
        raise UsageError("There is nothing to start: give a set-up, or a session to go on with.")
    console = console or Console()
    session = Session.open(coach, resume) if resume is not None else Session.start(coach, setup or Setup())
    try:
        return _interview(session, coach, console, read)
    except (KeyboardInterrupt, EOFError):
        console.print()
        _say(console, f"Your interview is kept. Go on with it: coach practice --resume {session.id}", whole=True)
        return None


def _interview(session: Session, coach: Coach, console: Console, read: Callable[[], str]) -> Path:
    _say(console, "An empty line ends your answer. /help lists the commands.", "dim")
    while session.state.ended is None:
        if session.state.open_turn is None:
            _follow(session.resume(), session, console)
            continue
        _ask(session.state, console)
        _take(session, console, read)
    return _finish(session, coach, console)


def _take(session: Session, console: Console, read: Callable[[], str]) -> None:
    """One answer or command. An answer that could not be stored is not lost: /again sends it once more."""
    answer = ""
    while True:
        text = _lines(console, read)
        command = text.strip().lower()
        try:
            if command == "/again" and answer:
                text, command = answer, ""
            match command:
                case "/help":
                    for name, what in COMMANDS.items():
                        _say(console, f"{name:<9}{what}")
                case "/hint":
                    given = session.hint()
                    _say(console, f"Hint {given.level} of 3: {given.text}", "yellow")
                case "/answer":
                    model = session.model_answer()
                    console.print(Panel(_plain(model.text), title="Model answer", subtitle=_plain(model.source), box=box.ROUNDED))
                case "/skip":
                    session.skip()
                    return
                case "/end":
                    session.end()
                    return
                case _ if command.partition(" ")[0] in ("/dispute", "/agree"):
                    _say(console, _disputed(session, text), "dim")
                case _ if command.startswith("/") and " " not in command and "\n" not in command:
                    _say(console, f"There is no command {command}. /help lists them.", "red")
                case _:
                    answer = text
                    _follow(session.submit(text), session, console)
                    return
        except CoachError as error:
            again = " /again sends your answer once more." if answer and isinstance(error, StoreError) else ""
            _say(console, f"{error}{again}", "red")


def _lines(console: Console, read: Callable[[], str]) -> str:
    """Lines until an empty one; a command is over at once."""
    lines: list[str] = []
    while True:
        console.print(Text("› ", style="bold cyan"), end="")
        line = read()
        if not line.strip() and lines:
            return "\n".join(lines)
        if line.strip():
            lines.append(line)
        if len(lines) == 1 and lines[0].lstrip().startswith("/"):
            return lines[0]


def _follow(updates: Iterable[Update], session: Session, console: Console) -> None:
    """Show a grading as it goes."""
    total = done = 0
    with console.status("Reading your answer…") as status:
        for update in updates:
            match update:
                case FastGraded():
                    total = len(update.grade.points)
                    if update.full_follows:
                        _say(console, _score(update.thread_grade), "dim")
                        status.update(f"Checking point 1 of {total}… (Ctrl-C keeps your answer)")
                case PointJudged():
                    done += 1
                    verdict = update.verdict.verdict
                    _say(console, f"  {MARK[verdict]} point {done} of {total}: {wording.VERDICT[verdict].lower()}", STYLE[verdict])
                    status.update(f"Checking point {min(done + 1, total)} of {total}…")
                case WritingFollowUp():
                    status.update("Thinking about what to ask next…")
                case Graded():
                    if update.note:
                        _say(console, update.note, "dim")
                case Asked() | Finished():
                    status.stop()
                case _:
                    pass
    state = session.state
    if state.setup.mode == "mock":
        _say(console, "Noted. Grades come at the end.", "dim")
        return
    asked = state.open_turn if state.open_turn is not None and state.open_turn.role != "question" else None
    graded = [thread for thread in state.threads if thread.grade is not None]
    if graded:
        _show_grade(graded[-1], console, asked=asked)


def _show_grade(thread: Thread, console: Console, *, asked: Turn | None) -> None:
    """The grade of a question. While something is `asked` about it, the points that this may be after are not told."""
    grade = thread.grade
    if grade is None:
        return
    if grade.ungraded:
        _say(console, f"No grade: {grade.ungraded}", "yellow")
        return
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, expand=False)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Key point")
    table.add_column("Your words", style="italic")
    for number, point in enumerate(grade.points, start=1):
        hidden = asked is not None and (point.verdict == VerdictKind.MISSING or point.id == asked.point_id)
        label = Text(f"{MARK[point.verdict]} {wording.VERDICT[point.verdict]}", style=STYLE[point.verdict])
        text = _plain(f"Point {number}" if hidden else point.text)
        if point.essential:
            text.append(" (essential)", style="dim")
        table.add_row(label, text, _plain(point.quote or ""))
    parts: list[Table | Text] = [Text(_score(grade), style="bold")]
    if grade.reason:
        parts.append(_plain(grade.reason))
    if grade.points:
        parts.append(table)
    parts += [_plain(f"Not right: “{claim.quote}” — {claim.correction}", "red") for claim in grade.wrong_claims]
    if grade.feedback and asked is None:
        parts.append(_plain(grade.feedback))
    console.print(Group(*parts))
    console.print()


def _ask(state: InterviewState, console: Console) -> None:
    thread, turn = state.thread, state.open_turn
    if thread is None or turn is None:
        return
    if turn.role == "follow_up":
        title = "Follow-up"
    elif turn.role == "clarification":
        title = "To be sure"
        _say(console, wording.unsure(thread.grade if state.setup.mode == "practice" else None))
    else:
        title = f"Question {thread.number} of {state.planned} · {thread.question.topic} · {wording.LEVEL[thread.question.level]}"
    console.print(Panel(_plain(turn.text, "bold"), title=_plain(title), title_align="left", box=box.ROUNDED, border_style="cyan"))


def _disputed(session: Session, text: str) -> str:
    """Do what a /dispute or /agree says of the last grade that was shown, and say so. Raises UsageError with how to write it."""
    match text.split(maxsplit=3):
        case ["/dispute", number, kind, *why] if kind.casefold() in set(VerdictKind):
            thread, point = _point(session, number)
            session.dispute(thread, point, VerdictKind(kind.casefold()), " ".join(why))
            return wording.NOTED
        case ["/agree", number]:
            session.take_back(*_point(session, number))
            return "You have taken it back."
        case _:
            kinds = "covered, partial, missing or contradicted"
            raise UsageError(f"Write /dispute, the point's number and {kinds}: /dispute 2 covered because …")


def _point(session: Session, number: str) -> tuple[int, str]:
    """The question's number and the point's id, for a point's number in the table that was shown last."""
    graded = [thread for thread in session.state.threads if thread.grade is not None]
    points = graded[-1].grade.points if graded and graded[-1].grade is not None else ()
    if not number.isdecimal() or not 1 <= int(number) <= len(points):
        raise UsageError("There is no point of this number in the last grade.")
    return graded[-1].number, points[int(number) - 1].id


def _finish(session: Session, coach: Coach, console: Console) -> Path:
    report = session.report()
    folder = coach.settings.home / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{session.id}.md"
    path.write_text(to_markdown(report), encoding="utf-8")
    if report.overall is not None:
        score = report.overall
        _say(console, f"Overall {score.score} of 100 ({score.band}, likely {score.low} to {score.high}).", "bold")
    for note in report.notes:
        _say(console, note, "dim")
    _say(console, f"Your report: {path}", whole=True)
    return path


def _score(grade: Grade) -> str:
    spread = f", likely {grade.low} to {grade.high}" if grade.low is not None and grade.high != grade.low else ""
    return f"{grade.score} of 100 ({grade.band}{spread}) — {wording.grader(grade)}"


def _plain(text: str, style: str = "") -> Text:
    """Text as it is: no markup in it counts, and no control character of a document reaches the terminal."""
    return Text("".join(c for c in text if c in "\n\t" or not (ord(c) < 32 or 127 <= ord(c) < 160)), style=style)


def _say(console: Console, text: str, style: str = "", *, whole: bool = False) -> None:
    console.print(_plain(text, style), soft_wrap=whole)
