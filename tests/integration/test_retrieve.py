"""Retrieval with the embedder that ships, over the corpus that ships."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from libraries import ROOT, bge, colbert, document

from coach.bank.document import load_document
from coach.domain import Document
from coach.index import Index
from coach.retrieve import Retriever
from coach.settings import Settings
from eval.cases import queries

pytestmark = pytest.mark.model

BANK = "deep-learning"
ELSEWHERE = document("cooking.md", "kitchen", roux="Flour is cooked in butter.", dropout="A guest who leaves before the dropout dessert.")


class Shelf:
    """A library in memory."""

    def __init__(self, *documents: Document) -> None:
        self.documents, self.moves = list(documents), 1

    def generation(self) -> int:
        return self.moves

    def all_documents(self) -> list[Document]:
        return self.documents


def retriever(home: Path, *documents: Document) -> tuple[Retriever, Shelf, Index]:
    shelf, index = Shelf(*documents), Index(Settings(home=home), bge())
    if documents:
        index.sync(documents)
    return Retriever(shelf, index, bge(), tokens=colbert()), shelf, index


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retriever]:
    home = tmp_path_factory.mktemp("home")
    asked = {case.question_id for case in queries("deep-learning-questions")}
    files = sorted(file for file in (ROOT / "corpus" / BANK).glob("*.md") if file.stem in asked)
    documents = [load_document(file, BANK, Settings(home=home)) for file in files]
    found, _, index = retriever(home, *documents, ELSEWHERE)
    yield found
    index.close()


# Guards below what was measured among the 40 questions that the queries were written for (0.89 and 0.96, 0.64 and 0.86): they notice a
# broken prefix, fusion or index. How much harder it is among the whole bank, which grows, is what `python -m eval retrieval` tells.
@pytest.mark.parametrize(
    ("name", "least_at_1", "least_at_5"), [("deep-learning-questions", 0.8, 0.93), ("deep-learning-paraphrases", 0.6, 0.8)]
)
def test_a_question_in_other_words_finds_its_own(corpus: Retriever, name: str, least_at_1: float, least_at_5: float) -> None:
    cases = queries(name)
    found = [[hit.passage.question_id for hit in corpus.search(case.query, 5, BANK)] for case in cases]
    at_1 = sum(ids[0] == case.question_id for ids, case in zip(found, cases, strict=True)) / len(cases)
    at_5 = sum(case.question_id in ids for ids, case in zip(found, cases, strict=True)) / len(cases)
    assert at_1 >= least_at_1
    assert at_5 >= least_at_5


def test_a_bank_keeps_the_others_out(corpus: Retriever) -> None:
    assert {hit.passage.bank for hit in corpus.search("dropout", 10, "kitchen")} == {"kitchen"}
    assert {hit.passage.bank for hit in corpus.search("dropout", 10, BANK)} == {BANK}
    assert {hit.passage.bank for hit in corpus.search("flour cooked in butter, or dropout in networks", 20)} == {"kitchen", BANK}
    assert corpus.search("dropout", 10, "nowhere") == []


def test_hits_are_ranked_and_a_question_comes_once(corpus: Retriever) -> None:
    hits = corpus.search("what dropout does to units", 10, BANK)
    assert [hit.rank for hit in hits] == list(range(1, 11))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    ids = [hit.passage.question_id for hit in hits]
    assert len(set(ids)) == len(ids)
    assert ids[0] == "dropout"
    assert hits[0].passage.text != hits[0].passage.question  # a passage is shown rather than the question itself
    assert hits == corpus.search("what dropout does to units", 10, BANK)


def test_a_long_list_goes_on_below_what_was_read_token_by_token(corpus: Retriever) -> None:
    hits = corpus.search("what dropout does to units", 35, BANK)
    assert len({hit.passage.question_id for hit in hits}) == 35
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize(("query", "k"), [("", 5), ("  \n", 5), ("dropout", 0), ("dropout", -1)])
def test_nothing_asked_finds_nothing(corpus: Retriever, query: str, k: int) -> None:
    assert corpus.search(query, k) == []


@pytest.mark.parametrize("query", ["zzzz qqqq", "¿?", "训练集", "a" * 20_000])
def test_a_strange_query_is_answered_all_the_same(corpus: Retriever, query: str) -> None:
    assert len(corpus.search(query, 3)) <= 3


def test_for_grading_all_of_the_questions_own_passages_come_first(corpus: Retriever) -> None:
    question = load_document(ROOT / "corpus" / BANK / "dropout.md", BANK, Settings()).questions[0]
    hits = corpus.passages_for(question, "Units are switched off at random, so that they do not co-adapt.", 3)
    own = [hit.passage.question_id == "dropout" for hit in hits]
    assert own == sorted(own, reverse=True)
    assert own.count(False) == 3
    assert own.count(True) >= 1
    assert all(hit.passage.bank == BANK and hit.passage.text != hit.passage.question for hit in hits)
    assert corpus.passages_for(question, " ") == []


def test_an_empty_library_finds_nothing(tmp_path: Path) -> None:
    empty, _, index = retriever(tmp_path)
    assert empty.search("dropout") == []
    index.close()


def test_a_document_that_was_added_is_found_once_the_library_has_moved(tmp_path: Path) -> None:
    found, shelf, index = retriever(tmp_path, ELSEWHERE)
    assert found.search("averages past gradients")[0].passage.bank == "kitchen"
    added = document(momentum="It averages past gradients.")
    index.replace_document(added)
    shelf.documents.append(added)
    shelf.moves += 1
    assert found.search("averages past gradients")[0].passage.question_id == "momentum"
    index.remove_document("ml", "notes.md")
    shelf.documents.remove(added)
    shelf.moves += 1
    assert all(hit.passage.bank == "kitchen" for hit in found.search("averages past gradients"))
    index.close()
