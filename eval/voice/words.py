"""How well technical sentences are heard: errors by word, and domain words lost, in several voices, clean and in noise.

Every recording is heard twice: as it comes, and biased by the domain words of the question that it would answer, which the coach has when a
candidate speaks. Both are mended by these words too. `shipped`, biased and mended, is what the coach does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coach.domain import Frozen
from coach.errors import BankError
from coach.spoken import Transcript
from coach.voice.mend import mend
from coach.voice.terms import terms_of
from coach.wiring import Coach
from eval.bench import Benchmark, Case, Options, Outcome
from eval.metrics import Metric, all_by_question
from eval.versions import source_version
from eval.voice.data import Sentence, sentences
from eval.voice.ears import Ears, Recording, recogniser_version
from eval.voice.noise import Noise
from eval.voice.speakers import Speaker, speakers, spoken_by
from eval.voice.text import Errors, missed, word_errors

SOURCES = ("coach.voice.terms", "coach.voice.mend", "coach.voice.lexicon", "eval.voice.text")
CONDITIONS = ("clean", "noisy")
NOISES: tuple[Noise, Noise] = ("pink", "babble")  # by turns, a sentence each
WAYS = ("plain", "mended", "biased", "shipped")


class Tried(Frozen):
    """What came of one way to hear a recording."""

    text: str
    errors: tuple[int, int, int, int]  # words, replaced, lost, added
    missed: tuple[str, ...] = ()  # terms
    mends: int = 0  # words that were mended
    right: int = 0  # and are what was said


class HeardValues(Frozen):
    """The `values` of a recording that was heard. `known` are those of its terms that the recogniser was told to listen for."""

    terms: int
    known: tuple[str, ...]
    ways: dict[str, Tried]


class Row(NamedTuple):
    """A recording that was heard: its sentence, who spoke it, in which condition, and what came of it."""

    sentence: str
    speaker: str
    condition: str
    natural: bool
    values: HeardValues


class Words(Benchmark):
    """One recogniser on every sentence, by every voice, in both conditions."""

    name = "voice-words"

    def __init__(self, coach: Coach, ears: Ears, voices: Sequence[Speaker]) -> None:
        """Open nothing."""
        self._coach, self._ears = coach, ears
        self._voices = {speaker.name: speaker for speaker in voices}
        self.version = f"{ears.version}-{source_version(*SOURCES)}"
        self.versions = {"model": recogniser_version(coach.settings)}

    def cases(self) -> Sequence[Case]:
        """Each sentence in turn, by every voice in every condition. Raises BankError for a question that is gone."""
        return [
            Case(
                id=f"{sentence.id}-{voice}-{condition}",
                group=sentence.id,
                content={
                    "answer": sentence.text,
                    "terms": list(sentence.terms),
                    **spoken_by(speaker, sentence.text),
                    "natural": speaker.natural,
                    "condition": condition,
                    "noise": NOISES[int(sentence.id) % 2] if condition == "noisy" else None,
                    "hints": list(hints),
                },
            )
            for sentence, hints in ((sentence, hints_for(self._coach, sentence)) for sentence in sentences())
            for voice, speaker in self._voices.items()
            for condition in CONDITIONS
        ]

    def run(self, case: Case) -> Outcome:
        """Hear it without and with bias, and mend both."""
        recording = _recording(case)
        plain = self._ears.hear(self._voices[recording.speaker], recording.model_copy(update={"hints": ()}))
        biased = self._ears.hear(self._voices[recording.speaker], recording)
        terms = _texts(case, "terms")
        heard = {
            "plain": plain,
            "mended": mend(plain, recording.hints),
            "biased": biased,
            "shipped": mend(biased, recording.hints),
        }
        ways = {way: tried(recording.text, terms, transcript) for way, transcript in heard.items()}
        known = [term for term in terms if not missed([term], ". ".join(recording.hints))]
        values = HeardValues(terms=len(terms), known=tuple(known), ways=ways)
        return Outcome(id=case.id, values=values.model_dump(mode="json"), reason=_sentence(ways["shipped"]))

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """Error rates over the natural voices in each condition and way, then by voice; of a recording that failed nothing was heard."""
        rows = [_row(case, outcome) for case, outcome in zip(cases, outcomes, strict=True)]
        metrics: dict[str, Metric] = {}
        for condition in CONDITIONS:
            natural = [row for row in rows if row.condition == condition and row.natural]
            for way in WAYS if natural else ():
                metrics |= _figures(f"{condition}.{way}", natural, way)
            metrics |= _mends(condition, natural)
        for voice in dict.fromkeys(row.speaker for row in rows):
            for condition in CONDITIONS:
                own = [row for row in rows if row.speaker == voice and row.condition == condition]
                for way in ("plain", "shipped") if own else ():
                    metrics |= _figures(f"{voice}.{condition}.{way}", own, way)
        return metrics


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """The one benchmark of this module. Raises UsageError for a voice that there is not."""
    return [Words(coach, Ears(coach, options.out, keep=not options.fresh), speakers(options.voices))]


def hints_for(coach: Coach, about: Sentence) -> tuple[str, ...]:
    """The domain words that the coach listens for while this question is open. Raises BankError when the question is gone."""
    question = coach.store.question(about.bank, about.question_id)
    if question is None:
        raise BankError(f"The sentence {about.id} is about {about.bank}/{about.question_id}, which is not in the library.")
    return terms_of(question, coach.store.questions(about.bank))


def tried(said: str, terms: Sequence[str], transcript: Transcript) -> Tried:
    """What was heard, held against what was said."""
    mends = [word for word in transcript.words if word.heard is not None]
    right = sum(not missed([word.text], said) for word in mends)
    errors = word_errors(said, transcript.text)
    return Tried(text=transcript.text, errors=tuple(errors), missed=tuple(missed(terms, transcript.text)), mends=len(mends), right=right)


def _recording(case: Case) -> Recording:
    content = case.content
    return Recording.model_validate(
        {"speaker": content["voice"], "text": content["answer"], "noise": content["noise"], "hints": content["hints"]}
    )


def _texts(case: Case, name: str) -> list[str]:
    found = case.content[name]
    assert isinstance(found, list)
    return [str(text) for text in found]


def _row(case: Case, outcome: Outcome) -> Row:
    if outcome.error is None:
        values = HeardValues.model_validate(outcome.values)
    else:
        terms = _texts(case, "terms")
        nothing = Tried(text="", errors=tuple(word_errors(str(case.content["answer"]), "")), missed=tuple(terms))
        values = HeardValues(terms=len(terms), known=(), ways=dict.fromkeys(WAYS, nothing))
    return Row(case.group, str(case.content["voice"]), str(case.content["condition"]), bool(case.content["natural"]), values)


def _figures(name: str, rows: Sequence[Row], way: str) -> dict[str, Metric]:
    """Rates over all words together, resampled by sentence."""
    found = [row.values.ways[way] for row in rows]
    said = np.array([Errors(*each.errors).words for each in found], dtype=float)
    wrong = np.array([Errors(*each.errors).wrong for each in found], dtype=float)
    terms = np.array([row.values.terms for row in rows], dtype=float)
    lost = np.array([len(each.missed) for each in found], dtype=float)

    def rates(i: NDArray[np.int64]) -> dict[str, float]:
        return {"wer": float(wrong[i].sum() / said[i].sum()), "term_error_rate": float(lost[i].sum() / terms[i].sum())}

    return {f"{name}.{rate}": metric for rate, metric in all_by_question(rates, [row.sentence for row in rows]).items()}


def _mends(condition: str, rows: Sequence[Row]) -> dict[str, Metric]:
    """How many words were mended as shipped, and the share that is what was said; and how many terms the recogniser was told of."""
    found = [row.values.ways["shipped"] for row in rows]
    mends, right = sum(each.mends for each in found), sum(each.right for each in found)
    terms, known = sum(row.values.terms for row in rows), sum(len(row.values.known) for row in rows)
    shares = {"mends_right": (right, mends), "terms_listened_for": (known, terms)}
    return {f"{condition}.{name}": Metric(part / whole, None, None, whole) for name, (part, whole) in shares.items() if whole}


def _sentence(shipped: Tried) -> str:
    errors = Errors(*shipped.errors)
    lost = f" Lost: {', '.join(shipped.missed)}." if shipped.missed else ""
    return f"{errors.wrong} of {errors.words} words wrong.{lost}"
