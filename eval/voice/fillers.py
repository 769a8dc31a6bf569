"""How many fillers survive: a recogniser tends to leave "um" and "uh" out, and what it leaves out the coach cannot count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from coach.domain import Frozen, Question
from coach.voice.delivery import delivery_of
from coach.wiring import Coach
from eval.bench import Benchmark, Case, Options, Outcome
from eval.metrics import Metric
from eval.shares import share_of
from eval.versions import source_version
from eval.voice.data import filled
from eval.voice.ears import Ears, Recording, recogniser_version
from eval.voice.speakers import Speaker, speakers, spoken_by

NOBODY = Question(id="any", bank="", text="Tell me about it.", answer="")  # fillers are fillers whatever was asked


class FoundValues(Frozen):
    """The `values` of a sentence: the fillers that were said, those of them that the coach counted, and how many more it counted."""

    said: tuple[str, ...]
    found: tuple[str, ...]
    more: int
    text: str


class Fillers(Benchmark):
    """Every sentence with fillers, by every voice."""

    name = "voice-fillers"

    def __init__(self, coach: Coach, ears: Ears, voices: Sequence[Speaker]) -> None:
        """Open nothing."""
        self._ears = ears
        self._voices = {speaker.name: speaker for speaker in voices}
        self.version = f"{ears.version}-{source_version('coach.voice.delivery')}"
        self.versions = {"model": recogniser_version(coach.settings)}

    def cases(self) -> Sequence[Case]:
        """Each sentence in turn by every voice. Raises DocumentError."""
        return [
            Case(
                id=f"{row.id}-{voice}",
                group=row.id,
                content={"answer": row.text, "fillers": list(row.fillers), **spoken_by(speaker, row.text)},
            )
            for row in filled()
            for voice, speaker in self._voices.items()
        ]

    def run(self, case: Case) -> Outcome:
        """Hear it, and count as the coach does."""
        voice, text = str(case.content["voice"]), str(case.content["answer"])
        transcript = self._ears.hear(self._voices[voice], Recording(speaker=voice, text=text))
        counted = Counter(_short(filler.text) for filler in delivery_of(transcript, NOBODY).fillers)
        wanted = Counter(_said(case))
        values = FoundValues(
            said=_said(case),
            found=tuple((wanted & counted).elements()),
            more=(counted - wanted).total(),
            text=transcript.text,
        )
        return Outcome(id=case.id, values=values.model_dump(mode="json"), reason=f"Heard: {transcript.text}")

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """The share of fillers that survive, of all and of each; a recording that failed kept none."""
        flags: list[tuple[str, str, bool]] = []
        more = 0
        for case, outcome in zip(cases, outcomes, strict=True):
            values = FoundValues.model_validate(outcome.values) if outcome.error is None else None
            left = Counter(values.found if values else ())
            more += values.more if values else 0
            for filler in _said(case):
                flags.append((case.group, filler, left[filler] > 0))
                left[filler] -= 1
        metrics = {"survive": share_of((group, up) for group, _, up in flags)}
        for filler in sorted({filler for _, filler, _ in flags}):
            metrics[f"survive.{filler.replace(' ', '_')}"] = share_of((group, up) for group, one, up in flags if one == filler)
        return metrics | {"counted_but_not_said": Metric(float(more), None, None, len(cases))}


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """The one benchmark of this module. Raises UsageError for a voice that there is not."""
    return [Fillers(coach, Ears(coach, options.out, keep=not options.fresh), speakers(options.voices))]


def _short(filler: str) -> str:
    """A filler as it is written here, however long it was drawn: `Umm,` is `um`."""
    return re.sub(r"(\w)\1+$", r"\1", filler.casefold().strip(" ,.…-"))


def _said(case: Case) -> tuple[str, ...]:
    found = case.content["fillers"]
    assert isinstance(found, list)
    return tuple(str(filler) for filler in found)
