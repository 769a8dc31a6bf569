"""The pairs that the verdict encoder learns from: a key point after its question, and an answer that says it, half, not, or the opposite.

Run: python -m training.pairs OUT.jsonl. Only the train split of our labelled answers, and the questions of that split, are looked at. A
fifth of its questions is held back: what is stacked on the encoder's verdicts (eval/fit.py) is fitted on answers that it has not seen.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from coach.bank.folder import find_documents
from coach.bank.markdown import parse_question
from coach.domain import Frozen, Question
from coach.grading.calibration import CLASSES
from coach.grading.clauses import sentences
from coach.models.verdict_encoder import first_text
from coach.wiring import corpus_folder
from eval.cases import LabelledAnswer, is_held_out, labelled_answers

OTHERS = 1  # answers to other questions, for each question
SHORT = 0.5  # the share of the short pairs made of a labelled answer that is taken

Part = Literal["learn", "held_out"]
COVERED, PARTIAL, MISSING, CONTRADICTED = range(len(CLASSES))


class Pair(Frozen):
    """A pair of texts, the verdict as an index into CLASSES, what it weighs, how it was made, and the part that its question is in."""

    first: str
    second: str
    label: int
    weight: float
    source: str
    question: str
    part: Part


def main() -> None:
    """Write all pairs."""
    pairs = list(all_pairs())
    Path(sys.argv[1]).write_text("".join(pair.model_dump_json() + "\n" for pair in pairs), encoding="utf-8")
    counts: dict[str, int] = {}
    for pair in pairs:
        name = f"{pair.part} {pair.source} {CLASSES[pair.label].value}"
        counts[name] = counts.get(name, 0) + 1
    print(json.dumps(counts, indent=1))


def all_pairs() -> Iterator[Pair]:
    """Labelled answers whole, the spans that decided their labels, turned-round spans, and what follows from the corpus itself."""
    cases = labelled_answers("train")
    asked = {f"{case.bank}/{case.question_id}" for case in cases}
    questions = {question.ref: question for question in corpus() if question.ref in asked}
    rng = random.Random(0)
    for case in cases:
        made = _labelled(case, questions[f"{case.bank}/{case.question_id}"])
        yield from (pair for pair in made if pair.source == "answer" or rng.random() < SHORT)
    refs = sorted(questions)
    for ref in refs:
        yield from _from_corpus(questions[ref], [questions[other] for other in rng.sample([r for r in refs if r != ref], OTHERS)])


def _part_of(question: Question) -> Part:
    return "held_out" if is_held_out(question.ref) else "learn"


def corpus() -> list[Question]:
    """The bundled questions."""
    return [
        parse_question(found.path.read_text(encoding="utf-8"), bank=folder.name, id=found.path.stem)
        for folder in sorted(corpus_folder().iterdir())
        if folder.is_dir()
        for found in find_documents(folder)
    ]


def _labelled(case: LabelledAnswer, question: Question) -> Iterator[Pair]:
    ref, part = question.ref, _part_of(question)
    for point in case.points:
        first, label = first_text(question.text, point.text), CLASSES.index(point.verdict)
        yield Pair(first=first, second=case.answer, label=label, weight=1.0, source="answer", question=ref, part=part)
        if point.span and len(point.span.split()) >= 4 and label in (COVERED, CONTRADICTED):
            said = _sentence(case.answer, point.span)
            yield Pair(first=first, second=said, label=label, weight=0.5, source="span", question=ref, part=part)
            if label == COVERED and (turned := negated(said)) is not None:
                yield Pair(first=first, second=turned, label=CONTRADICTED, weight=0.3, source="negated span", question=ref, part=part)
            turned = negated(point.text)
            if label == COVERED and turned is not None:
                other = first_text(question.text, turned)
                yield Pair(first=other, second=said, label=CONTRADICTED, weight=0.3, source="negated point", question=ref, part=part)


def _from_corpus(question: Question, others: Sequence[Question]) -> Iterator[Pair]:
    """The model answer says its points; another question's answer says none; a misconception and its correction exclude each other."""
    ref, part = question.ref, _part_of(question)

    def pair(statement: str, said: str, label: int, weight: float, source: str) -> Pair:
        first = first_text(question.text, statement)
        return Pair(first=first, second=said, label=label, weight=weight, source=source, question=ref, part=part)

    points = [point.text for point in question.key_points]
    for number, point in enumerate(points):
        if question.kind != "experience":
            yield pair(point, question.answer, COVERED, 0.7, "model answer")
            yield pair(point, point, COVERED, 0.3, "said back")
            yield pair(point, question.text, MISSING, 0.3, "echo")
        for other in others:
            yield pair(point, other.answer, MISSING, 0.3, "other answer")
        if number == 0:
            yield pair(point, "I don't know this one, sorry.", MISSING, 0.3, "unknown")
    for item in question.misconceptions:
        yield pair(item.correction, item.claim, CONTRADICTED, 0.7, "misconception")
        yield pair(item.claim, item.correction, CONTRADICTED, 0.7, "misconception")
        yield pair(item.claim, item.claim, COVERED, 0.3, "said back")


AUXILIARY = re.compile(r"\b(is|are|was|were|can|could|will|would|does|do|has|have|should|must|may)\b(?!\s+(?:not|never)\b)(?!n't)")
NOT = re.compile(r"\b(?:not|never|no|nor|neither|without|cannot|hardly)\b|n't\b", re.IGNORECASE)


def negated(sentence: str) -> str | None:
    """The sentence with its first auxiliary verb denied; None when it has none, or denies something already."""
    if NOT.search(sentence):
        return None
    found = AUXILIARY.search(sentence)
    return None if found is None else f"{sentence[: found.end()]} not{sentence[found.end() :]}"


def _sentence(answer: str, span: str) -> str:
    """The sentences that a span stands in; the span itself when it is not found."""
    start = answer.find(span)
    if start < 0:
        return span
    touched = [unit for unit in sentences(answer) if unit.start < start + len(span) and unit.end > start]
    return answer[touched[0].start : touched[-1].end] if touched else span


if __name__ == "__main__":
    main()
