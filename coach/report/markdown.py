"""A report as Markdown. Every piece of text that came from a person or a document is escaped on the way in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from coach.disputes import MEANT
from coach.domain import Verdict, VerdictKind
from coach.escaping import markdown_quote, markdown_text
from coach.report.markdown_spoken import delivery_summary, spoken_answer
from coach.report.summary import Report, ReportDispute, ReportThread, ReportTurn, Score, WorkOn

_MARKS = {
    VerdictKind.COVERED: "✓ covered",
    VerdictKind.PARTIAL: "◐ partial",
    VerdictKind.MISSING: "○ missing",
    VerdictKind.CONTRADICTED: "✗ contradicted",
}
_MAX_PASSAGE = 300  # characters of a passage; the JSON has all of it


def to_markdown(report: Report) -> str:
    """The report for reading, ending in one line break."""
    blocks = [
        *_head(report),
        *delivery_summary(report),
        *_strengths(report),
        *_work_on(report),
        *_next(report),
        *_disputed(report),
        *(block for thread in report.threads for block in _thread(thread)),
    ]
    return "\n\n".join(blocks) + "\n"


def _head(report: Report) -> Iterator[str]:
    setup = report.setup
    yield "# Interview report"
    when = _time(report.started_at) + (f" to {_time(report.ended_at)}" if report.ended_at else ", not over yet")
    banks = ", ".join(markdown_text(bank) for bank in setup.banks) or "all banks"
    yield f"{when} · {setup.mode} · level {setup.level} · {banks}"  # not the session's id: whoever has it has the session
    if report.overall is None:
        yield "**No score:** no answer was graded."
    else:
        many = "one question" if report.counted == 1 else f"the mean of {report.counted} questions"
        yield f"**{_score(report.overall)}** ({many})"
    if report.notes:
        yield "\n".join(f"- {note}" for note in report.notes)


def _strengths(report: Report) -> Iterator[str]:
    if report.strengths:
        yield "## What went well"
        yield "\n".join(f"- {markdown_text(item.point)} (question {item.number})" for item in report.strengths)


def _work_on(report: Report) -> Iterator[str]:
    if report.work_on:
        yield "## What to work on"
        yield "\n".join(_gap(item) for item in report.work_on)


def _gap(item: WorkOn) -> str:
    text = markdown_text(item.point)
    text = f"**{text}**" if item.essential else text
    source = f"\n  {_passage(item.source.document, item.source.passage)}" if item.source is not None else ""
    return f"- {text} ({item.verdict.value}, question {item.number}){source}"


def _passage(document: str, passage: str) -> str:
    short = passage if len(passage) <= _MAX_PASSAGE else passage[:_MAX_PASSAGE].rsplit(" ", 1)[0] + " …"
    return f"Read in {markdown_text(document)}: “{markdown_text(short)}”"


def _next(report: Report) -> Iterator[str]:
    if report.topics or report.practise:
        yield "## Next steps"
        lines = []
        if report.topics:
            lines.append(f"- Topics to go over: {', '.join(markdown_text(topic) for topic in report.topics)}")
        if report.practise:
            lines.append(f"- Questions to practise: {', '.join(markdown_text(ref) for ref in report.practise)}")
        yield "\n".join(lines)


def _disputed(report: Report) -> Iterator[str]:
    lines = [_dispute(thread.number, each) for thread in report.threads for each in thread.disputes]
    if lines:
        yield "## Where you disagree"
        yield "\n".join(lines)


def _dispute(number: int, dispute: ReportDispute) -> str:
    why = f" Why: “{markdown_text(dispute.why)}”" if dispute.why else ""
    return f"- {markdown_text(dispute.point)} (question {number}) The coach: {dispute.verdict.value}. You: {MEANT[dispute.meant]}.{why}"


def _thread(thread: ReportThread) -> Iterator[str]:
    yield f"## {thread.number}. {markdown_text(thread.question)}"
    yield _outcome(thread)
    for turn in thread.turns:
        yield from _turn(turn, thread)
    if thread.hints:
        yield "Hints:\n\n" + "\n".join(f"- level {hint.level}: {markdown_text(hint.text)}" for hint in thread.hints)
    if thread.model_answer_shown:
        yield "The model answer was shown while the question was open."
    if thread.points:
        yield "\n".join(_verdict(verdict) for verdict in thread.points)
    for claim in thread.wrong_claims:
        yield f"You said “{markdown_text(claim.quote)}”. {markdown_text(claim.correction)}"
    if thread.feedback:
        yield markdown_text(thread.feedback)
    if thread.outcome != "unanswered":
        yield f"Model answer ({markdown_text(thread.source)}):" if thread.source else "Model answer:"
        yield markdown_quote(thread.model_answer)
    if thread.graders:
        yield _spoken_by(thread)


def _outcome(thread: ReportThread) -> str:
    if thread.outcome == "passed":
        return "Passed."
    if thread.outcome == "unanswered":
        return "Not answered."
    if thread.after is None:
        return f"Not graded: {markdown_text(thread.ungraded or 'the interview ended first')}."
    reason = f" {markdown_text(thread.reason)}" if thread.reason else ""
    grown = thread.before is not None and len(thread.turns) > 1 and thread.before != thread.after
    before = f" (before the follow-ups {thread.before.score})" if grown and thread.before is not None else ""
    return f"**{_score(thread.after)}**{before}{reason}"


def _turn(turn: ReportTurn, thread: ReportThread) -> Iterator[str]:
    if turn.role != "question":
        yield f"{'Follow-up' if turn.role == 'follow_up' else 'To be sure'}: {markdown_text(turn.text)}"
    if turn.answer is not None:
        yield markdown_quote(turn.answer)
        yield from spoken_answer(turn, thread)
    elif turn.passed and turn.role != "question":
        yield "Passed."
    if turn.note:
        yield markdown_text(turn.note)


def _verdict(verdict: Verdict) -> str:
    essential = " (essential)" if verdict.essential else ""
    quote = f" · “{markdown_text(verdict.quote)}”" if verdict.quote else ""
    return f"- {_MARKS[verdict.verdict]}: {markdown_text(verdict.text)}{essential}{quote}"


def _spoken_by(thread: ReportThread) -> str:
    versions = [
        f"{name} {markdown_text(value)}"
        for each in thread.versions
        for name, value in (("model", each.model), ("prompt", each.prompt), ("calibration", each.calibration), ("embedder", each.embedder))
        if value is not None
    ]
    return (
        f"Graded by the {' and the '.join(thread.graders)} grader" + (f" ({', '.join(dict.fromkeys(versions))})" if versions else "") + "."
    )


def _score(score: Score) -> str:
    return f"{score.score} of 100, {score.band} ({score.low} to {score.high})"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
