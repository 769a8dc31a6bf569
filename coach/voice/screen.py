"""What the page is told to show: the state of the talk, what was heard, and problems, in words for the candidate."""

from __future__ import annotations

from collections.abc import Callable

from coach.errors import CoachError
from coach.voice.messages import Moved, Outgoing, Problem, ServerMessage, State, TalkState

WORDS: dict[TalkState, str] = {
    "loading": "Getting the voice ready…",
    "asking": "The coach is speaking. You may break in.",
    "listening": "Go ahead, I am listening.",
    "thinking": "Checking your answer…",
    "replying": "The coach is answering.",
    "over": "The interview is over.",
}
STOPPED = "The talk has stopped."  # and not the interview
WENT_WRONG = "Something went wrong. Say it once more, or type your answer."


class Screen:
    """The page of one conversation."""

    def __init__(self, send: Callable[[Outgoing], None]) -> None:
        """Nothing is shown."""
        self._send = send
        self._state: State | None = None

    @property
    def over(self) -> bool:
        """Whether the page was told that the talk is over."""
        return self._state is not None and self._state.state == "over"

    def show(self, state: TalkState, text: str = "") -> None:
        """The state of the talk, if it is another one."""
        shown = State(state=state, text=text or WORDS[state])
        if shown != self._state:
            self._state = shown
            self._send(shown)

    def remind(self) -> None:
        """The state once more, since the page has shown one of its own meanwhile."""
        if self._state is not None:
            self._send(self._state)

    def tell(self, message: ServerMessage) -> None:
        """Anything else."""
        self._send(message)

    def problem(self, problem: str | Exception | None) -> None:
        """Something went wrong. Of an error, only a message that is meant for a person is shown."""
        meant = isinstance(problem, str | CoachError)
        self._send(Problem(text=str(problem) if meant else WENT_WRONG))

    def moved(self) -> None:
        """The session moved, and the page is to look again."""
        self._send(Moved())
