"""The conversation: question cards, the candidate's answers, grades and hints. Pure: a state in, HTML out."""

from __future__ import annotations

from coach.corrections import changes_of
from coach.domain import Frozen, Grade, Question, VerdictKind
from coach.interview import InterviewState, Thread, Turn
from coach.ui import wording
from coach.ui.checklist import Progress, verdict_row
from coach.ui.delivery_chart import delivery_section
from coach.ui.dispute import Disputing
from coach.ui.gradecard import band_chip, grade_card
from coach.ui.markup import Html, icon, join, tag, text_block
from coach.ui.spoken_answer import changes_note, correct_form, mended_note, not_heard_note, transcript_text

BULB = '<path d="M9 18h6M10 21h4M12 3a6 6 0 0 0-3.8 10.6c.8.7 1.3 1.5 1.3 2.4h5c0-.9.5-1.7 1.3-2.4A6 6 0 0 0 12 3z"/>'
BOOK = '<path d="M4 5a2 2 0 0 1 2-2h14v16H6a2 2 0 0 0-2 2zM4 19V5"/>'


class Live(Frozen):
    """What a running check adds to the stored state: its grade so far and how far it has come."""

    grade: Grade | None = None
    progress: Progress = Progress()
    writing: bool = False  # the next question or follow-up is being found


def conversation(
    state: InterviewState,
    *,
    session_id: str,
    live: Live | None = None,
    local: bool = True,
    until: int | None = None,
    note: str | None = None,
) -> Html:
    """The threads up to number `until` (None: all): the last one in full, those before it as one line each that opens."""
    threads = state.threads[:until]
    mock = state.setup.mode == "mock"
    past = [past_thread(thread, mock=mock, local=local) for thread in threads[:-1]]
    current = _thread(threads[-1], total=state.planned, mock=mock, live=live, local=local) if threads else None
    earlier = tag("div", tag("h2", "Earlier questions", class_="ic-label"), *past, class_="ic-earlier") if past else None
    turns = len(threads[-1].turns) if threads else 0
    return tag(
        "div",
        tag("div", earlier, class_="ic-slot"),
        current,
        tag("p", note, class_="ic-note") if note else None,
        id="ic-conversation-body",
        data_session=session_id,
        data_turn=f"{len(threads)}.{turns}",
        role="log",
        aria_label="Interview",
    )


def question_card(thread: Thread, *, total: int) -> Html:
    """The question as a headline."""
    question = thread.question
    where = tag("span", f"Question {thread.number} of {total}", class_="ic-strong")
    return tag(
        "header",
        tag("p", where, tag("span", question.topic), tag("span", wording.LEVEL[question.level]), class_="ic-eyebrow"),
        tag("h2", question.text, class_="ic-question"),
        class_="ic-question-card",
    )


def _thread(thread: Thread, *, total: int, mock: bool, live: Live | None, local: bool) -> Html:
    return tag(
        "article",
        question_card(thread, total=total),
        *_turns(thread, mock=mock, live=live, local=local),
        model_answer(thread.question, key=str(thread.number)) if thread.model_answer_shown else None,
        class_="ic-thread ic-current",
        data_number=thread.number,
    )


def _turns(thread: Thread, *, mock: bool, live: Live | None, local: bool, past: bool = False) -> list[Html | None]:
    graded = [turn.id for turn in thread.turns if turn.thread_grade is not None]
    checked = next((turn.id for turn in thread.turns if turn.answer is not None and turn.grade is None), None)
    open_gap = not past and thread.turns[-1].is_open and thread.turns[-1].role != "question"
    parts: list[Html | None] = []
    follow_ups = 0
    for turn in thread.turns:
        if turn.role == "follow_up":
            follow_ups += 1
            parts.append(_follow_up(turn, follow_ups))
        if turn.role == "clarification":
            parts.append(_clarification(turn, thread.grade if open_gap and not mock else None))
        parts += [_hint(hint.text, hint.level) for hint in thread.hints if hint.turn_id == turn.id]
        if turn.passed:
            kept = " Your grade stays as it was." if turn.role == "clarification" and not mock else ""
            parts.append(tag("p", f"You skipped this one.{kept}", class_="ic-note"))
        if turn.answer is None:
            parts.append(not_heard_note(turn.not_heard) if turn.is_open else None)
            continue
        parts.append(_answer(turn, mock=mock, correctable=live is None, hidden=_hidden(thread) if open_gap else frozenset()))
        if mock:
            parts.append(tag("p", "Noted. Grades come at the end.", class_="ic-note"))
        elif turn.id == checked and live is not None:
            parts.append(_checking(live, local=local, key=f"{thread.number}"))
        elif turn.grade is None:
            again = "Your corrected answer is to be graded again." if turn.corrections else "This answer is stored and not graded yet."
            parts.append(tag("p", again, class_="ic-note"))
        elif turn.thread_grade is not None:
            parts.append(tag("p", turn.note, class_="ic-note") if turn.note else None)
            if turn.id == graded[-1] and live is None:
                parts.append(grade_card(turn.thread_grade, open_gap=open_gap, local=local, key=f"{thread.number}"))
            else:
                parts.append(_so_far(turn.thread_grade))
    return parts


def _hidden(thread: Thread) -> frozenset[str]:
    """The points that the open follow-up may ask for."""
    verdicts = thread.grade.points if thread.grade is not None else ()
    missing = frozenset(verdict.id for verdict in verdicts if verdict.verdict == VerdictKind.MISSING)
    probed = thread.turns[-1].point_id
    return missing | {probed} if probed is not None else missing


def _answer(turn: Turn, *, mock: bool, correctable: bool, hidden: frozenset[str]) -> Html:
    """The candidate's words; where they were spoken, with what was mended and corrected, and how they sounded."""
    text, spoken = turn.answer or "(nothing)", turn.spoken
    label = tag("h3", "You" if spoken is None else "You, spoken", class_="ic-label")
    if spoken is None:
        return tag("div", label, text_block(text), class_="ic-answer")
    changes = changes_of(turn)
    return tag(
        "div",
        label,
        transcript_text(spoken.transcript, text),
        mended_note(spoken.transcript) if changes is None else None,
        changes_note(changes, key=str(turn.id), grades=not mock, hidden=hidden) if changes is not None else None,
        correct_form(turn.id, text) if correctable else None,
        delivery_section(spoken.delivery, key=str(turn.id)) if not mock else None,
        class_="ic-answer ic-spoken",
    )


def _checking(live: Live, *, local: bool, key: str) -> Html:
    if live.grade is not None:
        return grade_card(live.grade, progress=live.progress, local=local, key=key)
    words = live.progress.sentence if live.progress.judged or live.progress.place else "Reading your answer…"
    still = tag("p", tag("span", class_="ic-pulse", aria_hidden="true"), words, class_="ic-still")
    return tag("section", still, class_="ic-card ic-grade", aria_label="Grade")


def _so_far(grade: Grade) -> Html:
    score = f"{grade.score} of 100 at this point" if grade.score is not None else "No grade for this answer"
    return tag("p", tag("span", score, class_="ic-quiet"), band_chip(grade.band), class_="ic-band-line ic-small")


def _follow_up(turn: Turn, number: int) -> Html:
    return tag(
        "div",
        tag("p", tag("span", f"Follow-up {number}", class_="ic-strong"), class_="ic-eyebrow"),
        tag("p", turn.text, class_="ic-follow-up-text"),
        class_="ic-follow-up",
    )


def _clarification(turn: Turn, grade: Grade | None) -> Html:
    """The clarifying question. `grade` is given while it is open, to say what hangs on it; a mock interview keeps that to itself."""
    return tag(
        "div",
        tag("p", tag("span", "To be sure", class_="ic-strong"), class_="ic-eyebrow"),
        tag("p", wording.unsure(grade), class_="ic-small") if turn.is_open else None,
        tag("p", turn.text, class_="ic-follow-up-text"),
        class_="ic-follow-up",
    )


def _hint(text: str, level: int) -> Html:
    return tag("div", tag("h3", icon(BULB), f"Hint {level} of 3"), text_block(text), class_="ic-hint")


def past_thread(thread: Thread, *, mock: bool = False, local: bool = True) -> Html:
    """A question that is over, as one line that opens."""
    grade = None if mock else thread.grade
    if grade is not None and grade.score is not None:
        mark = join([tag("span", str(grade.score), class_="ic-strong"), band_chip(grade.band)])
    else:
        mark = tag("span", "skipped" if thread.passed else "answered" if mock else "no grade", class_="ic-quiet")
    body = _turns(thread, mock=mock, live=None, local=local, past=True)
    if grade is not None and grade.points:
        disputing = Disputing.of(thread)
        rows = [verdict_row(v, n, key=f"past-{thread.number}-{v.id}", disputing=disputing) for n, v in enumerate(grade.points, 1)]
        body.append(tag("ol", *rows, class_="ic-points"))
    return tag(
        "details",
        tag(
            "summary",
            tag("span", f"{thread.number}. {thread.question.text}", class_="ic-past-title"),
            tag("span", mark, class_="ic-past-mark"),
        ),
        tag("div", *body, class_="ic-past-body"),
        id=f"past-{thread.number}",
        class_="ic-past",
    )


def model_answer(question: Question, *, key: str = "") -> Html:
    """The model answer and where it comes from."""
    return tag(
        "section",
        tag("h3", icon(BOOK), "Model answer"),
        text_block(question.answer),
        tag("p", "From ", tag("cite", question.source or question.bank), class_="ic-quiet ic-small"),
        class_="ic-card ic-model-answer",
        id=f"answer-{key}-{question.id}",
    )


def welcome(*, leave: str | None = None) -> Html:
    """What the middle column says before an interview begins. `leave` tells the browser that the last one was left: new or deleted."""
    steps = (
        ("Answer in your own words", "Write as you would speak. In practice you can ask for a hint, or skip."),
        ("See what you covered", "Each key point is checked against your answer, with your words and the source beside it."),
        ("Close the gap", "A follow-up goes for the essential point that is missing. A report sums it up at the end."),
    )
    return tag(
        "div",
        tag("h2", "An interviewer who shows you the evidence", class_="ic-question"),
        tag("ol", *(tag("li", tag("strong", title), tag("span", text)) for title, text in steps), class_="ic-steps"),
        class_="ic-welcome",
        id="ic-conversation-body",
        data_session="",
        data_leave=leave,
    )


def missing_session() -> Html:
    """What the page says when the address names an interview that is not there."""
    return tag(
        "div",
        tag("h2", "That interview is not here any more", class_="ic-question"),
        tag("p", "It was deleted, or it was held on another machine. You can start a new one."),
        class_="ic-welcome",
        id="ic-conversation-body",
        data_session="",
        data_leave="missing",
    )
