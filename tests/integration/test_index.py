"""The vector index on a real disk: what it holds, who may write, and how it recovers."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from libraries import ROOT, WordEmbedder, bge, document

from coach.errors import IndexingError
from coach.index import Index
from coach.settings import Settings

DROPOUT, MOMENTUM = "It switches units off at random.", "It averages past gradients."
NOTES = document(dropout=DROPOUT, momentum=MOMENTUM)
OTHER = document("more.md", pooling="It makes the map smaller.")

Open = Callable[..., Index]


@pytest.fixture
def open_index(tmp_path: Path) -> Iterator[Open]:
    """Opens indexes of one home, and closes what the test left open."""
    opened: list[Index] = []

    def open_one(embedder: object | None = None) -> Index:
        opened.append(Index(Settings(home=tmp_path), embedder or WordEmbedder()))  # type: ignore[arg-type]
        return opened[-1]

    yield open_one
    for index in opened:
        index.close()


def found(index: Index, query: str, k: int = 10, bank: str | None = None) -> list[str]:
    return [hit.passage.text for hit in index.query(WordEmbedder().embed_query(query), k, bank)]


def other_process(home: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run code in another process that has `index` and `document` at hand."""
    start = (
        "import sys\nfrom pathlib import Path\nfrom libraries import WordEmbedder, document\nfrom coach.errors import CoachError\n"
        "from coach.index import Index\nfrom coach.settings import Settings\n"
        "index = Index(Settings(home=Path(sys.argv[1])), WordEmbedder())\n"
    )
    paths = [str(ROOT), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return subprocess.run(
        [sys.executable, "-c", start + code, str(home)], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_an_empty_library_is_searched_without_a_trace_on_the_disk(open_index: Open, tmp_path: Path) -> None:
    index = open_index()
    assert found(index, "dropout") == []
    assert index.manifest() is None
    assert not index.missing([])
    assert not any(tmp_path.iterdir())


def test_what_was_added_is_found_nearest_first_and_in_its_bank_only(open_index: Open) -> None:
    index = open_index()
    index.sync([NOTES, document("x.md", "other", batching="Units are random there too.")])
    assert found(index, "units switched off at random")[0] == DROPOUT
    assert found(index, "averages past gradients", 1) == [MOMENTUM]
    assert set(found(index, "units random", 10, "other")) == {"What is batching?", "Units are random there too."}
    assert found(index, "units random", 10, "nowhere") == []


def test_a_replaced_document_loses_what_it_no_longer_holds_and_embeds_only_what_is_new(open_index: Open) -> None:
    embedder = WordEmbedder()
    index = open_index(embedder)
    index.sync([NOTES, OTHER])
    embedder.texts.clear()
    assert index.replace_document(document(dropout=DROPOUT, adam="It scales each step.")) == 2
    assert sorted(embedder.texts) == ["What is adam?", "What is adam?\nIt scales each step."]
    assert MOMENTUM not in found(index, "averages past gradients")
    assert {DROPOUT, "It scales each step.", "It makes the map smaller."} <= set(found(index, "what"))


def test_a_removed_document_is_not_found_again(open_index: Open) -> None:
    index = open_index()
    index.sync([NOTES, OTHER])
    index.remove_document("ml", "notes.md")
    assert sorted(found(index, "units")) == ["It makes the map smaller.", "What is pooling?"]
    manifest = index.manifest()
    assert manifest is not None
    assert manifest.documents == {"ml/more.md": OTHER.sha256}


def test_the_manifest_says_what_the_index_was_made_from(open_index: Open) -> None:
    index = open_index()
    index.sync([NOTES])
    first = index.manifest()
    assert first is not None
    assert (first.embedder, first.documents) == ("words-1", {"ml/notes.md": NOTES.sha256})
    index.replace_document(OTHER)
    second = index.manifest()
    assert second is not None
    assert second.generation > first.generation
    assert not index.missing([("ml", "notes.md", NOTES.sha256), ("ml", "more.md", OTHER.sha256)])
    assert index.missing([("ml", "notes.md", NOTES.sha256)])
    assert index.missing([("ml", "notes.md", "f" * 64), ("ml", "more.md", OTHER.sha256)])


def test_an_unchanged_library_embeds_nothing_when_it_is_opened_again(open_index: Open) -> None:
    first = open_index()
    first.sync([NOTES, OTHER])
    first.close()
    embedder = WordEmbedder()
    again = open_index(embedder)
    assert not again.missing([("ml", "notes.md", NOTES.sha256), ("ml", "more.md", OTHER.sha256)])
    assert again.sync([NOTES, OTHER]) == 0
    assert embedder.texts == []
    assert again.notices == []


def test_a_sync_takes_only_the_documents_that_changed_and_tells_how_far_it_is(open_index: Open) -> None:
    embedder, steps = WordEmbedder(), []
    index = open_index(embedder)
    index.sync([NOTES, OTHER], lambda done, total: steps.append((done, total)))
    assert steps == [(1, 2), (2, 2)]
    embedder.texts.clear()
    assert index.sync([NOTES, OTHER]) == 0
    assert index.sync([OTHER]) == 0
    assert embedder.texts == []
    assert MOMENTUM not in found(index, "gradients")


def test_another_embedders_vectors_are_made_again_and_that_is_said(open_index: Open) -> None:
    before = open_index()
    before.sync([NOTES])
    before.close()
    other = WordEmbedder("words-2")
    index = open_index(other)
    assert index.missing([("ml", "notes.md", NOTES.sha256)])
    assert index.sync([NOTES]) == len(other.texts) == 4
    assert len(index.notices) == 1
    assert "words-1" in index.notices[0]
    assert "words-2" in index.notices[0]
    assert found(index, "switches units off")[0] == DROPOUT


@pytest.mark.parametrize("damage", [b"", b"not a database" * 1000])
def test_a_damaged_index_is_made_again_from_the_library(open_index: Open, tmp_path: Path, damage: bytes) -> None:
    before = open_index()
    before.sync([NOTES])
    before.close()
    (tmp_path / "index" / "chroma.sqlite3").write_bytes(damage)
    index = open_index()
    index.sync([NOTES, OTHER])
    assert found(index, "switches units off")[0] == DROPOUT
    if damage:  # an emptied file is a fresh database, and needs no word
        assert "nothing is lost" in index.notices[0]


def test_a_reader_of_a_damaged_index_is_told_what_to_do(open_index: Open, tmp_path: Path) -> None:
    before = open_index()
    before.sync([NOTES])
    before.close()
    (tmp_path / "index" / "chroma.sqlite3").write_bytes(b"not a database" * 1000)
    with pytest.raises(IndexingError, match="coach ingest"):
        found(open_index(), "dropout")


def test_a_second_writer_is_refused_and_told_its_ways_out(open_index: Open, tmp_path: Path) -> None:
    index = open_index()
    index.sync([NOTES])
    code = "try:\n    index.sync([document(adam='It scales.')])\nexcept CoachError as error:\n    print(type(error).__name__, error)\n"
    refused = other_process(tmp_path, code)
    assert refused.stdout.startswith("IndexBusyError"), refused.stderr
    for way in ("Library tab", "stop it", "COACH_CHROMA_URL"):
        assert way in refused.stdout
    assert DROPOUT in found(index, "switches units off")
    index.close()
    assert other_process(tmp_path, "print(index.sync([document(adam='It scales.')]))\nindex.close()").stdout.strip() == "2"


def test_a_reader_in_another_process_needs_no_lock(open_index: Open, tmp_path: Path) -> None:
    open_index().sync([NOTES])
    seen = other_process(tmp_path, "print(sorted(index.manifest().documents))\nindex.close()")
    assert seen.stdout.strip() == "['ml/notes.md']", seen.stderr


def test_a_reader_sees_what_another_process_wrote_once_it_reopens(open_index: Open, tmp_path: Path) -> None:
    writer = open_index()
    writer.sync([NOTES])
    writer.close()
    reader = open_index()
    before = reader.manifest()
    assert found(reader, "makes map smaller", 1) != ["It makes the map smaller."]
    code = "index.replace_document(document('more.md', pooling='It makes the map smaller.'))\nindex.close()\nprint('done')"
    assert other_process(tmp_path, code).stdout.strip() == "done"
    after = reader.manifest()
    assert before is not None
    assert after is not None
    assert after.generation > before.generation
    reader.reopen()
    assert found(reader, "makes map smaller", 1) == ["It makes the map smaller."]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files in /proc")
def test_twenty_changes_and_reopenings_leave_no_open_files_behind(open_index: Open) -> None:
    index = open_index()
    index.sync([NOTES])

    def turn(number: int) -> int:
        index.replace_document(document(dropout=f"{DROPOUT} Round {number}."))
        index.reopen()
        assert found(index, f"round {number}")
        return len(os.listdir("/proc/self/fd"))

    counts = [turn(number) for number in range(20)]
    assert counts[-1] <= counts[1] + 5, counts


@pytest.mark.model
def test_the_embedder_that_ships_finds_a_question_in_other_words(open_index: Open) -> None:
    index = open_index(bge())
    index.sync([NOTES, OTHER])
    hits = index.query(bge().embed_query("Which technique turns neurons off randomly?"), 3)
    assert hits[0].passage.question_id == "dropout"
    assert 0.5 < hits[0].cosine <= 1.0
