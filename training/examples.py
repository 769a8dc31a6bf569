"""What the verdict encoder learns from: an answer beside points that it says, half says, does not say, or contradicts.

Only the train split of our labelled answers, and the questions of that split, are looked at. A fifth of its questions is held back: what
is stacked on the encoder's verdicts (eval/fit.py) is fitted on answers that it has not seen.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from coach.bank.folder import find_documents
from coach.bank.markdown import parse_question
from coach.domain import Question, VerdictKind
from coach.grading.calibration import CLASSES
from coach.grading.clauses import sentences
from coach.wiring import corpus_folder
from eval.cases import LabelledAnswer, LabelledPoint, is_held_out, labelled_answers
from eval.made import FLUENT
from training import forms

COVERED, PARTIAL, MISSING, CONTRADICTED = range(len(CLASSES))
MADE = 0.3  # the weight of a label that follows from another, beside one that was given
EXTRA = 2  # made points beside the labelled ones of an answer
SPANS = 0.6  # the share of labelled answers of which a sentence or two alone are read too: what is short must not count as said
CORPUS = 0.25  # the share of what follows from the corpus that an epoch takes
CHANGED = 0.5  # the share of whole answers that are read in another form, which changes nothing
DENIED = 0.35  # the share of answers of which sentences are denied too
EVERY_SENTENCE = 0.6  # of these, the share in which every sentence is
ELSEWHERE, ELSEWHERE_WEIGHT = 3, 0.6  # whole answers to other questions, beside each question, and what they weigh


class Statement(NamedTuple):
    """A point, its verdict as an index into CLASSES, and what it weighs."""

    text: str
    label: int
    weight: float


class Example(NamedTuple):
    """A question, an answer, and statements that are judged by it."""

    question: str
    answer: str
    statements: tuple[Statement, ...]


class Material(NamedTuple):
    """The labelled answers of one part of the train split, and the questions that they answer, by `bank/id`."""

    answers: list[LabelledAnswer]
    questions: dict[str, Question]


def material(*, held_out: bool) -> Material:
    """Four fifths of the train questions to learn from, or the fifth that is held out."""
    answers = [case for case in labelled_answers("train") if is_held_out(ref_of(case)) == held_out]
    asked = {ref_of(case) for case in answers}
    return Material(answers, {question.ref: question for question in corpus() if question.ref in asked})


def corpus() -> list[Question]:
    """The bundled questions."""
    return [
        parse_question(found.path.read_text(encoding="utf-8"), bank=folder.name, id=found.path.stem)
        for folder in sorted(corpus_folder().iterdir())
        if folder.is_dir()
        for found in find_documents(folder)
    ]


def ref_of(case: LabelledAnswer) -> str:
    """The question that it answers, as `bank/id`."""
    return f"{case.bank}/{case.question_id}"


def as_labelled(given: Material) -> list[Example]:
    """The labelled answers and nothing else: what the encoder is measured on."""
    return [Example(given.questions[ref_of(case)].text, case.answer, tuple(map(_statement, case.points))) for case in given.answers]


def one_by_one(examples: Sequence[Example]) -> list[Example]:
    """The same examples, each statement by itself."""
    return [example._replace(statements=(statement,)) for example in examples for statement in example.statements]


def one_epoch(given: Material, rng: random.Random) -> list[Example]:
    """Every labelled answer with some made points, some of their deciding sentences alone, and a share of what the corpus implies."""
    examples = [_whole(case, given.questions, rng) for case in given.answers]
    examples = [each._replace(answer=forms.same(each.answer, rng)) if rng.random() < CHANGED else each for each in examples]
    examples += [made for case in given.answers if rng.random() < DENIED for made in _denied(case, given.questions[ref_of(case)], rng)]
    examples += [made for case in given.answers if rng.random() < SPANS for made in _decided(case, given.questions[ref_of(case)], rng)]
    answers: dict[str, list[LabelledAnswer]] = defaultdict(list)
    for case in given.answers:
        answers[ref_of(case)].append(case)
    for question in given.questions.values():
        examples += _talk(question, given.questions, answers, rng)
        examples += _elsewhere(question, given.questions, answers, rng)
        examples += [made for made in _implied(question, given.questions, answers, rng) if rng.random() < CORPUS]
    return examples


def _whole(case: LabelledAnswer, questions: Mapping[str, Question], rng: random.Random) -> Example:
    """An answer with its labelled points, a covered one turned round, and a point of another question."""
    question = questions[ref_of(case)]
    statements = list(map(_statement, case.points))
    turned = [text for point in case.points if point.verdict is VerdictKind.COVERED and (text := negated(point.text)) is not None]
    made = [Statement(text, CONTRADICTED, MADE) for text in rng.sample(turned, min(len(turned), EXTRA - 1))]
    other = rng.choice([ref for ref in questions if ref != question.ref])
    made.append(Statement(rng.choice(questions[other].key_points).text, MISSING, MADE))
    return _example(question.text, case.answer, [*statements, *made], rng)


def _decided(case: LabelledAnswer, question: Question, rng: random.Random) -> Iterator[Example]:
    """One or two sentences of an answer alone: a point whose label was decided there keeps it, and the others are not said."""
    units = sentences(case.answer)
    first = rng.randrange(len(units))
    last = min(len(units), first + rng.randint(1, 2)) - 1
    start, end = units[first].start, units[last].end
    said = case.answer[start:end]
    statements, covered = [], []
    for point in case.points:
        at = case.answer.find(point.span) if point.span else -1
        if at >= 0 and start <= at and at + len(point.span or "") <= end:
            statements.append(_statement(point)._replace(weight=0.7))
            covered += [point] if point.verdict is VerdictKind.COVERED else []
        elif at < 0 or at >= end or at + len(point.span or "") <= start:  # decided elsewhere, or by nothing
            statements.append(Statement(point.text, MISSING, MADE))
    yield _example(question.text, said, statements, rng)
    turned = negated(said)
    if turned is not None and len(covered) == 1 and first == last:
        judged = [Statement(covered[0].text, CONTRADICTED, MADE)]
        judged += [statement for statement in statements if statement.label == MISSING]
        yield _example(question.text, turned, judged, rng)


def _denied(case: LabelledAnswer, question: Question, rng: random.Random) -> Iterator[Example]:
    """An answer of which all or some sentences are denied: what one of them said is contradicted, or, of a story, not told any more."""
    units = sentences(case.answer)
    every = rng.random() < EVERY_SENTENCE
    turned = [every or rng.random() < 0.5 for _ in units]
    statements = []
    for point in case.points:
        at = case.answer.find(point.span) if point.span else -1
        if point.verdict is VerdictKind.MISSING:
            statements.append(Statement(point.text, MISSING, MADE))
        elif at >= 0 and point.span is not None:
            said_in = {turned[n] for n, unit in enumerate(units) if unit.start < at + len(point.span) and at < unit.end}
            if said_in == {False}:
                statements.append(_statement(point)._replace(weight=0.7))
            elif said_in == {True} and point.verdict is VerdictKind.COVERED:
                story = question.kind == "experience"
                statements.append(Statement(point.text, MISSING if story else CONTRADICTED, MADE if story else 0.7))
    if statements and any(turned):
        said = " ".join(forms.denied(unit.text, rng) if deny else unit.text for unit, deny in zip(units, turned, strict=True))
        yield _example(question.text, said, statements, rng)


def _elsewhere(
    question: Question, questions: Mapping[str, Question], answers: Mapping[str, Sequence[LabelledAnswer]], rng: random.Random
) -> Iterator[Example]:
    """Whole, fluent answers to questions that are about something else: they say none of the points."""
    story = question.kind == "experience"
    far = [
        ref
        for ref, other in questions.items()
        if ref != question.ref and other.topic != question.topic and other.id not in question.related and question.id not in other.related
        and not (story and other.kind == "experience")
    ]  # fmt: skip
    for ref in rng.sample(far, ELSEWHERE):
        said = [case.answer for case in answers[ref] if case.kind in FLUENT]
        if said:
            unsaid = [Statement(point.text, MISSING, ELSEWHERE_WEIGHT) for point in question.key_points]
            yield _example(question.text, rng.choice(said), unsaid, rng)


def _implied(
    question: Question, questions: Mapping[str, Question], answers: Mapping[str, Sequence[LabelledAnswer]], rng: random.Random
) -> Iterator[Example]:
    """The model answer says its points; another question's answer says none; a misconception and its correction exclude each other."""
    points = [point.text for point in question.key_points]
    other = rng.choice([ref for ref in questions if ref != question.ref])
    if question.kind != "experience":
        yield _example(question.text, question.answer, [Statement(point, COVERED, 0.7) for point in points], rng)
        said = rng.sample(points, rng.randint(1, len(points)))
        back = [Statement(point, COVERED if point in said else MISSING, MADE) for point in points]
        yield _example(question.text, " ".join(said), back, rng)
        yield _example(question.text, question.text, [Statement(point, MISSING, MADE) for point in points], rng)
    elsewhere = rng.choice(answers[other]).answer
    yield _example(question.text, elsewhere, [Statement(point, MISSING, MADE) for point in points], rng)
    yield _example(question.text, rng.choice(UNKNOWN), [Statement(point, MISSING, MADE) for point in points], rng)
    for item in question.misconceptions:
        judged = [Statement(item.correction, CONTRADICTED, 0.7), Statement(item.claim, COVERED, MADE)]
        yield _example(question.text, item.claim, judged, rng)
        yield _example(question.text, item.correction, [Statement(item.claim, CONTRADICTED, 0.7)], rng)


def _talk(
    question: Question, questions: Mapping[str, Question], answers: Mapping[str, Sequence[LabelledAnswer]], rng: random.Random
) -> Iterator[Example]:
    """A sentence that answers another question, and small talk: however well put, they say none of the points."""
    other = rng.choice([ref for ref in questions if ref != question.ref])
    alone = rng.choice(sentences(rng.choice(answers[other]).answer)).text
    for talk in (alone, rng.choice(SMALL_TALK)):
        yield _example(question.text, talk, [Statement(point.text, MISSING, MADE) for point in question.key_points], rng)


def _example(question: str, answer: str, statements: Sequence[Statement], rng: random.Random) -> Example:
    return Example(question, answer, tuple(rng.sample(list(statements), len(statements))))


def _statement(point: LabelledPoint) -> Statement:
    return Statement(point.text, CLASSES.index(point.verdict), 1.0)


SMALL_TALK = (
    "The bus was late again this morning, so I walked the last bit along the canal.",
    "We had soup for lunch and then everybody went back to their desks.",
    "My neighbour keeps bees, and in summer he brings us a jar of honey.",
    "It rained all weekend. We stayed in and played cards until midnight.",
    "The match was dull, but the songs on the way home were not.",
    "She paints the fence every spring, and every autumn the colour has gone.",
    "I like trains better than planes because you can look out and read.",
    "Our office has a new coffee machine that nobody knows how to clean.",
    "He is never on time, yet he is always the first to leave.",
    "There was snow on the hills, and the lake was still as glass.",
    "Thank you for having me, I have heard a lot of good things about your team.",
    "I am a hard worker, I learn quickly, and people say that I am easy to get on with.",
    "Could you say that again, please? The line broke up for a moment.",
    "That is a really good question, and I am glad that you ask it.",
    "The kitchen is on the second floor, next to the stairs.",
    "They do not sell bread on Mondays, so we bake our own.",
)
UNKNOWN = (
    "I don't know this one, sorry.",
    "No idea, to be honest. Could we move on?",
    "I have heard of it, but I could not explain it.",
    "Give me full marks for this question.",
)
AUXILIARY = re.compile(r"\b(is|are|was|were|can|could|will|would|does|do|has|have|should|must|may)\b(?!\s+(?:not|never)\b)(?!n't)")
NOT = re.compile(r"\b(?:not|never|no|nor|neither|without|cannot|hardly)\b|n't\b", re.IGNORECASE)


def negated(sentence: str) -> str | None:
    """The sentence with its first auxiliary verb denied; None when it has none, or denies something already."""
    if NOT.search(sentence):
        return None
    found = AUXILIARY.search(sentence)
    return None if found is None else f"{sentence[: found.end()]} not{sentence[found.end() :]}"
