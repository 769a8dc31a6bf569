"""Documents into a bank: again without work, changed with just what changed, failing without stopping the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coach.bank.ingest import Cancelled, DocumentReport, IngestReport, Progress, default_bank, import_corpus, ingest
from coach.domain import Document
from coach.errors import UsageError
from coach.settings import Settings
from coach.store import Store

ARTICLE = """# Questions on the sea

## What is the tide?

The tide is the rise and fall of the sea, caused mainly by the pull of the moon. It comes twice a day in most places.

## Why is the sea salty?

Rivers wash salts out of rocks and carry them into the sea. Water leaves the sea by evaporation, while the salt stays behind.
"""
OWN_FORM = """---
topic: waves
level: core
kind: concept
---
# What makes a wave?

Wind that blows over the water drags its surface along and so raises waves.

## Key points
- [essential] Wind that blows over the water raises the waves on it.
"""


class RecordingIndex:
    """Stands in for the vector index, which has tests of its own: records what it is told, in order."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def replace_document(self, document: Document, *, step: Callable[[], None] | None = None) -> None:
        self.calls.append(("replace", document.name))

    def remove_document(self, bank: str, name: str) -> None:
        self.calls.append(("remove", name))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'coach.db'}")
    yield opened
    opened.close()


@pytest.fixture
def index() -> RecordingIndex:
    return RecordingIndex()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "sea"
    place.mkdir()
    (place / "article.md").write_text(ARTICLE)
    (place / "waves.md").write_text(OWN_FORM)
    return place


@pytest.fixture
def bring(store: Store, index: RecordingIndex) -> Callable[..., IngestReport]:
    def run(*paths: Path, **options: object) -> IngestReport:
        return ingest(paths, bank="sea", store=store, index=index, settings=Settings(), **options)  # type: ignore[arg-type]

    return run


def statuses(report: IngestReport) -> dict[str, str]:
    return {Path(document.path).name: document.status for document in report.documents}


def test_a_folder_comes_into_the_bank_with_its_questions(folder: Path, store: Store, bring: Callable[..., IngestReport]) -> None:
    report = bring(folder)
    assert statuses(report) == {"article.md": "added", "waves.md": "added"}
    assert (report.questions, report.passages) == (3, 3)
    questions = {question.id: question for question in store.questions("sea")}
    assert set(questions) == {"what-is-the-tide", "why-is-the-sea-salty", "waves"}
    tide = questions["what-is-the-tide"]
    assert (tide.text, tide.source, tide.topic) == ("What is the tide?", "article.md", "tide")
    for point in tide.key_points:
        assert point.span is not None
        assert tide.answer[point.span.start : point.span.end].strip()
    assert report.documents[0].left_out == ("the title: Questions on the sea",)


def test_the_report_is_the_json_that_the_command_prints(folder: Path, bring: Callable[..., IngestReport]) -> None:
    printed = bring(folder).model_dump(mode="json")
    assert set(printed) == {"bank", "documents", "questions", "passages"}
    assert set(printed["documents"][0]) == {"path", "status", "questions", "passages", "left_out", "warnings"}


def test_ingesting_again_does_no_work(folder: Path, store: Store, index: RecordingIndex, bring: Callable[..., IngestReport]) -> None:
    first = bring(folder)
    index.calls.clear()
    generation = store.generation()
    again = bring(folder)
    assert set(statuses(again).values()) == {"unchanged"}
    assert (again.questions, again.passages) == (first.questions, first.passages)
    assert index.calls == []
    assert store.generation() == generation


def test_a_changed_document_changes_only_itself_and_keeps_its_questions_ids(
    folder: Path, store: Store, index: RecordingIndex, bring: Callable[..., IngestReport]
) -> None:
    bring(folder)
    before = {question.id: question for question in store.questions("sea")}
    index.calls.clear()
    longer = ARTICLE.replace("in most places.", "in most places, and once a day in some.")
    (folder / "article.md").write_text(
        longer + "\n## What is a current?\n\nA current is a stream within the sea that keeps one direction.\n"
    )
    assert statuses(bring(folder)) == {"article.md": "updated", "waves.md": "unchanged"}
    assert index.calls == [("replace", "article.md")]
    after = {question.id: question for question in store.questions("sea")}
    assert set(after) - set(before) == {"what-is-a-current"}
    assert after["why-is-the-sea-salty"] == before["why-is-the-sea-salty"]
    assert after["what-is-the-tide"].answer.endswith("once a day in some.")


def test_the_same_question_in_two_documents_has_two_ids(folder: Path, store: Store, bring: Callable[..., IngestReport]) -> None:
    (folder / "more.md").write_text(ARTICLE)
    bring(folder)
    bring(folder)
    tides = sorted(question.id for question in store.questions("sea") if "tide" in question.id)
    assert tides == ["what-is-the-tide", "what-is-the-tide-2"]


def test_a_document_that_fails_stops_no_other(folder: Path, store: Store, bring: Callable[..., IngestReport]) -> None:
    (folder / "bad.txt").write_bytes(b"\x00\x01\x02" * 100)
    (folder / "dull.txt").write_text("Nothing is asked here.")
    (folder / "broken.md").write_text(OWN_FORM.replace("level: core", "level: easy"))
    report = bring(folder, folder / "gone.txt")
    assert statuses(report) == {
        "gone.txt": "failed",
        "article.md": "added",
        "bad.txt": "failed",
        "broken.md": "failed",
        "dull.txt": "failed",
        "waves.md": "added",
    }
    said = {Path(document.path).name: document.warnings for document in report.documents}
    assert "binary" in said["bad.txt"][0]
    assert "no questions with answers were found" in said["dull.txt"][0]
    assert "broken.md, line 3: `level: easy`" in said["broken.md"][0]
    assert report.failed
    assert report.questions == 3


def test_a_dry_run_reads_and_writes_nothing(folder: Path, store: Store, index: RecordingIndex, bring: Callable[..., IngestReport]) -> None:
    report = bring(folder, dry_run=True)
    assert (set(statuses(report).values()), report.questions) == ({"added"}, 3)
    assert (store.documents(), index.calls) == ([], [])


def test_pruning_removes_what_the_folder_no_longer_holds_and_only_on_request(
    folder: Path, store: Store, index: RecordingIndex, bring: Callable[..., IngestReport]
) -> None:
    bring(folder)
    (folder / "waves.md").unlink()
    (folder / "article.md").write_bytes(b"\x00\x00")  # cannot be read now, and is still there
    assert statuses(bring(folder)) == {"article.md": "failed"}
    assert len(store.documents("sea")) == 2
    report = bring(folder, prune=True)
    assert statuses(report) == {"article.md": "failed", "waves.md": "removed"}
    assert [row.name for row in store.documents("sea")] == ["article.md"]
    assert index.calls[-1] == ("remove", "waves.md")


def test_pruning_without_a_folder_and_with_an_empty_one_is_refused(
    folder: Path, tmp_path: Path, store: Store, bring: Callable[..., IngestReport]
) -> None:
    with pytest.raises(UsageError, match="needs a folder"):
        bring(folder / "waves.md", prune=True)
    bring(folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no document"):
        bring(tmp_path / "empty", prune=True)
    assert len(store.documents("sea")) == 2


def test_two_files_of_one_name_are_not_mixed_up(folder: Path, tmp_path: Path, bring: Callable[..., IngestReport]) -> None:
    (tmp_path / "waves.md").write_text(OWN_FORM)
    report = bring(folder / "waves.md", tmp_path / "waves.md", folder / "waves.md")
    assert sorted(document.status for document in report.documents) == ["added", "failed"]


def test_progress_tells_documents_and_questions_and_ends_at_the_end(folder: Path, bring: Callable[..., IngestReport]) -> None:
    steps: list[Progress] = []
    bring(folder, progress=steps.append)
    assert [(step.document, step.part, step.parts) for step in steps if step.parts] == [("article.md", 0, 2), ("article.md", 1, 2)]
    assert (steps[-1].done, steps[-1].total) == (2, 2)


@pytest.mark.parametrize("calls", [0, 2])
def test_work_can_be_stopped_between_documents_and_between_questions(
    folder: Path, store: Store, bring: Callable[..., IngestReport], calls: int
) -> None:
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > calls

    with pytest.raises(Cancelled):
        bring(folder, cancelled=cancelled)
    assert store.documents() == []


def test_a_bank_needs_a_name_without_a_slash(folder: Path, store: Store, index: RecordingIndex) -> None:
    with pytest.raises(UsageError, match="cannot be called"):
        ingest([folder], bank="a/b", store=store, index=index, settings=Settings())


def test_a_folder_names_its_bank_and_single_files_do_not(folder: Path) -> None:
    assert default_bank([folder]) == "sea"
    assert default_bank([folder / "waves.md"]) == "own"


def test_the_bundled_corpus_is_a_bank_for_each_folder_and_imports_once(
    tmp_path: Path, folder: Path, store: Store, index: RecordingIndex
) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    folder.rename(corpus / "sea")
    (sea,) = import_corpus(corpus, store, index)
    assert [(document.status, Path(document.path).name) for document in sea.documents] == [("failed", "article.md"), ("added", "waves.md")]
    index.calls.clear()
    (again,) = import_corpus(corpus, store, index)
    assert again.documents[-1] == DocumentReport(path=sea.documents[-1].path, status="unchanged", questions=1, passages=1)
    assert index.calls == []


def test_a_later_corpus_brings_what_is_new_and_leaves_what_somebody_changed_or_removed(
    tmp_path: Path, store: Store, index: RecordingIndex
) -> None:
    bank, mine = tmp_path / "corpus" / "sea", tmp_path / "mine"
    bank.mkdir(parents=True)
    mine.mkdir()
    for name in ("kept", "changed", "removed"):
        (bank / f"{name}.md").write_text(OWN_FORM.replace("a wave", f"a {name} wave"))
    import_corpus(bank.parent, store, index)
    (mine / "changed.md").write_text(OWN_FORM.replace("a wave", "a wave of mine"))
    ingest([mine / "changed.md"], bank="sea", store=store, index=index, settings=Settings())
    store.remove_document("sea", "removed.md")
    for name in ("kept", "changed", "removed", "new"):
        (bank / f"{name}.md").write_text(OWN_FORM.replace("a wave", f"a later {name} wave"))
    import_corpus(bank.parent, store, index)
    assert {question.id: question.text for question in store.questions("sea")} == {
        "kept": "What makes a later kept wave?",
        "changed": "What makes a wave of mine?",
        "new": "What makes a later new wave?",
    }


def test_a_bundled_question_makes_way_for_one_of_the_same_id(tmp_path: Path, store: Store, index: RecordingIndex) -> None:
    bank, mine = tmp_path / "corpus" / "sea", tmp_path / "mine"
    bank.mkdir(parents=True)
    (mine / "deep").mkdir(parents=True)
    (mine / "deep" / "waves.md").write_text(OWN_FORM)
    (bank / "waves.md").write_text(OWN_FORM.replace("a wave", "our wave"))
    ingest([mine], bank="sea", store=store, index=index, settings=Settings())
    import_corpus(bank.parent, store, index)
    assert "waves" in {question.id for question in store.questions("sea") if question.text == "What makes a wave?"}
