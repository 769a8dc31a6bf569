"""Whose turn it is: a state machine over how likely each frame is speech, in the time of the sound itself. No I/O, no clock.

A pause ends a turn when it is longer than is fit for what was said: `patience` after a sentence that sounds finished, longer where
that is unsure, longest where more must follow. A turn that a pause has ended is withdrawn when the candidate goes on within
`WITHDRAW` seconds of the last word: what is said then joins it. So a reply may start early, and nobody is cut off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from coach.voice.finished import Finish

# Seconds. Three times the patience is what an open sentence gets: with the default longer than the two seconds that people think for.
PATIENCE = 0.8
LONGER: dict[Finish, float] = {"finished": 1.0, "unsure": 1.75, "open": 3.0}  # times the patience
AT_MOST = 6.0  # of silence, unless the patience itself is longer
MAYBE = 0.25  # of silence: worth recognising what was said, since the turn may be over
WITHDRAW = 3.0  # after the last word: speech joins the turn
SETTLE = 1.0  # after the reply began, at least as long
THINKING = 20.0  # more silence for who asks for time
LONGEST = 600.0  # a turn: after that the sound is not a candidate who answers

STARTS = 0.16  # of speech begin a turn; less is a click or a breath
RESUMES = 0.12  # of speech go on with one
TAKES_BACK = 0.2  # of speech take back a reply
VOICED, STILL_VOICED = 0.5, 0.35  # probability to begin with, and to go on with
GAP = 0.1  # of silence within a run of speech that is still one

Phase = Literal["waiting", "speaking", "pausing", "over"]


@dataclass(frozen=True)
class SpeechStarted:
    """A turn began at this time. `barged`: while the coach spoke."""

    at: float
    barged: bool = False


@dataclass(frozen=True)
class MaybeOver:
    """A pause began: the last word ended at this time."""

    end: float


@dataclass(frozen=True)
class WentOn:
    """The pause was none that ends the turn: speech went on at this time."""

    at: float


@dataclass(frozen=True)
class TurnOver:
    """The turn is over. `by_hand`: the candidate said so, and it cannot be withdrawn."""

    end: float
    by_hand: bool = False


@dataclass(frozen=True)
class Withdrawn:
    """Speech at this time takes back the end of the turn, which goes on."""

    at: float


@dataclass(frozen=True)
class Settled:
    """The turn that was over can no longer be withdrawn."""

    end: float


TurnEvent = SpeechStarted | MaybeOver | WentOn | TurnOver | Withdrawn | Settled


class Turns:
    """The turns of one candidate. All times are seconds of sound since the start; `frame` is called for each frame in order."""

    def __init__(self, patience: float = PATIENCE) -> None:
        """Nobody has spoken."""
        self.patience = patience
        self.coach_speaks = False
        self.phase: Phase = "waiting"
        self._finish: Finish | None = None  # of what was said up to this pause, once that is recognised
        self._taken_back = False
        self._thinks_until = 0.0
        self._voiced = False
        self._run: tuple[float, float] | None = None  # start and voiced seconds of the present run of speech
        self._began = self._end = self._last = self._settles = 0.0

    @property
    def end(self) -> float:
        """When the last word of the turn ended."""
        return self._end

    def frame(self, probability: float, start: float, end: float) -> list[TurnEvent]:
        """What follows from a frame of sound that reaches from `start` to `end`."""
        self._voiced = probability >= (STILL_VOICED if self._voiced else VOICED)
        self._follow(start, end)
        spoken = self._run[1] if self._run is not None else 0.0
        match self.phase:
            case "waiting":
                return self._begin(end) if spoken >= STARTS else []
            case "speaking":
                return self._speak(end)
            case "pausing":
                return self._pause(end, spoken)
            case "over":
                return self._after(end, spoken)

    def read(self, finish: Finish) -> None:
        """How what was said up to this pause sounds, now that it is recognised."""
        if self.phase == "pausing":
            self._finish = finish

    def think(self, now: float) -> None:
        """The candidate asks for time."""
        self._thinks_until = now + THINKING

    def done(self, now: float) -> list[TurnEvent]:
        """The candidate ends the turn by hand."""
        match self.phase:
            case "waiting":
                return []
            case "over":
                self.phase = "waiting"
                return [Settled(self._end)]
            case _:
                self._end = now if self.phase == "speaking" else self._end
                self.expect()
                return [TurnOver(self._end, by_hand=True), Settled(self._end)]

    def expect(self) -> None:
        """Wait for a new turn; the one that was on is over or forgotten."""
        self.phase, self._finish, self._taken_back, self._thinks_until, self._run = "waiting", None, False, 0.0, None

    def _follow(self, start: float, end: float) -> None:
        """Keep account of the present run of speech."""
        if self._voiced:
            since, voiced = self._run or (start, 0.0)
            self._run = since, voiced + end - start
            self._last = end
            if self.phase == "speaking":
                self._end = end
        elif self._run is not None and end - self._last > GAP:
            self._run = None

    def _begin(self, end: float) -> list[TurnEvent]:
        assert self._run is not None
        self.phase, self._began, self._end, self._thinks_until = "speaking", self._run[0], end, 0.0
        return [SpeechStarted(self._run[0], barged=self.coach_speaks)]

    def _speak(self, end: float) -> list[TurnEvent]:
        if end - self._began > LONGEST:
            return self.done(end)
        if end - self._end < MAYBE:
            return []
        self.phase, self._finish, self._run = "pausing", None, None
        return [MaybeOver(self._end)]

    def _pause(self, end: float, spoken: float) -> list[TurnEvent]:
        if spoken >= RESUMES and self._run is not None:
            self.phase, self._thinks_until, self._end = "speaking", 0.0, end
            return [WentOn(self._run[0])]
        if self._run is not None or end < self._thinks_until or end - self._end < self._wait():
            return []
        self.phase, self._settles = "over", max(self._end + WITHDRAW, end + SETTLE)
        return [TurnOver(self._end)]

    def _after(self, end: float, spoken: float) -> list[TurnEvent]:
        if spoken >= TAKES_BACK and self._run is not None:
            self.phase, self._taken_back, self._end = "speaking", True, end
            return [Withdrawn(self._run[0])]
        if end < self._settles or self._run is not None:
            return []
        settled = Settled(self._end)
        self.expect()
        return [settled]

    def _wait(self) -> float:
        """The silence that ends this turn. Who went on once after a finished sentence is not taken for finished as soon again."""
        finish: Finish = "open" if self._finish is None or self._taken_back else self._finish
        return min(self.patience * LONGER[finish], max(self.patience, AT_MOST))
