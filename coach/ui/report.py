"""The report at the end, as a page."""

from __future__ import annotations

from coach.domain import VerdictKind
from coach.report import Report, ReportThread, ReportTurn, WorkOn
from coach.ui import wording
from coach.ui.checklist import ICON, verdict_row
from coach.ui.conversation import BOOK
from coach.ui.delivery_chart import delivery_section, session_delivery_card
from coach.ui.dispute import Disputing, disputed_line
from coach.ui.gradecard import band_chip, score_line, wrong_claim
from coach.ui.markup import Html, icon, join, tag, text_block
from coach.ui.spoken_answer import changes_note, correct_form, mended_note, playback, timed_transcript, transcript_text

SHOWN = 8  # points in a list before the rest goes behind a click


def report_view(report: Report, *, session_id: str) -> Html:
    """Overall, what went well, what to work on, and each question with all its details."""
    return tag(
        "div",
        _head(report),
        *(tag("p", note, class_="ic-note") for note in report.notes),
        _downloads(session_id),
        _work_on(report),
        _strengths(report),
        session_delivery_card(report.delivery) if report.delivery is not None else None,
        _disputed(report),
        tag("h3", "Question by question") if report.threads else None,
        tag("div", *(_thread(thread, session_id) for thread in report.threads), class_="ic-earlier"),
        id="ic-conversation-body",
        class_="ic-report",
        data_session=session_id,
        data_finished=True,
        data_turn="report",
    )


def _head(report: Report) -> Html:
    score = report.overall
    line = score_line(score.score, score.low, score.high, score.band) if score else tag("p", "Nothing was graded in this interview.")
    counted = f"The mean of {wording.plural(report.counted, 'question')}." if report.counted else None
    mode = "Mock interview" if report.setup.mode == "mock" else "Practice"
    when = report.started_at.strftime("%d %B %Y, %H:%M UTC")
    return tag(
        "header",
        tag("p", tag("span", mode, class_="ic-strong"), tag("span", when), class_="ic-eyebrow"),
        tag("h2", "Your report", class_="ic-question"),
        tag(
            "section",
            tag("div", line, class_="ic-report-head"),
            tag("p", counted, class_="ic-quiet") if counted else None,
            class_="ic-card",
        ),
        class_="ic-question-card",
    )


def _downloads(session_id: str) -> Html:
    files = (("report.md", "Download as Markdown"), ("report.json", "Download as JSON"))
    return tag(
        "p",
        *(tag("a", label, href=f"session/{session_id}/{name}", download=True, class_="ic-plain-button") for name, label in files),
        class_="ic-links",
    )


def _work_on(report: Report) -> Html | None:
    if not report.work_on:
        return None
    items = [_gap(item, number) for number, item in enumerate(report.work_on)]
    return tag("section", tag("h3", "To work on"), *_some(items, "to work on", "work-on"), class_="ic-card")


def _gap(item: WorkOn, number: int) -> Html:
    label = tag("span", icon(ICON[item.verdict]), wording.VERDICT[item.verdict], class_="ic-verdict")
    essential = tag("span", "Essential", class_="ic-tag") if item.essential else None
    where = tag("span", f"question {item.number}", class_="ic-quiet ic-small")
    source = None
    if item.source:
        passage = tag(
            "figure", text_block(item.source.passage), tag("figcaption", "From ", tag("cite", item.source.document)), class_="ic-source"
        )
        source = tag("details", tag("summary", "Read about it"), passage, id=f"read-about-{number}")
    head = tag("div", label, essential, where, class_="ic-point-head")
    return tag("li", head, tag("p", item.point, class_="ic-point-text"), source, class_=f"ic-point ic-{item.verdict.value}")


def _strengths(report: Report) -> Html | None:
    if not report.strengths:
        return None
    mark = icon(ICON[VerdictKind.COVERED])
    items = [
        tag("li", tag("p", mark, " ", item.point, class_="ic-point-text"), class_="ic-point ic-covered ic-strength")
        for item in report.strengths
    ]
    return tag("section", tag("h3", "What you covered"), *_some(items, "covered", "strengths"), class_="ic-card")


def _disputed(report: Report) -> Html | None:
    items = [
        tag(
            "li",
            tag("p", each.point, tag("span", f" question {thread.number}", class_="ic-quiet ic-small"), class_="ic-point-text"),
            *disputed_line(each.verdict, each.meant, each.why),
            class_="ic-point",
        )
        for thread in report.threads
        for each in thread.disputes
    ]
    return tag("section", tag("h3", "Where you disagree"), *_some(items, "disputed", "disputes"), class_="ic-card") if items else None


def _some(items: list[Html], what: str, key: str) -> list[Html]:
    first, rest = items[:SHOWN], items[SHOWN:]
    parts = [tag("ul", *first, class_="ic-points")]
    if rest:
        parts.append(tag("details", tag("summary", f"{len(rest)} more {what}"), tag("ul", *rest, class_="ic-points"), id=f"more-{key}"))
    return parts


def _thread(thread: ReportThread, session_id: str) -> Html:
    if thread.after is not None:
        mark = join([tag("span", str(thread.after.score), class_="ic-strong"), band_chip(thread.after.band)])
    else:
        mark = tag("span", {"passed": "skipped", "unanswered": "not answered"}.get(thread.outcome, "no grade"), class_="ic-quiet")
    title = tag("span", f"{thread.number}. {thread.question}", class_="ic-past-title")
    gained = None
    if thread.before and thread.after and thread.before.score != thread.after.score:
        gained = tag("p", f"{thread.before.score} after the first answer, {thread.after.score} with the follow-ups.", class_="ic-quiet")
    key = f"report-{thread.number}"
    disputing = Disputing(number=thread.number, meant={each.point_id: (each.meant, each.why) for each in thread.disputes})
    points = [verdict_row(point, n, key=f"{key}-{point.id}", disputing=disputing) for n, point in enumerate(thread.points, 1)]
    answer = tag("div", tag("h4", icon(BOOK), "Model answer", class_="ic-label"), text_block(thread.model_answer))
    source = tag("p", "From ", tag("cite", thread.source or thread.ref), class_="ic-quiet ic-small")
    return tag(
        "details",
        tag("summary", title, tag("span", mark, class_="ic-past-mark")),
        tag(
            "div",
            *(_turn(turn, thread, session_id) for turn in thread.turns),
            gained,
            tag("p", thread.ungraded or thread.reason, class_="ic-note") if thread.ungraded or thread.reason else None,
            *(wrong_claim(claim) for claim in thread.wrong_claims),
            text_block(thread.feedback, class_="ic-feedback") if thread.feedback else None,
            tag("ol", *points, class_="ic-points") if points else None,
            answer,
            source,
            class_="ic-past-body",
        ),
        id=key,
        class_="ic-past",
    )


def _turn(turn: ReportTurn, thread: ReportThread, session_id: str) -> Html:
    asked = tag("p", turn.text, class_="ic-follow-up-text") if turn.role != "question" else None
    said = tag("p", "Skipped.", class_="ic-note") if turn.passed else None
    if turn.answer is not None:
        said = _said(turn, turn.answer, thread, session_id)
    tries = tag("p", f"Not made out before: {' '.join(turn.not_heard)}", class_="ic-note") if turn.not_heard else None
    note = tag("p", turn.note, class_="ic-note") if turn.note else None
    return tag("div", asked, tries, said, note)


def _said(turn: ReportTurn, answer: str, thread: ReportThread, session_id: str) -> Html:
    """The answer; a spoken one with its transcript, its recording where one was kept, and how it sounded."""
    spoken, key = turn.spoken, f"report-{turn.id}"
    if spoken is None:
        return tag("div", tag("h4", "You", class_="ic-label"), text_block(answer), class_="ic-answer")
    heard = spoken.transcript
    kept = spoken.recording is not None
    return tag(
        "div",
        tag("h4", "You, spoken", class_="ic-label"),
        transcript_text(heard, answer),
        mended_note(heard) if turn.changes is None else None,
        changes_note(turn.changes, key=key) if turn.changes is not None else None,
        playback(session_id, turn.id, heard, turn.moments, thread.points) if kept else timed_transcript(heard, key=key),
        correct_form(turn.id, answer),
        delivery_section(spoken.delivery, key=key),
        class_="ic-answer ic-spoken",
    )
