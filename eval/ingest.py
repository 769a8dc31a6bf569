"""Whether a document comes in whole: our own documents against what they hold, and the bundled corpus written out and read back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from coach.bank.document import load_document
from coach.bank.markdown import render_question
from coach.bank.quality import POINT_WORDS
from coach.domain import Frozen, Question, normalise
from coach.errors import BankError, DocumentError
from coach.wiring import corpus_folder
from coach.words import content_stems
from eval.bench import Benchmark, Case, Options, Outcome
from eval.documents import FOLDER, ExpectedDocument, ExpectedQuestion, expected_documents, file_bytes
from eval.metrics import Metric
from eval.shares import Flag, share_of
from eval.versions import source_version

if TYPE_CHECKING:
    from coach.settings import Settings
    from coach.wiring import Coach

NEAR = 0.8  # the share of a point's content words that its place in the answer, or the question, must have
BANK = "eval"
SOURCES = ("coach.bank", "coach.domain", "coach.words", "eval.documents", "eval.ingest")


class FoundPoint(Frozen):
    """A key point that was drawn: its length in words, and how much of it its place in the answer says; None for a story's point."""

    text: str
    words: int
    said: float | None


class FoundQuestion(Frozen):
    """A question that was read."""

    text: str
    answer: str
    points: tuple[FoundPoint, ...]
    story: bool


class ReadDocument(Frozen):
    """The `values` of a document: what was read, or in which words it was refused."""

    questions: tuple[FoundQuestion, ...] = ()
    warnings: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    refused: str | None = None


class RoundTrip(Frozen):
    """The `values` of a question of the corpus: which of its fields came back changed."""

    changed: tuple[str, ...]


class IngestBench(Benchmark):
    """The benchmark `ingest`."""

    name = "ingest"

    def __init__(self, settings: Settings, folder: Path = FOLDER, corpus: Path | None = None) -> None:
        """Use the documents of a folder, described in its `expected.toml`, and the questions of a corpus, by default the bundled one."""
        self._settings, self._folder, self._corpus = settings, folder, corpus or corpus_folder()
        self.version = f"{source_version(*SOURCES)}-{settings.max_document_mb:g}"

    def cases(self) -> Sequence[Case]:
        """The documents, then the questions of the corpus. Raises DocumentError when what is expected cannot be read."""
        return [*self._documents(), *self._questions()]

    def run(self, case: Case) -> Outcome:
        """Read the document, or write the question out and read it back. Raises BankError, DocumentError."""
        return self._round_trip(case) if "corpus" in case.content else self._read(case)

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """The figures. A case that failed is a document that gave nothing, or a question that did not come back."""
        pairs = list(zip(cases, outcomes, strict=True))
        read = [_tried(case, outcome) for case, outcome in pairs if "corpus" not in case.content]
        back = [(case.group, _came_back(outcome)) for case, outcome in pairs if "corpus" in case.content]
        return _figures(read) | {"corpus_read_back": share_of(back)}

    def _documents(self) -> Iterator[Case]:
        for document in expected_documents(self._folder):
            sha = hashlib.sha256(file_bytes(document, self._folder)).hexdigest()[:16]
            content = {"expected": document.model_dump(mode="json"), "sha": sha}
            yield Case(id=document.file, group=document.file, content=content)

    def _questions(self) -> Iterator[Case]:
        for path in sorted(self._corpus.glob("*/*.md")):
            ref, sha = f"{path.parent.name}/{path.stem}", hashlib.sha256(path.read_bytes()).hexdigest()[:16]
            yield Case(id=f"corpus/{ref}", group=ref, content={"corpus": ref, "sha": sha})

    def _read(self, case: Case) -> Outcome:
        expected = _expected(case)
        with TemporaryDirectory() as folder:
            path = Path(folder) / expected.file
            path.write_bytes(file_bytes(expected, self._folder))
            values = read_document(path, self._settings)
        return Outcome(id=case.id, values=values.model_dump(mode="json"), reason=reason_of(expected, values))

    def _round_trip(self, case: Case) -> Outcome:
        path = self._corpus / f"{case.content['corpus']}.md"
        if not path.is_file():
            raise BankError(f"{path.name} is not in the corpus any more.")
        (question,) = load_document(path, path.parent.name, self._settings).questions
        with TemporaryDirectory() as folder:
            copy = Path(folder) / path.name
            copy.write_text(render_question(question), encoding="utf-8", newline="\n")
            (back,) = load_document(copy, path.parent.name, self._settings).questions
        values = RoundTrip(changed=changed_fields(question, back))
        reason = f"Not the same: {', '.join(values.changed)}." if values.changed else "It comes back as it was."
        return Outcome(id=case.id, values=values.model_dump(mode="json"), reason=reason)


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """The one benchmark of this module."""
    return [IngestBench(coach.settings)]


def read_document(path: Path, settings: Settings) -> ReadDocument:
    """What a document gives, or the words in which it is refused."""
    try:
        document = load_document(path, BANK, settings)
    except DocumentError as error:
        return ReadDocument(refused=str(error))
    return ReadDocument(questions=tuple(map(_found, document.questions)), warnings=document.warnings, left_out=document.left_out)


def changed_fields(question: Question, back: Question) -> tuple[str, ...]:
    """The fields in which two questions differ."""
    return tuple(name for name in Question.model_fields if getattr(question, name) != getattr(back, name))


def reason_of(expected: ExpectedDocument, read: ReadDocument) -> str:
    """What came in of a document and what did not, in sentences."""
    if read.refused is not None:
        return f"It was refused: {read.refused}"
    if expected.error is not None:
        return f"It was not refused, and should have been: {expected.error}."
    found = {normalise(question.text): question for question in read.questions}
    wanted = {normalise(question.text) for question in expected.questions}
    lost = [question.text for question in expected.questions if normalise(question.text) not in found]
    added = [question.text for key, question in found.items() if key not in wanted]
    cut = [text for question in expected.questions if (own := found.get(normalise(question.text))) for text in _not_held(question, own)]
    noise = [text for text in expected.noise if _came_in(text, read)]
    parts = [f"{len(wanted) - len(lost)} of {len(wanted)} questions."]
    for what, texts in (("Not found", lost), ("Not asked there", added), ("Not in the answer", cut), ("Noise", noise)):
        parts += [f"{what}: {'; '.join(f'“{text}”' for text in texts)}."] if texts else []
    return " ".join(parts)


class _Tried(NamedTuple):
    """A document with what was read of it; nothing where the case failed."""

    group: str
    expected: ExpectedDocument
    read: ReadDocument | None


def _expected(case: Case) -> ExpectedDocument:
    return ExpectedDocument.model_validate(case.content["expected"])


def _tried(case: Case, outcome: Outcome) -> _Tried:
    read = None if outcome.error is not None else ReadDocument.model_validate(outcome.values)
    return _Tried(case.group, _expected(case), read)


def _came_back(outcome: Outcome) -> bool:
    return outcome.error is None and not RoundTrip.model_validate(outcome.values).changed


def _found(question: Question) -> FoundQuestion:
    points = tuple(
        FoundPoint(
            text=point.text,
            words=len(point.text.split()),
            said=None if point.span is None else _said(point.text, question.answer[point.span.start : point.span.end], question.text),
        )
        for point in question.key_points
    )
    return FoundQuestion(text=question.text, answer=question.answer, points=points, story=question.kind == "experience")


def _said(point: str, place: str, question: str) -> float:
    """The share of a point's content words that its place in the answer says; a word of the question may stand for a pronoun."""
    if normalise(point) in normalise(place):
        return 1.0
    wanted = frozenset(content_stems(point))
    known = frozenset(content_stems(place)) | frozenset(content_stems(question))
    return len(wanted & known) / len(wanted) if wanted else 0.0


def _not_held(expected: ExpectedQuestion, found: FoundQuestion) -> list[str]:
    answer = _folded(found.answer)
    return [text for text in expected.holds if _folded(text) not in answer]


def _came_in(noise: str, read: ReadDocument) -> bool:
    return any(noise in text for question in read.questions for text in (question.text, question.answer))


def _folded(text: str) -> str:
    return " ".join(text.split())


def _figures(tried: Sequence[_Tried]) -> dict[str, Metric]:
    questions = [(one.group, found) for one in tried if one.read is not None for found in one.read.questions]
    points = [(about, point) for about, found in questions if not found.story for point in found.points]
    fewest, most = POINT_WORDS
    return {
        "question_recall": share_of(_each(tried, _recalled)),
        "question_precision": share_of(_each(tried, _precise)),
        "order_kept": share_of((one.group, _in_order(one)) for one in tried if len(one.expected.questions) > 1),
        "answers_whole": share_of(_each(tried, _whole)),
        "noise_let_in": share_of(_each(tried, _noise)),
        "stories_told_apart": share_of(_each(tried, _stories)),
        "said_as_expected": share_of((one.group, _said_as_expected(one)) for one in tried),
        "documents_whole": share_of((one.group, _document_whole(one)) for one in tried),
        "points_of_length": share_of((about, fewest <= point.words <= most) for about, point in points),
        "points_from_answer": share_of((about, point.said is not None and point.said >= NEAR) for about, point in points),
    }


def _each(tried: Sequence[_Tried], flags: Callable[[_Tried], Iterator[bool]]) -> Iterator[Flag]:
    return ((one.group, flag) for one in tried for flag in flags(one))


def _own(one: _Tried, expected: ExpectedQuestion) -> FoundQuestion | None:
    """The question that was read for an expected one."""
    found = one.read.questions if one.read is not None else ()
    return next((question for question in found if normalise(question.text) == normalise(expected.text)), None)


def _recalled(one: _Tried) -> Iterator[bool]:
    return (_own(one, expected) is not None for expected in one.expected.questions)


def _precise(one: _Tried) -> Iterator[bool]:
    left = [normalise(expected.text) for expected in one.expected.questions]
    for found in one.read.questions if one.read is not None else ():
        text = normalise(found.text)
        yield text in left
        if text in left:
            left.remove(text)  # a second time is once too often


def _in_order(one: _Tried) -> bool:
    found = [normalise(question.text) for question in one.read.questions] if one.read is not None else []
    places = [found.index(text) for expected in one.expected.questions if (text := normalise(expected.text)) in found]
    return bool(places) and places == sorted(places)


def _whole(one: _Tried) -> Iterator[bool]:
    for expected in one.expected.questions:
        found = _own(one, expected)
        yield found is not None and not _not_held(expected, found)


def _noise(one: _Tried) -> Iterator[bool]:
    return (one.read is None or _came_in(text, one.read) for text in one.expected.noise)


def _stories(one: _Tried) -> Iterator[bool]:
    for expected in one.expected.questions:
        found = _own(one, expected)
        yield found is not None and found.story == expected.story


def _said_as_expected(one: _Tried) -> bool:
    """Whether it was refused, or warned of, in the expected words; and not at all where nothing was expected."""
    if one.read is None:
        return False
    if one.expected.error is not None or one.read.refused is not None:
        return one.expected.error is not None and one.expected.error in (one.read.refused or "")
    if one.expected.warning is None:
        return not one.read.warnings
    return any(one.expected.warning in warning for warning in one.read.warnings)


def _document_whole(one: _Tried) -> bool:
    """Whether nothing was lost, added, cut or let in, and the right thing was said."""
    flags = (*_recalled(one), *_precise(one), *_whole(one), *(not let_in for let_in in _noise(one)))
    return all(flags) and _said_as_expected(one) and (not one.expected.questions or _in_order(one))
