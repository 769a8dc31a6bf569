"""`grade`: one answer, or a batch of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from coach.commands.console import print_json, say, screen
from coach.commands.opening import Json, Llm, OneBank, check_bank, opened, settings_for
from coach.commands.texts import Row, read_option, run_batch, text_in
from coach.errors import ModelError, UsageError, WeightsError

if TYPE_CHECKING:
    from coach.bank.lookup import Lookup
    from coach.domain import Grade, KeyPoint, Question
    from coach.grading.grader import Grader
    from coach.wiring import Coach

Which = Literal["auto", "fast", "full"]


def grade(
    ctx: typer.Context,
    question: Annotated[str | None, typer.Option(help="The question's text, its id, or bank/id.")] = None,
    answer: Annotated[str | None, typer.Option(help="The answer; @FILE reads a file, @- standard input, @@x is @x.")] = None,
    bank: OneBank = None,
    batch: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help='JSON Lines {"id", "question", "answer"}, perhaps "reference", "key_points"; - is standard input.'
        ),
    ] = None,
    grader: Annotated[Which, typer.Option(help="full uses the language model too; auto falls back to fast, and says so.")] = "auto",
    llm: Llm = None,
    json: Json = False,
) -> None:
    """Grade an answer point by point, with evidence."""
    if batch is not None and (question is not None or answer is not None):
        raise UsageError("Give --batch, or --question with --answer, not both.")
    if batch is None and (question is None or answer is None):
        raise UsageError("Give both --question and --answer, or --batch FILE.")
    with opened(settings_for(ctx, llm=llm)) as coach:
        limit = coach.settings.max_document_mb
        asked = None if question is None else read_option(question, limit)
        said = None if answer is None else _checked(read_option(answer, limit))
        coach.prepare_library()
        check_bank(coach.store, bank)
        desk = Desk(coach, bank, grader)
        if batch is not None:
            desk.ready()
            run_batch(batch, desk.row)
        elif asked is not None and said is not None:
            found = desk.lookup.find(asked, bank)
            desk.ready()
            result = desk.grade(found, said)
            if json:
                print_json(result.model_dump(mode="json"))
            else:
                _show(result, found)


class Desk:
    """Grades with the grader asked for; `auto` goes on with the fast one once the chat model has failed, and says it once."""

    def __init__(self, coach: Coach, bank: str | None, which: Which) -> None:
        from coach.bank.lookup import Lookup

        self._coach, self._bank, self._which = coach, bank, which
        self._grader: Grader | None = None
        self.lookup: Lookup = Lookup(coach.store.questions(bank), coach.retriever.search)

    def ready(self) -> Grader:
        """The grader, made when it is first asked for. Raises ModelError or WeightsError."""
        if self._grader is None:
            self._grader, reason = self._coach.grader(self._which)
            if reason:
                say(f"Graded by the fast grader: {reason}")
        return self._grader

    def grade(self, question: Question, answer: str) -> Grade:
        """One grade, with the follow-up for its essential gap. Raises ModelError when `full` cannot finish."""
        from coach.followup import compose_follow_up

        grader = self.ready()
        try:
            result = self._graded(grader, question, answer)
        except (ModelError, WeightsError) as error:
            if self._which != "auto" or grader.name == "fast":
                raise
            say(f"Graded by the fast grader: {error}")
            grader = self._grader = self._coach.fast
            result = self._graded(grader, question, answer)
        if result.score is None:
            return result
        chat = self._coach.chat if grader.name == "full" else None
        ask = compose_follow_up(question, result, [answer], frozenset({question.text}), chat)
        return result.model_copy(update={"follow_up": ask.text if ask else None})

    def row(self, row: Row) -> Row:
        """A line of a batch: a question of a bank, or one that the line itself brings."""
        answer = _checked(text_in(row, "answer"))
        text = text_in(row, "question")
        own = any(row.get(name) is not None for name in ("reference", "key_points"))
        question = _brought(text, row) if own else self.lookup.find(text, row.get("bank") or self._bank)
        result = self.grade(question, answer).model_dump(mode="json")
        return {**result, "id": row.get("id")}

    def _graded(self, grader: Grader, question: Question, answer: str) -> Grade:
        if question.bank:
            return self._coach.grade(question, answer, grader)
        # A question of no bank has no passages: its reference stands behind each point.
        return grader.grade(question, answer, ()).model_copy(update={"bank": None, "question_id": None})


def _checked(answer: str) -> str:
    from coach.session import MAX_ANSWER

    if len(answer) > MAX_ANSWER:
        raise UsageError(f"This answer has {len(answer):,} characters; at most {MAX_ANSWER:,} can be graded. Shorten it.")
    return answer


def _brought(text: str, row: Row) -> Question:
    """The question that a line brings with it: its points are given, or drawn from its reference. Raises UsageError."""
    from coach.bank.kinds import kind_of
    from coach.bank.rubric import draw_key_points
    from coach.domain import Question, content_id

    if not text.strip():
        raise UsageError("`question` is empty.")
    reference = text_in(row, "reference") if row.get("reference") is not None else ""
    given = row.get("key_points")
    points = draw_key_points(text, reference) if given is None else _points(given)
    if not points:
        raise UsageError("No key point was given, and none could be drawn from `reference`. Give `key_points`, or a longer reference.")
    return Question(id=content_id(text), bank="", text=text, answer=reference, kind=kind_of(text), key_points=points, source="reference")


def _points(given: Any) -> tuple[KeyPoint, ...]:
    from coach.domain import KeyPoint, content_id

    if not isinstance(given, list):
        raise UsageError('`key_points` is not a list. Give texts, or objects {"text", "essential"}.')
    points: dict[str, KeyPoint] = {}
    for item in given:
        row = {"text": item} if isinstance(item, str) else item
        if not isinstance(row, dict) or not isinstance(row.get("essential", False), bool):
            raise UsageError('A key point is neither a text nor an object {"text", "essential"}.')
        text = text_in(row, "text")
        if not text.strip():
            raise UsageError("A key point is empty.")
        id = row["id"] if isinstance(row.get("id"), str) else content_id(text)
        if id in points:
            raise UsageError(f"Two key points have the id {id}. Give each once.")
        points[id] = KeyPoint(id=id, text=text, essential=row.get("essential", False))
    return tuple(points.values())


def _show(grade: Grade, question: Question) -> None:
    from rich.table import Table
    from rich.text import Text

    out = screen()
    out.print(Text(question.text, style="bold"))
    if grade.score is None:
        out.print(Text(grade.ungraded or grade.feedback))
        return
    out.print(f"{grade.score} of 100 ({grade.low} to {grade.high}), {grade.band}; {grade.grader} grader, {grade.ms} ms", highlight=False)
    table = Table("", "key point", "your words", show_lines=False)
    for point in grade.points:
        table.add_row(point.verdict.value, Text(point.text, style="bold" if point.essential else ""), Text(point.quote or ""))
    out.print(table)
    for claim in grade.wrong_claims:
        out.print(Text(f"“{claim.quote}” is not so: {claim.correction}"))
    out.print(Text(grade.feedback))
    if grade.follow_up:
        out.print(Text(f"Next: {grade.follow_up}", style="cyan"))
