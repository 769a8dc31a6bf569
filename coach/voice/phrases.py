"""What the coach says around the questions, and the requests that it understands in place of an answer."""

from __future__ import annotations

import re
from typing import Literal

from coach.interview_state import InterviewState, Turn

WELCOME = "Hello, and welcome. Here is your first question."
BACK = "Let us go on."
ONWARDS = ("Next question.", "Here is the next one.", "On to the next question.", "The next question.")
LAST = "Here is the last question."
GOODBYE = "That was the last question. Thank you. Your report is on the page."
STOPPED = "Thank you. Your report is on the page."
LOST = "Sorry, I lost what you said. Say it once more, or type it."
TOO_LATE = "That came after your answer was taken, so it is not graded. Say it again where it fits."
ANSWERED = "That question has been answered on the page meanwhile, so what you said is not taken."
UNGRADED = "Your answer is kept, but something went wrong while it was graded. Press Talk to try again."
NOTHING_YET = "I have heard nothing yet. Check that the microphone is on and not muted."

Request = Literal["repeat", "skip"]
MAX_REQUEST = 12  # words; whoever says more answers

_POLITE = r"""(?:(?:sorry|okay|so|um|uh|well|please|hey|coach|hm+|i'm\ sorry|excuse\ me
    |i\ did(?:n't|\ not)\ (?:get|catch|hear|understand)\ (?:that|it|the\ question))[,.!?]*\s+)*"""
_REPEAT = re.compile(
    rf"""^{_POLITE}(?:(?:can|could|would|will)\ you\s+(?:please\s+)?|please\s+)?(?:repeat|say|read|ask)\s+
          (?:that|it|this|(?:the|this|that|your)\ question)(?:,?\s+(?:again|once\ more|one\ more\ time|please))*\W*$
      | ^(?:sorry|pardon|excuse\ me|what\ was\ (?:that|the\ question)(?:\ again)?|come\ again|say\ that\ again|once\ more,?\ please)\W*$
      | ^(?:sorry[,.]?\s+)?i\ did(?:n't|\ not)\ (?:get|catch|hear|understand)\ (?:that|it|the\ question)\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
_SKIP = re.compile(
    rf"""^{_POLITE}(?:(?:can|could|may)\ (?:we|i|you)\s+|let's\s+|i(?:'d|\ would)\ (?:like|rather|prefer)(?:\ to)?\s+|i(?:'ll|\ will)\s+
          |let\ me\s+)?(?:please\s+)?(?:skip|pass)(?:\s+(?:on|over))?
          (?:\s+(?:this|that|it|the)(?:\s+(?:one|question))?)?(?:,?\s+please)?\W*$
      | ^(?:the\s+)?next\ (?:question|one)(?:,?\ please)?\W*$""",
    re.IGNORECASE | re.VERBOSE,
)


def request_of(text: str) -> Request | None:
    """What is asked for, where the whole of what was said is a request and no answer."""
    said = " ".join(text.replace("’", "'").split())
    if len(said.split()) > MAX_REQUEST:
        return None
    return "repeat" if _REPEAT.match(said) else "skip" if _SKIP.match(said) else None


def question_aloud(state: InterviewState, turn: Turn, *, first: bool) -> str:
    """The question of a turn as it is put; `first`: nothing was said in this conversation before."""
    if first:
        return f"{WELCOME if turn.id == 1 else BACK} {turn.text}"
    if turn.role != "question":
        return turn.text
    number = len(state.threads)
    lead = LAST if number == state.planned and number > 1 else ONWARDS[number % len(ONWARDS)]
    return f"{lead} {turn.text}"
