"""The ingest benchmark: its documents, and its figures on documents whose faults are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.bank.document import load_document
from coach.errors import DocumentError
from coach.settings import Settings
from coach.wiring import corpus_folder
from eval.bench import Case, Outcome
from eval.documents import FOLDER, ExpectedDocument, expected_documents, file_bytes
from eval.ingest import IngestBench, ReadDocument, changed_fields, reason_of

DOCUMENTS = {document.file: document for document in expected_documents()}

NOTES = """## What is the tide?

The tide is the rise and fall of the sea, twice a day. Our newsletter has the times of the tide.

## Why is the sea salty?

Rivers wash salts out of the rocks and carry them along.
"""
EXPECTED = """[[document]]
file = "sea.md"
about = "two questions"
noise = ["newsletter", "cookies"]
questions = [
  { text = "What is the tide?", holds = ["rise and fall of the sea"] },
  { text = "Why is the sea salty", holds = ["Rivers wash salts", "and keep them there."] },
  { text = "What makes a wave?", holds = ["wind"] },
]

[[document]]
file = "nothing.txt"
about = "an empty file"
bytes = ""
error = "is empty"
"""


@pytest.fixture
def bench(tmp_path: Path) -> IngestBench:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "expected.toml").write_text(EXPECTED, encoding="utf-8")
    (tmp_path / "documents" / "sea.md").write_text(NOTES, encoding="utf-8")
    (tmp_path / "corpus" / "sea").mkdir(parents=True)
    source = sorted(corpus_folder().glob("*/*.md"))[0]
    (tmp_path / "corpus" / "sea" / "tide.md").write_bytes(source.read_bytes())
    return IngestBench(Settings(), tmp_path / "documents", tmp_path / "corpus")


def figures(bench: IngestBench, cases: list[Case], outcomes: list[Outcome]) -> dict[str, float]:
    return {name: metric.value for name, metric in bench.measure(cases, outcomes).items()}


def test_what_was_lost_let_in_and_cut_is_counted(bench: IngestBench) -> None:
    cases = list(bench.cases())
    outcomes = [bench.run(case) for case in cases]
    found = figures(bench, cases, outcomes)
    assert found["question_recall"] == pytest.approx(2 / 3)
    assert found["question_precision"] == 1
    assert found["answers_whole"] == pytest.approx(1 / 3)
    assert found["noise_let_in"] == 0.5
    assert (found["order_kept"], found["said_as_expected"], found["documents_whole"]) == (1, 1, 0.5)
    assert (found["points_from_answer"], found["corpus_read_back"]) == (1, 1)
    assert "ms" not in found  # outcomes are kept, and the time of an earlier run is no measurement
    assert outcomes[0].reason == (
        "2 of 3 questions. Not found: “What makes a wave?”. Not in the answer: “and keep them there.”. Noise: “newsletter”."
    )
    assert outcomes[1].reason == "It was refused: nothing.txt is empty. Give a file that holds questions and their answers."


def test_a_case_that_failed_counts_as_a_document_that_gave_nothing(bench: IngestBench) -> None:
    cases = list(bench.cases())
    found = figures(bench, cases, [Outcome(id=case.id, error="It is gone.") for case in cases])
    assert (found["question_recall"], found["answers_whole"], found["documents_whole"], found["corpus_read_back"]) == (0, 0, 0, 0)
    assert found["noise_let_in"] == 1


def read(case: Case, **changed: object) -> Outcome:
    """An outcome of the document of the sea, with all of its questions unless said otherwise."""
    questions: list[dict[str, object]] = [
        {"text": text, "answer": "", "points": [], "story": False}
        for text in ("What is the tide?", "Why is the sea salty?", "What makes a wave?")
    ]
    return Outcome(id=case.id, values=ReadDocument.model_validate({"questions": questions, **changed}).model_dump(mode="json"))


def test_a_question_read_twice_costs_precision_and_one_out_of_place_the_order(bench: IngestBench) -> None:
    case = next(iter(bench.cases()))
    once = read(case)
    assert figures(bench, [case], [once])["order_kept"] == 1
    shown = ReadDocument.model_validate(once.values).model_dump(mode="json")["questions"]
    turned = figures(bench, [case], [read(case, questions=[*shown[::-1], shown[0]])])
    assert (turned["order_kept"], turned["question_precision"], turned["question_recall"]) == (0, 0.75, 1)


def test_a_refusal_or_a_warning_that_nobody_expects_is_a_fault(bench: IngestBench) -> None:
    sea, nothing, _ = bench.cases()
    assert figures(bench, [sea], [read(sea, warnings=["Odd."])])["said_as_expected"] == 0
    assert figures(bench, [sea], [read(sea, questions=[], refused="It is too long.")])["said_as_expected"] == 0
    assert figures(bench, [nothing], [read(nothing, questions=[], refused="It is too long.")])["said_as_expected"] == 0
    assert reason_of(DOCUMENTS["empty.txt"], ReadDocument()) == "It was not refused, and should have been: is empty."


def test_points_are_measured_by_their_length_and_their_place(bench: IngestBench) -> None:
    case = next(iter(bench.cases()))
    points = [
        {"text": "The tide is the rise and fall of the sea.", "words": 10, "said": 1.0},
        {"text": "It rises.", "words": 2, "said": 0.5},
        {"text": "The moon pulls the water of the sea towards it.", "words": 10, "said": None},
    ]
    story = {"text": "Have you sailed?", "answer": "", "points": [{"text": "Says so.", "words": 2, "said": None}], "story": True}
    found = figures(bench, [case], [read(case, questions=[{"text": "x", "answer": "", "points": points, "story": False}, story])])
    assert found["points_of_length"] == pytest.approx(2 / 3)
    assert found["points_from_answer"] == pytest.approx(1 / 3)


def test_a_question_that_comes_back_changed_is_told_by_its_fields() -> None:
    path = sorted(corpus_folder().glob("*/*.md"))[0]
    (question,) = load_document(path, path.parent.name, Settings()).questions
    assert changed_fields(question, question) == ()
    assert changed_fields(question, question.model_copy(update={"answer": "Else.", "level": "advanced"})) == ("answer", "level")


def test_every_document_is_described_and_holds_what_is_expected_of_it() -> None:
    assert {path.name for path in FOLDER.iterdir()} - {"expected.toml"} == {
        file for file, document in DOCUMENTS.items() if document.bytes is None
    }
    for document in DOCUMENTS.values():
        text = file_bytes(document).decode(document.saved_as) if document.bytes is None else ""
        for expected in document.questions:
            assert expected.holds, (document.file, expected.text)
        assert not document.questions or all(noise in text for noise in document.noise), document.file


def test_a_document_is_written_as_it_is_said_to_be_saved() -> None:
    windows = file_bytes(DOCUMENTS["message-queues.txt"])
    assert windows.startswith(b"\xff\xfe")
    assert "\r\n" in windows.decode("utf-16")
    assert "café".encode("latin-1") in file_bytes(DOCUMENTS["cafe-latin1.txt"])
    assert file_bytes(DOCUMENTS["picture.txt"]).startswith(b"\x89PNG")


def test_documents_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"expected\.toml cannot be read"):
        expected_documents(tmp_path)
    (tmp_path / "expected.toml").write_text("[[document]]\nfile = 3\n", encoding="utf-8")
    with pytest.raises(DocumentError, match=r"expected\.toml cannot be read"):
        expected_documents(tmp_path)
    with pytest.raises(DocumentError, match=r"gone\.md cannot be read"):
        file_bytes(ExpectedDocument(file="gone.md", about="not there"), tmp_path)
