"""Spoken answers in the report as Markdown: the transcript with its times, corrections, and how it sounded."""

from __future__ import annotations

from collections.abc import Iterator

from coach.corrections import Changes
from coach.domain import VerdictKind
from coach.escaping import markdown_text
from coach.report.summary import Report, ReportThread, ReportTurn
from coach.spoken import Spoken, SpokenDelivery
from coach.transcripts import clock, lines_of, mended

NOT_JUDGED = "not judged"


def delivery_summary(report: Report) -> Iterator[str]:
    """How the interview sounded, where it was spoken."""
    delivery = report.delivery
    if delivery is None:
        return
    yield "## How you sounded"
    figures = [
        f"{_many(delivery.answers, 'spoken answer')}, {clock(delivery.seconds)} of talk",
        f"{delivery.words_per_minute:.0f} words a minute",
        f"{_many(delivery.fillers, 'filler')} ({delivery.fillers_per_minute:.1f} a minute; some are not heard)",
        _many(delivery.pauses, "long pause"),
        f"{delivery.hedge_share:.0%} of the words were hedges",
    ]
    if delivery.short or delivery.long:
        figures.append(f"{delivery.short} shorter and {delivery.long} longer than is fit")
    yield "\n".join(f"- {figure}" for figure in figures)
    yield markdown_text(f"{delivery.suggestion} None of this is part of the score.".strip())


def spoken_answer(turn: ReportTurn, thread: ReportThread) -> Iterator[str]:
    """What goes with a spoken answer."""
    if turn.spoken is None:
        return
    yield _sounded(turn.spoken.delivery)
    if turn.changes is not None:
        yield _changed(turn.changes)
    yield _transcript(turn.spoken, corrected=turn.changes is not None)
    when = {moment.point_id: moment.at for moment in turn.moments}
    said = [f"- {clock(when[point.id])} {markdown_text(point.text)}" for point in thread.points if point.id in when]
    if said:
        yield "When you said it:\n\n" + "\n".join(said)


def _sounded(delivery: SpokenDelivery) -> str:
    figures = [
        f"Spoken: {delivery.seconds:.0f} s",
        f"{delivery.words_per_minute:.0f} words a minute",
        _many(len(delivery.fillers), "filler"),
        _many(len(delivery.pauses), "long pause"),
    ]
    return markdown_text(f"{', '.join(figures)}. {delivery.suggestion}".strip())


def _transcript(spoken: Spoken, *, corrected: bool) -> str:
    title = "As it was heard" if corrected else "Transcript"
    lines = [f"- {clock(line.at)} {markdown_text(line.text)}" for line in lines_of(spoken.transcript)]
    words = [f"{markdown_text(word.text)} (heard: {markdown_text(word.heard or '')})" for word in mended(spoken.transcript)]
    after = f"\n\nMended: {', '.join(words)}." if words else ""
    return f"{title}:\n\n" + "\n".join(lines) + after


def _changed(changes: Changes) -> str:
    lines = [f"- {markdown_text(change.point)}: {_verdict(change.before)} → {_verdict(change.after)}" for change in changes.verdicts]
    before = changes.score_before if changes.score_before is not None else "no score"
    after = changes.score_after if changes.score_after is not None else "no score"
    head = f"You corrected the transcript: {before} → {after}."
    return f"{head}\n\n" + "\n".join(lines) if lines else head


def _verdict(verdict: VerdictKind | None) -> str:
    return verdict.value if verdict is not None else NOT_JUDGED


def _many(count: int, noun: str) -> str:
    return f"{count} {noun if count == 1 else noun + 's'}"
