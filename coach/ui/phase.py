"""What the page shows at each moment of an interview: which parts are there, and which buttons can be pressed."""

from __future__ import annotations

from enum import StrEnum

from coach.domain import Frozen
from coach.interview import InterviewState


class Phase(StrEnum):
    """Where the page is."""

    SETUP = "setup"  # nothing has begun
    GONE = "gone"  # the address names an interview that is not there
    ASKING = "asking"  # a question waits for its answer
    CHECKING = "checking"  # an answer is being graded, or the next question found
    READING = "reading"  # a question is over, and the candidate reads its grade before the next one
    FINISHED = "finished"  # the report


class Parts(Frozen):
    """What is visible, and what can be pressed."""

    setup: bool = False
    running: bool = False
    composer: bool = False
    side: bool = True
    send: bool = False
    skip: bool = False
    hint: bool = False
    model: bool = False
    stop: bool = False
    end: bool = False
    next: bool = False


def phase_of(state: InterviewState | None, *, working: bool = False, pause: bool = False) -> Phase:
    """The phase of a stored state. `working`: a job runs on it; `pause`: the candidate is still to read the last grade."""
    if state is None:
        return Phase.SETUP
    if working:
        return Phase.CHECKING
    if pause:
        return Phase.READING
    if state.ended is not None:
        return Phase.FINISHED
    return Phase.ASKING if state.open_turn is not None else Phase.CHECKING


def parts(phase: Phase, *, mock: bool = False) -> Parts:
    """The parts of the page in this phase. A mock interview has no hints and no model answers before its end."""
    match phase:
        case Phase.SETUP | Phase.GONE:
            return Parts(setup=True)
        case Phase.ASKING:
            return Parts(running=True, composer=True, send=True, skip=True, hint=not mock, model=not mock, end=True)
        case Phase.CHECKING:
            return Parts(running=True, stop=True)
        case Phase.READING:
            return Parts(running=True, next=True, end=True)
        case Phase.FINISHED:
            return Parts(running=True, side=False)
