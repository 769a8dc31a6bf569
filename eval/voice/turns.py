"""Whether anybody is cut off: turns with pauses to think, heard as the coach hears them, in the recording's own time.

The coach's ears are the real ones: its detector, both recognisers, its rules for the end of a turn. What a recogniser takes here passes in
the recording too, one piece of work after another. Once a turn seems over the coach begins to reply, as it does in a talk, and stops
when the end is taken back.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence

import numpy as np

from coach.domain import Frozen
from coach.errors import BankError
from coach.voice.hearing import Final, HeardEvent, Hearing, Over, TakenBack
from coach.voice.sound import RATE, Samples
from coach.voice.terms import terms_of
from coach.voice.vad import FRAME
from coach.voice.work import Work
from coach.wiring import Coach
from eval.bench import Benchmark, Case, Options, Outcome
from eval.metrics import Metric, by_question
from eval.shares import share_of
from eval.versions import source_version
from eval.voice.data import Turn, turns
from eval.voice.ears import hearing_version, recogniser_version
from eval.voice.speakers import LEAD, Speaker, said, silence, speakers, spoken_by
from eval.voice.text import word_errors

SOURCES = ("coach.voice.hearing", "coach.voice.turns", "coach.voice.finished", "coach.voice.echo", "coach.voice.take", "coach.voice.mend")
AFTERWARDS = 10.0  # seconds of silence after the last word: a turn that is not over by then has no end
REPLY_AFTER, REPLY_TAKES = 0.6, 4.0  # seconds from the end of a turn to the reply, and how long it is
REPLY = "Right, that covers the main idea. One thing is still missing, so let us look at it."


class TurnValues(Frozen):
    """The `values` of a turn that was heard. Times are seconds."""

    pauses: int
    finished_pauses: int  # of them after what sounds finished
    withdrawn: int  # ends within the turn that were taken back when the candidate went on
    cut_off: int  # and those that were not
    end_delay: float | None  # from the last word to the end of the turn with its transcript; None where it was missed
    errors: tuple[int, int, int, int]  # of the whole turn: words, replaced, lost, added
    text: str


class InRecording(Work):
    """Work whose result is there when as much of the recording has passed as it took here."""

    def __init__(self) -> None:
        """At the beginning of the recording."""
        self.now = 0.0
        self._free = 0.0  # when what was begun before is done
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._posted: list[Callable[[], None]] = []
        self._count = 0

    def spawn(self, task: Callable[[], None]) -> None:
        """Do it now, and give what it posts later."""
        self._posted = []
        started = time.perf_counter()
        task()
        self._free = max(self.now, self._free) + time.perf_counter() - started
        for event in self._posted:
            self.at(self._free, event)

    def post(self, event: Callable[[], None]) -> None:
        """Called by the task."""
        self._posted.append(event)

    def at(self, moment: float, event: Callable[[], None]) -> None:
        """Have something happen at this time of the recording."""
        self._count += 1
        heapq.heappush(self._due, (moment, self._count, event))

    def pass_to(self, now: float) -> None:
        """Let the time pass, with all that happens meanwhile."""
        while self._due and self._due[0][0] <= now:
            moment, _, event = heapq.heappop(self._due)
            self.now = max(self.now, moment)
            event()
        self.now = now


class Listener:
    """What happens in one recording of a turn, as the coach's ears tell it."""

    def __init__(self, work: InRecording, ends: float) -> None:
        """The last word ends at the time `ends`."""
        self.hearing: Hearing | None = None
        self.withdrawn = self.cut_off = 0
        self.end: float | None = None
        self._work, self._ends = work, ends
        self._over: tuple[float, str] | None = None  # when the turn seemed over, and what was said in it
        self._said: list[str] = []
        self._replies = 0

    @property
    def text(self) -> str:
        """All that was heard, in one turn or in several."""
        return " ".join(self._said)

    def tell(self, event: HeardEvent) -> None:
        """Something was heard."""
        match event:
            case Over():
                self._over = self._work.now, event.transcript.text
                self._reply()
            case TakenBack():
                self._over = None
                self.withdrawn += 1
                self._be_silent()
            case Final() if self._over is not None:
                at, text = self._over
                self._over = None
                self._said.append(text)
                if at < self._ends:
                    self.cut_off += 1
                else:
                    self.end = at

    def _reply(self) -> None:
        self._replies += 1
        number = self._replies

        def begin() -> None:
            if number == self._replies:
                self._speak(REPLY)
                self._work.at(self._work.now + REPLY_TAKES, end)

        def end() -> None:
            if number == self._replies:
                self._be_silent()

        self._work.at(self._work.now + REPLY_AFTER, begin)

    def _be_silent(self) -> None:
        self._replies += 1
        self._speak("")

    def _speak(self, text: str) -> None:
        assert self.hearing is not None
        self.hearing.coach_says(text)


class TurnTaking(Benchmark):
    """The coach's ears on every turn, each spoken by one of the voices."""

    name = "voice-turns"

    def __init__(self, coach: Coach, voices: Sequence[Speaker]) -> None:
        """Open nothing."""
        self._coach = coach
        self._voices = {speaker.name: speaker for speaker in voices}
        self.version = f"{hearing_version(coach.settings)}-{coach.settings.stt_quick}-{source_version(*SOURCES)}"
        self.versions = {"model": recogniser_version(coach.settings)}

    def cases(self) -> Sequence[Case]:
        """A case for each turn. Raises DocumentError."""
        voices = list(self._voices.values())
        return [
            Case(
                id=turn.id,
                group=turn.id,
                content={
                    "answer": whole(turn),
                    "turn": turn.model_dump(mode="json"),
                    **spoken_by(voices[number % len(voices)], *(piece.text for piece in turn.pieces)),
                    "patience": self._coach.settings.patience,
                },
            )
            for number, turn in enumerate(turns())
        ]

    def run(self, case: Case) -> Outcome:
        """Let the recording pass. Raises BankError for a question that is gone."""
        turn = Turn.model_validate(case.content["turn"])
        question = self._coach.store.question(turn.bank, turn.question_id)
        if question is None:
            raise BankError(f"The turn {turn.id} is about {turn.bank}/{turn.question_id}, which is not in the library.")
        sound, ends = recorded(self._voices[str(case.content["voice"])], turn)
        work, voice = InRecording(), self._coach.voice
        listener = Listener(work, ends)
        hearing = listener.hearing = Hearing(voice.detector(), voice.recogniser, voice.quick, work, listener.tell)
        hearing.turns.patience = float(str(case.content["patience"]))
        hearing.expect(terms_of(question, self._coach.store.questions(turn.bank)))
        for start in range(0, len(sound) - FRAME, FRAME):
            work.pass_to(start / RATE)
            hearing.hear(sound[start : start + FRAME])
        work.pass_to(len(sound) / RATE)
        pauses = [piece for piece in turn.pieces if piece.pause]
        values = TurnValues(
            pauses=len(pauses),
            finished_pauses=sum(piece.finished for piece in pauses),
            withdrawn=listener.withdrawn,
            cut_off=listener.cut_off,
            end_delay=None if listener.end is None else round(listener.end - ends, 3),
            errors=tuple(word_errors(whole(turn), listener.text)),
            text=listener.text,
        )
        return Outcome(id=case.id, values=values.model_dump(mode="json"), reason=_sentence(values))

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """Shares of turns, and how long an end takes; a turn that failed counts as cut off and without an end."""
        rows = [
            (case.group, TurnValues.model_validate(outcome.values) if outcome.error is None else None)
            for case, outcome in zip(cases, outcomes, strict=True)
        ]
        heard = [(group, values) for group, values in rows if values is not None]
        metrics = {
            "cut_off": share_of((group, values is None or values.cut_off > 0) for group, values in rows),
            "withdrawn": share_of((group, values is not None and values.withdrawn > 0) for group, values in rows),
            "missed_end": share_of((group, values is None or values.end_delay is None) for group, values in rows),
        }
        if not heard:
            return metrics
        pauses = sum(values.pauses for _, values in heard)
        early = sum(values.withdrawn + values.cut_off for _, values in heard)
        metrics["false_ends"] = Metric(early / pauses, None, None, pauses)
        metrics["pauses_after_finished"] = Metric(float(sum(values.finished_pauses for _, values in heard)), None, None, pauses)
        metrics |= _delays("end_delay_s", [values for _, values in heard])
        metrics |= _delays("end_delay_s_nothing_withdrawn", [values for _, values in heard if not values.withdrawn])
        words, wrong = (np.array(found, dtype=float) for found in zip(*((v.errors[0], sum(v.errors[1:])) for _, v in heard), strict=True))
        metrics["wer"] = by_question(lambda i: float(wrong[i].sum() / words[i].sum()), [group for group, _ in heard])
        return metrics


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """The one benchmark of this module. Raises UsageError for a voice that there is not."""
    return [TurnTaking(coach, speakers(options.voices))]


def whole(turn: Turn) -> str:
    """All that is said in a turn."""
    return " ".join(piece.text for piece in turn.pieces)


def recorded(speaker: Speaker, turn: Turn) -> tuple[Samples, float]:
    """A turn with its pauses and a long silence after it, 16 kHz mono, and the time in seconds at which the last word ends."""
    parts = [silence(LEAD)]
    for piece in turn.pieces:
        parts += [said(speaker, piece.text), silence(piece.pause)]
    sound = np.concatenate(parts)
    return np.concatenate([sound, silence(AFTERWARDS)]), len(sound) / RATE


def _delays(name: str, heard: Sequence[TurnValues]) -> dict[str, Metric]:
    """The median with the least and the most, and the 95th percentile; nothing where no end was told."""
    delays = [values.end_delay for values in heard if values.end_delay is not None]
    if not delays:
        return {}
    middle = Metric(float(np.median(delays)), min(delays), max(delays), len(delays), ranged=True)
    return {name: middle, f"{name}_p95": Metric(float(np.percentile(delays, 95)), None, None, len(delays))}


def _sentence(values: TurnValues) -> str:
    end = "its end was missed" if values.end_delay is None else f"its end was told {values.end_delay:.1f} s after the last word"
    return f"Cut off {values.cut_off} times, {values.withdrawn} ends taken back, {end}."
