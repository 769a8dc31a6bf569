"""What each part of the voice takes on this machine: real-time factors, time to the first audio, memory, and whether it grows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from statistics import median

from coach.voice.sound import RATE, Samples
from coach.voice.vad import FRAME
from coach.wiring import Coach
from eval.bench import Benchmark, Case, Options, Outcome
from eval.latency import Measured
from eval.memory import memory_mb
from eval.metrics import Metric
from eval.voice.data import answers, sentences, turns
from eval.voice.speakers import OWN, Speaker, speakers, spoken
from eval.voice.words import hints_for

CLIPS = 10  # sentences that each part is timed on
SETTLED = 3  # minutes of talk after which nothing should be made any more that stays


class Parts(Benchmark):
    """A case for each thing, in an order that matters: memory is measured once everything before it is loaded."""

    name, version, keeps = "voice-parts", "", False

    def __init__(self, coach: Coach, voices: Sequence[Speaker], *, full: bool, minutes: float | None = None) -> None:
        """With `full` the full grader is loaded too; with `minutes` so much talk shows whether memory grows."""
        self._coach, self._voice = coach, voices[0]
        self._measures: dict[str, Callable[[], Sequence[float]]] = {
            "recogniser_rtf": self._recogniser,
            "quick_rtf": self._quick,
            "synthesiser_rtf": self._synthesiser,
            "first_audio_ms": self._first_audio,
            "detector_rtf": self._detector,
            "memory_mb": lambda: self._memory(full),
        }
        if minutes is not None:
            self._measures["growth_mb"] = lambda: self._growth(minutes)

    def cases(self) -> Sequence[Case]:
        """One for each thing."""
        return [Case(id=name, group=name, content={}) for name in self._measures]

    def run(self, case: Case) -> Outcome:
        """Measure it."""
        values = Measured(values=tuple(round(value, 4) for value in self._measures[case.id]()))
        return Outcome(id=case.id, values=values.model_dump(mode="json"))

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """Medians with the least and the most; of growth, what the later minutes added; not a number for what failed."""
        metrics = {}
        for case, outcome in zip(cases, outcomes, strict=True):
            values = Measured.model_validate(outcome.values).values
            if outcome.error is not None:
                metrics[case.id] = Metric(float("nan"), None, None, 0)
            elif not values:
                continue
            elif case.id == "growth_mb":
                metrics[case.id] = Metric(grown(values), None, None, len(values))
            else:
                low, high = (min(values), max(values)) if len(values) > 1 else (None, None)
                metrics[case.id] = Metric(median(values), low, high, len(values), ranged=True)
        return metrics

    @cached_property
    def _clips(self) -> list[tuple[Samples, tuple[str, ...]]]:
        return [(spoken(self._voice, row.text), hints_for(self._coach, row)) for row in sentences()[:CLIPS]]

    def _recogniser(self) -> list[float]:
        return self._timed(lambda samples, hints: self._coach.voice.recogniser.recognise(samples, terms=hints))

    def _quick(self) -> list[float]:
        return self._timed(lambda samples, hints: self._coach.voice.quick.recognise(samples, terms=hints, quick=True))

    def _timed(self, hear: Callable[[Samples, tuple[str, ...]], object]) -> list[float]:
        """Seconds for a second of sound; what is loaded first is not counted."""
        clips = self._clips
        hear(spoken(self._voice, "Ready."), ())
        return [_seconds(lambda samples=samples, hints=hints: hear(samples, hints)) / (len(samples) / RATE) for samples, hints in clips]  # type: ignore[misc]

    def _synthesiser(self) -> list[float]:
        synthesiser, found = self._coach.voice.synthesiser, list[float]()
        if synthesiser is None:
            return found
        list(synthesiser.speak("Ready."))
        for row in sentences()[:CLIPS]:
            started = time.perf_counter()
            length = sum(len(piece) for piece in synthesiser.speak(row.text)) / synthesiser.rate
            found.append((time.perf_counter() - started) / length)
        return found

    def _first_audio(self) -> list[float]:
        synthesiser = self._coach.voice.synthesiser
        if synthesiser is None:
            return []
        return [1000 * _seconds(lambda text=row.text: next(iter(synthesiser.speak(text)))) for row in sentences()[:CLIPS]]  # type: ignore[misc]

    def _detector(self) -> list[float]:
        found = []
        for samples, _ in self._clips:
            detector = self._coach.voice.detector()
            frames = [samples[start : start + FRAME] for start in range(0, len(samples) - FRAME, FRAME)]
            found.append(_seconds(lambda d=detector, f=frames: [d.probability(frame) for frame in f]) / (len(samples) / RATE))  # type: ignore[misc]
        return found

    def _memory(self, full: bool) -> list[float]:
        """With the grader, the search and all of the voice loaded, and a whole answer heard."""
        if full:
            self._coach.grader("full")
        answer = answers()[0]
        samples = spoken(self._voice, answer.answer)
        self._coach.voice.recogniser.recognise(samples)
        self._coach.voice.quick.recognise(samples, quick=True)
        question = self._coach.store.question(answer.bank, answer.question_id)
        assert question is not None
        self._coach.grade(question, answer.answer, self._coach.fast)
        return [memory_mb()]

    def _growth(self, minutes: float) -> list[float]:
        """Memory after each minute of talk that was detected, recognised, and answered aloud."""
        found: list[float] = []
        talked = 0.0
        for text in _talk():
            samples = spoken(self._voice, text)
            detector = self._coach.voice.detector()
            for start in range(0, len(samples) - FRAME, FRAME):
                detector.probability(samples[start : start + FRAME])
            self._coach.voice.quick.recognise(samples, quick=True)
            transcript = self._coach.voice.recogniser.recognise(samples)
            if (synthesiser := self._coach.voice.synthesiser) is not None:
                list(synthesiser.speak(transcript.text))
            talked += len(samples) / RATE
            if talked >= 60 * (len(found) + 1):
                found.append(memory_mb())
            if talked >= 60 * minutes:
                break
        return found


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """The one benchmark of this module; the full grader is in memory when it is among the graders. Raises UsageError."""
    made = [voice for voice in speakers(options.voices) if voice.folder is None]  # nobody has read all that is said here
    return [Parts(coach, made or [OWN], full="full" in options.graders, minutes=options.minutes)]


def grown(memory: Sequence[float]) -> float:
    """What the second half of the talk added to the first: medians, since single readings jump; of the settled minutes where enough are."""
    settled = memory[SETTLED:] if len(memory) > 2 * SETTLED else memory
    half = len(settled) // 2
    return median(settled[half:]) - median(settled[:half]) if half else 0.0


def _talk() -> Iterator[str]:
    """Whole turns, over and over, none of them twice the same: what is remembered by content must not hide growth."""
    number = 0
    while True:
        for turn in turns():
            number += 1
            yield f"Number {number}. " + " ".join(piece.text for piece in turn.pieces)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
