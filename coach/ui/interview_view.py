"""The whole interview tab as one value: what each part shows, from a state and what runs on it. Pure."""

from __future__ import annotations

from coach.domain import Frozen, VerdictKind
from coach.interview import InterviewState
from coach.report import Report
from coach.ui import wording
from coach.ui.checklist import checklist
from coach.ui.conversation import Live, conversation, missing_session, welcome
from coach.ui.dispute import Disputing
from coach.ui.markup import Html, tag
from coach.ui.phase import Parts, Phase, parts, phase_of
from coach.ui.report import report_view
from coach.ui.setup import summary
from coach.ui.status import notice


class View(Frozen):
    """What the interview tab shows."""

    phase: Phase
    parts: Parts
    conversation: str
    side: str
    summary: str = ""
    notice: str = ""
    announcement: str = ""
    next_label: str = "Next question"


def before(*, leave: str | None = None, message: str | None = None, info: bool = False) -> View:
    """The page before an interview. `leave` says why the last one is left: new, deleted or missing."""
    gone = leave == "missing"
    phase = Phase.GONE if gone else Phase.SETUP
    body = missing_session() if gone else welcome(leave=leave)
    return View(phase=phase, parts=parts(phase), conversation=body, side=checklist(None), notice=notice(message, info=info))


def during(
    state: InterviewState,
    *,
    session_id: str,
    live: Live | None = None,
    pause: int | None = None,
    local: bool = True,
    message: str | None = None,
) -> View:
    """The page while an interview runs. `live`: a job works on it; `pause`: stay with the question of this number until asked to go on."""
    mock = state.setup.mode == "mock"
    pause = None if mock else pause
    shown = state.threads[:pause] if pause else state.threads
    thread = shown[-1] if shown else None
    held = pause is not None and (len(state.threads) > pause or state.ended is not None)
    phase = phase_of(state, working=live is not None, pause=held)
    turn = thread.turns[-1] if thread else None
    checking = live if live is not None and turn is not None and turn.answer is not None and turn.grade is None else None
    note = _note(state) if live is not None and checking is None and not mock else None
    follow_up = bool(turn and turn.is_open and turn.role != "question" and not held)
    side = checklist(
        thread.question if thread else None,
        checking.grade if checking and checking.grade else thread.grade if thread else None,
        progress=checking.progress if checking and checking.progress.total else None,
        open_gap=follow_up or live is not None,  # while it is checked, a follow-up may still come
        probed=turn.point_id if turn and follow_up else None,
        mock=mock,
        disputing=Disputing.of(thread) if thread is not None and live is None else None,
    )
    return View(
        phase=phase,
        parts=parts(phase, mock=mock),
        conversation=conversation(state, session_id=session_id, live=checking, local=local, until=pause if held else None, note=note),
        side=side,
        summary=summary(state, session_id=session_id),
        notice=notice(message),
        announcement=_announcement(checking),
        next_label="See the report" if state.ended is not None else "Next question",
    )


def _note(state: InterviewState) -> str:
    """What goes on where no answer in view is checked."""
    due = state.ungraded_turn
    return "Grading your corrected answer…" if due is not None and due.corrections else "Thinking about what to ask next…"


def after(state: InterviewState, report: Report, *, session_id: str, message: str | None = None, info: bool = False) -> View:
    """The report."""
    return View(
        phase=Phase.FINISHED,
        parts=parts(Phase.FINISHED),
        conversation=report_view(report, session_id=session_id),
        side="",
        summary=summary(state, session_id=session_id),
        notice=notice(message, info=info),
        announcement="The interview is over. Here is your report.",
    )


def announce(sentence: str) -> Html:
    """A sentence for screen readers, spoken when it changes."""
    return tag("p", sentence, role="status", aria_live="polite", class_="ic-sr")


def _announcement(live: Live | None) -> str:
    if live is None or not live.progress.judged:
        return ""
    verdict = list(live.progress.judged.values())[-1]
    essential = "Essential point" if verdict.essential else "Point"
    contradicted = f" You said: {verdict.quote}" if verdict.verdict == VerdictKind.CONTRADICTED and verdict.quote else ""
    return f"{essential} {len(live.progress.judged)} of {live.progress.total}: {wording.VERDICT[verdict.verdict].lower()}.{contradicted}"
