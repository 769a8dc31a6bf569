"""What the microphone brings, from sound to turns: who speaks, what was said so far, and what was said when the turn is over.

    frame → detector → echo guard → turns ─► pause: the good recogniser reads the last piece, before the turn is known to be over
                                         └► speech: the quick recogniser reads the piece so far, for the page and the live key points

All times are of the sound itself. Recognising is work beside the talk (`coach.voice.work`); done inline, a recording can be heard
in no time, with the turns as they would have been.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from coach.errors import CoachError
from coach.spoken import Transcript
from coach.voice.echo import EchoGuard
from coach.voice.finished import finish_of
from coach.voice.mend import mend
from coach.voice.sound import RATE, Samples
from coach.voice.stt import Recogniser
from coach.voice.take import Take
from coach.voice.turns import MaybeOver, Settled, SpeechStarted, TurnEvent, TurnOver, Turns, WentOn, Withdrawn
from coach.voice.vad import FRAME, SpeechDetector
from coach.voice.work import Work, start

# Seconds.
BEFORE = 0.4  # of sound before the first frame that is surely speech: a word's soft beginning
AFTER = 0.1  # of silence at the end of a piece
MEMORY = 8.0  # of sound that is kept while nobody has the turn
PARTIAL = 1.0  # of new speech from one partial transcript to the next
PIECE = 4.0  # a piece this long is not recognised again, once `TAIL` more has been said
TAIL = 2.0  # a last piece shorter than this is recognised together with the one before: a word alone is often misheard
ENOUGH = 12.0  # a piece this long is not recognised again in any case
BREATH = 0.09  # of silence: where somebody talks on and on without a pause, the place to end a piece

TRIES = 2  # to recognise a piece, one after the other


@dataclass(frozen=True)
class Began:
    """A turn began. `barged`: while the coach spoke, so that it stops."""

    barged: bool


@dataclass(frozen=True)
class PartialHeard:
    """What was said so far, as it is heard while they speak."""

    text: str


@dataclass(frozen=True)
class Prepared:
    """A pause, and what was said up to it: if the turn is over now, this is what it said."""

    transcript: Transcript


@dataclass(frozen=True)
class Resumed:
    """It was a pause and no end: what was prepared is of no use."""


@dataclass(frozen=True)
class Over:
    """The turn is over. `sound` is all of it, 16 kHz mono."""

    transcript: Transcript
    sound: Samples
    by_hand: bool


@dataclass(frozen=True)
class TakenBack:
    """The candidate went on soon after: the turn is not over, and what it said before stays in it."""


@dataclass(frozen=True)
class Final:
    """The turn that is over can no longer be taken back."""


@dataclass(frozen=True)
class Failed:
    """The recogniser failed, and the turn is lost. `error` may be shown where there is one."""

    error: CoachError | None


HeardEvent = Began | PartialHeard | Prepared | Resumed | Over | TakenBack | Final | Failed


class Hearing:
    """One candidate's microphone. What happens is told to `tell`, in the thread that `hear` is called in or `Work.post` leads to."""

    def __init__(
        self, detector: SpeechDetector, recogniser: Recogniser, quick: Recogniser, work: Work, tell: Callable[[HeardEvent], None]
    ) -> None:
        """Nothing is heard yet. `quick` is for what is heard while they speak."""
        self.turns, self.guard = Turns(), EchoGuard()
        self.terms: tuple[str, ...] = ()
        self._detector, self._recogniser, self._quick, self._work, self._tell = detector, recogniser, quick, work, tell
        self._now = 0.0
        self._rest: list[Samples] = []
        self._recent: deque[Samples] = deque(maxlen=round(MEMORY * RATE / FRAME))
        self._take: Take | None = None
        self._forget()

    def expect(self, terms: Sequence[str]) -> None:
        """Wait for a new turn, and listen for these domain words in it."""
        self.terms = tuple(terms)
        self.turns.expect()
        self._forget()

    def coach_says(self, text: str) -> None:
        """The coach says this from now on, or nothing any more."""
        self.guard.speak(text)
        self.turns.coach_speaks = bool(text)

    def think(self) -> None:
        """The candidate asks for time."""
        self.turns.think(self._now)

    def done(self) -> bool:
        """The candidate ends the turn by hand. False where nothing was said."""
        events = self.turns.done(self._now)
        self._follow(events)
        return bool(events) or self._ending is not None

    def hear(self, samples: Samples) -> None:
        """More sound from the microphone."""
        import numpy as np

        whole = np.concatenate([*self._rest, samples])
        count = len(whole) // FRAME * FRAME
        self._rest = [whole[count:]]
        for at in range(0, count, FRAME):
            self._frame(np.ascontiguousarray(whole[at : at + FRAME]))

    def whole(self, pieces: Sequence[Samples]) -> None:
        """All of an answer that was recorded first: a turn that is over as it comes."""
        self.expect(self.terms)
        self._take = take = Take(self._now)
        for samples in pieces:
            take.add(samples)
        self._now = take.end
        self._follow([TurnOver(take.end, by_hand=True), Settled(take.end)])

    def _forget(self) -> None:
        self._take = None
        self._peeking = False
        self._reading: float | None = None  # what is being recognised reaches to this time
        self._due: float | None = None  # a pause to recognise as soon as that is done
        self._wanted: float | None = None  # the end of the pause that is on
        self._last: tuple[float, Transcript] | None = None  # what is recognised from the take's cut to this time
        self._ending: TurnOver | None = None  # the turn is over, and its last words are being recognised
        self._told = self._settled = False
        self._partial_at = 0.0
        self._failed_at = -PIECE  # when the recogniser did

    def _frame(self, frame: Samples) -> None:
        begin, self._now = self._now, self._now + FRAME / RATE
        self._recent.append(frame)
        if self._take is not None:
            self._take.add(frame)
        for probability, start_, end in self.guard.frame(self._detector.probability(frame), begin, self._now):
            self._follow(self.turns.frame(probability, start_, end))
        self._look()
        self._peek()

    # -- the turns

    def _follow(self, events: Sequence[TurnEvent]) -> None:
        for event in events:
            match event:
                case SpeechStarted():
                    self._begin(event)
                case MaybeOver():
                    self._wanted = event.end
                    self._recognise(event.end)
                case WentOn():
                    self._wanted, self._partial_at = None, event.at
                    self._tell(Resumed())
                case TurnOver():
                    self._ending, self._wanted = event, event.end
                    self._finish()
                case Withdrawn():
                    self._take_back(event)
                case Settled():
                    self._settled = True
                    self._close()

    def _begin(self, event: SpeechStarted) -> None:
        if self._ending is not None:  # the turn before is still being recognised, and would be lost
            self.turns.expect()
            return
        since = self._now - len(self._recent) * FRAME / RATE
        skip = max(0, round((event.at - BEFORE - since) * RATE / FRAME))
        self._forget()
        self._take = Take(since + skip * FRAME / RATE)
        for frame in list(self._recent)[skip:]:
            self._take.add(frame)
        self._partial_at = event.at
        self._tell(Began(barged=event.barged))

    def _take_back(self, event: Withdrawn) -> None:
        self._wanted = self._ending = None
        self._partial_at = event.at
        if self._told and self._take is not None:
            self._take.skip(max(self._take.cut, event.at - BEFORE))
            self._last, self._told = None, False
            self._tell(TakenBack())
        else:
            self._tell(Resumed())

    # -- the good recogniser, in the pauses

    def _recognise(self, end: float, attempt: int = 1) -> None:
        take = self._take
        if take is None:
            return
        if self._reading is not None:
            self._due = end
            return
        if self._last is not None and self._last[0] - take.cut >= PIECE and (end - self._last[0] >= TAIL or end - take.cut >= ENOUGH):
            take.keep(self._last[1], self._last[0] + AFTER)
            self._last = None
        sound, cut, terms = take.sound(take.cut, end + AFTER), take.cut, self.terms
        self._reading = end
        start(
            self._work,
            lambda: mend(self._recogniser.recognise(sound, terms=terms), terms),
            lambda transcript: self._recognised(take, cut, end, transcript),
            lambda error: self._failed(take, end, attempt, error),
        )

    def _recognised(self, take: Take, cut: float, end: float, transcript: Transcript) -> None:
        if take is not self._take:
            return
        self._reading, due, self._due = None, self._due, None
        if cut == take.cut:
            self._last = end, transcript
        if end == self._wanted:
            whole = take.transcript(transcript)
            self.turns.read(finish_of(whole.text))
            self._tell(Prepared(whole))
            self._finish()
        elif due is not None and (due == self._wanted or due - take.cut >= PIECE):
            self._recognise(due)

    def _failed(self, take: Take, end: float, attempt: int, error: CoachError | None) -> None:
        """Try once more. Nothing is lost while they speak, since the next pause asks again; at the turn's end the turn is."""
        if take is not self._take:
            return
        self._reading = self._due = None
        self._failed_at = self._now
        if attempt < TRIES and end == self._wanted:
            self._recognise(end, attempt + 1)
        elif self._ending is not None and end == self._ending.end:
            self.expect(self.terms)
            self._tell(Failed(error))
        else:
            self._finish()

    def _finish(self) -> None:
        """Tell that the turn is over, once its last words are recognised."""
        if self._ending is None or self._take is None or self._told:
            return
        if self._last is None or self._last[0] != self._ending.end:
            if self._reading != self._ending.end:
                self._recognise(self._ending.end)
            return
        take, by_hand = self._take, self._ending.by_hand
        take.keep(self._last[1], self._ending.end + AFTER)
        self._last, self._ending, self._told = None, None, True
        self._tell(Over(take.transcript(), take.sound(take.start, take.end), by_hand))
        self._close()

    def _close(self) -> None:
        """Be done with a turn that is over, told and final."""
        if self._told and self._settled:
            self._forget()
            self._tell(Final())

    # -- the quick recogniser, while they speak

    def _peek(self) -> None:
        take = self._take
        if take is None or self.turns.phase != "speaking" or self._reading is not None or self._peeking:
            return
        long = self._now - (self._last[0] if self._last is not None else take.cut) >= ENOUGH
        if long and self._now - self.turns.end >= BREATH and self._now - self._failed_at >= PIECE:
            self._recognise(self.turns.end)
            return
        if self._now - self._partial_at < PARTIAL:
            return
        last, since = (self._last[1], self._last[0]) if self._last is not None else (None, take.cut)
        before, self._partial_at, self._peeking = take.transcript(last).text, self._now, True
        sound, terms = take.sound(since, self._now), self.terms

        def show(transcript: Transcript) -> None:
            if take is self._take:
                self._peeking = False
                if transcript.words and not self._told:
                    self._tell(PartialHeard(f"{before} {transcript.text}".strip()))

        start(self._work, lambda: self._quick.recognise(sound, terms=terms, quick=True), show, lambda _: show(NOTHING))

    def _look(self) -> None:
        """Recognise what is heard while the coach speaks, where it is not clear whose voice it is."""
        since = self.guard.doubt_from
        if since is None:
            return
        import numpy as np

        self.guard.looking = True
        count = round((self._now - since + BEFORE) * RATE / FRAME)
        sound = np.concatenate(list(self._recent)[-count:])

        def settle(heard: Transcript) -> None:
            for probability, start_, end in self.guard.settle(heard):
                self._follow(self.turns.frame(probability, start_, end))

        start(self._work, lambda: self._quick.recognise(sound, quick=True), settle, lambda _: settle(NOTHING))


NOTHING = Transcript(words=(), seconds=0.0, speech=0.0)
