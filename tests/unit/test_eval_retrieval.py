"""Rankings and collections: what is read, and what the measures make of a known ranking."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from coach.domain import Passage
from coach.errors import DocumentError
from coach.settings import Settings
from coach.wiring import Coach
from eval.bench import Outcome
from eval.collection import Collection, CollectionRow, passage_of, relevant_in
from eval.ranking import Ranked, ranking_figures
from eval.retrieval import EVERY_BANK, SETS, WITHOUT_ANSWER, Retrieval, Searched
from eval.searching import SYSTEMS, MemoryIndex

CORPUS = """{"doc_id": "a", "title": "Tides", "text": "The moon pulls the sea."}
{"doc_id": "b", "title": "", "text": "Bread rises by yeast."}
"""
QUERIES = """{"query_id": "1", "text": "why does the sea rise"}
{"query_id": "2", "text": "nothing answers this"}
"""


def folder(tmp_path: Path, qrels: str = "query_id\tdoc_id\trel\n1\ta\t2\n2\ta\t0\n") -> Path:
    place = tmp_path / "Own Notes"
    place.mkdir()
    for name, text in (("corpus.jsonl", CORPUS), ("queries.jsonl", QUERIES), ("qrels.tsv", qrels)):
        (place / name).write_text(text, encoding="utf-8")
    return place


def test_a_known_ranking_has_known_figures() -> None:
    ranked = [
        Ranked("1", ["x", "gold"], {"gold": 1}),
        Ranked("2", ["gold"], {"gold": 1}),
        Ranked("3", [], {"gold": 1}),
        Ranked("4", [f"x{number}" for number in range(10)] + ["gold"], {"gold": 1}),
    ]
    figures = {name: metric.value for name, metric in ranking_figures(ranked).items()}
    assert figures["recall@1"] == 0.25
    assert figures["recall@5"] == figures["recall@10"] == 0.5
    assert figures["mrr@10"] == pytest.approx((1 / 2 + 1) / 4)
    assert figures["ndcg@10"] == pytest.approx((1 / 1.5849625 + 1) / 4)


def test_of_several_relevant_documents_all_are_wanted_the_more_relevant_first() -> None:
    relevant = {"good": 2, "fair": 1}
    best = ranking_figures([Ranked("1", ["good", "fair"], relevant)])
    other = ranking_figures([Ranked("1", ["fair", "good"], relevant)], "dense")
    assert best["recall@1"].value == 0.5
    assert best["ndcg@10"].value == 1
    assert 0.5 < other["dense.ndcg@10"].value < 1


def test_a_collection_has_a_case_for_each_query_that_something_is_relevant_to(tmp_path: Path) -> None:
    collection = Collection(Coach(Settings(home=tmp_path / "home", llm="none")), folder(tmp_path))
    assert collection.name == "retrieval-own-notes"
    assert [(case.id, case.content) for case in collection.cases()] == [("1", {"query": "why does the sea rise"})]


def test_a_title_is_read_with_its_text_but_not_twice() -> None:
    assert passage_of(CollectionRow(doc_id="a", title="Spring_tide", text="It is high.")).text == "Spring tide\nIt is high."
    assert passage_of(CollectionRow(doc_id="a", title="spring tide", text="spring tide is high")).text == "spring tide is high"


def test_a_collection_that_is_not_whole_says_what_is_off(tmp_path: Path) -> None:
    coach, place = Coach(Settings(home=tmp_path / "home", llm="none")), folder(tmp_path, "query_id\tdoc_id\trel\n1\ta\tvery\n")
    with pytest.raises(DocumentError, match="line 2"):
        relevant_in(place / "qrels.tsv")
    (place / "qrels.tsv").write_bytes(b"query_id\tdoc_id\trel\n1\t\xff\t1\n")
    with pytest.raises(DocumentError, match=r"qrels\.tsv cannot be read"):
        relevant_in(place / "qrels.tsv")
    (place / "queries.jsonl").unlink()
    with pytest.raises(DocumentError, match=r"lacks queries\.jsonl"):
        Collection(coach, place)


def test_a_document_that_lacks_a_field_is_named_by_file_line_and_field(tmp_path: Path) -> None:
    coach, place = Coach(Settings(home=tmp_path / "home", llm="none")), folder(tmp_path)
    (place / "corpus.jsonl").write_text(CORPUS + '\n{"doc_id": "c", "title": "No text"}\n', encoding="utf-8")
    with pytest.raises(DocumentError, match=r"corpus\.jsonl, line 4: text: Field required"):
        Collection(coach, place)


def test_a_collection_without_a_judged_query_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="nothing to measure"):
        Collection(Coach(Settings(home=tmp_path / "home", llm="none")), folder(tmp_path, "query_id\tdoc_id\trel\n1\ta\t0\n"))


def test_our_queries_are_measured_set_by_set_and_those_without_an_answer_by_how_close_the_best_hit_is(tmp_path: Path) -> None:
    coach = Coach(Settings(home=tmp_path, llm="none"))
    bench = Retrieval(coach)
    cases = bench.cases()
    assert len({case.id for case in cases}) == len(cases)
    assert not any("question_id" in case.content for case in cases)
    wanted = {case.id: case.group.partition("/")[2] for case in cases}
    outcomes = []
    for case in cases:
        unanswered = case.content["set"] == WITHOUT_ANSWER
        place = 1 if case.content["set"] == EVERY_BANK else 0
        found = ["other"] * place + [wanted[case.id]]
        values = Searched(closest=0.5) if unanswered else Searched(found=dict.fromkeys(SYSTEMS, tuple(found)), closest=0.8)
        outcomes.append(bench.labelled(case, Outcome(id=case.id, values=values.model_dump(mode="json"))))
    figures = {name: metric.value for name, metric in bench.measure(cases, outcomes).items()}
    assert figures[f"{SETS[0]}.recall@1"] == figures["answers.bm25.recall@1"] == 1
    assert (figures[f"{EVERY_BANK}.dense.recall@1"], figures[f"{EVERY_BANK}.unseen.mrr@10"]) == (0, 0.5)
    assert figures[f"{WITHOUT_ANSWER}.refused_at_95_kept_of.{EVERY_BANK}"] == 1
    assert outcomes[0].reason == f"{wanted[cases[0].id]} is in place 1."
    coach.close()


class Letters:
    """A direction for each letter."""

    version, dimensions = "letters", 26

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, query: str) -> NDArray[np.float32]:
        counts = np.array([query.count(chr(97 + number)) for number in range(26)], dtype=np.float32)
        return counts / np.linalg.norm(counts)


def test_an_index_in_memory_finds_the_nearest_and_keeps_to_its_bank(tmp_path: Path) -> None:
    texts = {"1": "aaab", "2": "bbb", "3": "ccc"}
    entries = [Passage(id=id, bank="other" if id == "2" else "own", document="d", text=text) for id, text in texts.items()]
    index, embedder = MemoryIndex(Settings(home=tmp_path, llm="none"), Letters(), entries), Letters()
    found = index.query(embedder.embed_query("b"), 2)
    assert [one.passage.id for one in found] == ["2", "1"]
    assert found[0].cosine == pytest.approx(1)
    assert [one.passage.id for one in index.query(embedder.embed_query("b"), 5, "own")] == ["1", "3"]
