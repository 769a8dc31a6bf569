"""What speaking does to a grade: labelled answers of the test split, graded as they were typed and as they are heard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coach.domain import Frozen, Question
from coach.voice.garbled import unusable
from coach.voice.mend import mend
from coach.voice.terms import terms_of
from coach.wiring import Coach
from eval.bench import Benchmark, Case, Options, Outcome
from eval.metrics import Metric, all_by_question, by_question, how_many
from eval.reading import question_of
from eval.subjects import Subject
from eval.versions import source_version
from eval.voice.data import answers
from eval.voice.ears import Ears, Recording
from eval.voice.speakers import Speaker, speakers, spoken_by
from eval.voice.text import Errors, word_errors

SOURCES = ("coach.voice.terms", "coach.voice.mend", "coach.voice.lexicon", "coach.voice.garbled", "eval.voice.text")
MOVED = (4, 10)  # points of 100


class SpokenValues(Frozen):
    """The `values` of an answer that was typed and spoken. Scores are 0 to 100; what was not heard, or not graded, gets 0."""

    typed: float
    spoken: float
    label: float
    same_verdicts: float | None  # the share of the points; None where one of the two has none
    errors: tuple[int, int, int, int]  # words, replaced, lost, added
    not_heard: str | None
    heard: str


class SpokenAnswers(Benchmark):
    """One grader on answers that are spoken, each by one of the voices in turn."""

    def __init__(self, coach: Coach, subject: Subject, ears: Ears, voices: Sequence[Speaker]) -> None:
        """Open nothing."""
        self.name = f"voice-answers-{subject.slug}"
        self.version = f"{subject.version}-{ears.version}-{source_version(*SOURCES)}"
        self.versions = subject.versions.model_dump()
        self._coach, self._subject, self._ears = coach, subject, ears
        self._voices = {speaker.name: speaker for speaker in voices}

    def prepare(self) -> None:
        """Open the grader."""
        self._subject.open()

    def cases(self) -> Sequence[Case]:
        """A case for each answer. Raises BankError, DocumentError."""
        voices = list(self._voices.values())
        found = []
        for number, answer in enumerate(answers()):
            question = question_of(self._coach, answer)
            content = {
                "question": question.model_dump(mode="json"),
                "answer": answer.answer,
                "label": 10 * answer.score,
                **spoken_by(voices[number % len(voices)], answer.answer),
                "hints": list(terms_of(question, self._coach.store.questions(question.bank))),
            }
            found.append(Case(id=f"{answer.bank}/{answer.id}", group=question.ref, content=content))
        return found

    def run(self, case: Case) -> Outcome:
        """Grade what was typed and what is heard."""
        content = case.content
        question, answer, voice = Question.model_validate(content["question"]), str(content["answer"]), str(content["voice"])
        recording = Recording.model_validate({"speaker": voice, "text": answer, "hints": content["hints"]})
        transcript = mend(self._ears.hear(self._voices[voice], recording), recording.hints)
        reason = unusable(transcript)
        typed = self._subject.grade(question, answer)
        spoken = self._subject.grade(question, transcript.text) if reason is None else None
        verdicts = {point.id: point.verdict for point in spoken.points} if spoken else {}
        same = [verdicts[point.id] == point.verdict for point in typed.points if point.id in verdicts]
        values = SpokenValues(
            typed=typed.score or 0,
            spoken=(spoken.score or 0) if spoken else 0,
            label=float(str(content["label"])),
            same_verdicts=sum(same) / len(same) if same else None,
            errors=tuple(word_errors(answer, transcript.text)),
            not_heard=reason,
            heard=transcript.text,
        )
        return Outcome(id=case.id, values=values.model_dump(mode="json"), reason=f"{values.typed:g} typed, {values.spoken:g} spoken.")

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """How far scores move, and how far each kind is from its label; of all answers that could be tried, whose number comes first."""
        rows = [
            (case.group, SpokenValues.model_validate(outcome.values))
            for case, outcome in zip(cases, outcomes, strict=True)
            if outcome.error is None
        ]
        metrics = how_many(len(rows), len(cases))
        if not rows:
            return metrics
        groups = [group for group, _ in rows]
        typed, spoken, label = (np.array([getattr(values, name) for _, values in rows]) for name in ("typed", "spoken", "label"))
        wrong, words = np.array([(Errors(*values.errors).wrong, values.errors[0]) for _, values in rows], dtype=float).T
        unheard = np.array([values.not_heard is not None for _, values in rows], dtype=float)

        def figures(i: NDArray[np.int64]) -> dict[str, float]:
            change = spoken[i] - typed[i]
            return {
                "mean_absolute_change": float(np.abs(change).mean()),
                "mean_change": float(change.mean()),
                **{f"moved_over_{most}": float((np.abs(change) > most).mean()) for most in MOVED},
                "typed_error": float(np.abs(typed[i] - label[i]).mean()),
                "spoken_error": float(np.abs(spoken[i] - label[i]).mean()),
                "wer": float(wrong[i].sum() / words[i].sum()),
                "not_heard": float(unheard[i].mean()),
            }

        same = [(group, values.same_verdicts) for group, values in rows if values.same_verdicts is not None]
        shares = np.array([share for _, share in same])
        if same:
            metrics["same_verdicts"] = by_question(lambda i: float(shares[i].mean()), [group for group, _ in same])
        return metrics | all_by_question(figures, groups)


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """One for each grader. Raises UsageError for a voice or a grader that there is not."""
    states = None if options.fresh else options.out / "states.jsonl"
    ears, voices = Ears(coach, options.out, keep=not options.fresh), speakers(options.voices)
    return [SpokenAnswers(coach, Subject(coach, name, states), ears, voices) for name in options.graders]
