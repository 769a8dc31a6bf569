"""Whether a search in other words finds the question that it means: recall@k and MRR over a library's questions."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np

from coach.domain import Hit
from coach.errors import UsageError
from coach.retrieve import Retriever
from coach.wiring import Coach
from eval.cases import DATA, Query, labelled_answers, queries, rows
from eval.metrics import Metric, by_question

SETS = ("deep-learning-questions", "deep-learning-paraphrases")  # written for the article's forty topics
EVERY_BANK = "banks-paraphrases"  # three for each question of the bundled corpus
WITHOUT_ANSWER, KEPT = "without-answer", 0.95
AS_QUERIES = 60  # labelled answers that are searched for as they stand
SPEAKING = ("full", "other_words", "spoken")
SYSTEMS = {"bm25": 0.0, "dense": 1.0, "fused": 0.7}  # the share of the dense score; what ships also reads the best hits token by token
DEPTH = 10
ARTICLE_BANK = "eval-article"


def run(coach: Coach, article: Path | None = None) -> dict[str, Metric]:
    """Recall@1, recall@5, MRR@10 and nDCG@10 on our corpus, and on an article's own questions when one is given.

    Each query is searched for in its bank. The set that covers every bank, and answers that stand for queries, are measured by BM25 alone,
    by the dense scores alone, fused, and as it ships: fused, and the best read again token by token. The article must be the one that
    the queries' numbers are about, in order. It is ingested into a bank of its own. Raises UsageError when it has another number of
    questions.
    """
    metrics: dict[str, Metric] = {}
    for name in SETS:
        cases = queries(name)
        metrics |= _measured(coach.retriever, name, cases, [case.question_id for case in cases])
    for name, cases in ((EVERY_BANK, queries(EVERY_BANK)), ("answers", _answers())):
        wanted = [case.question_id for case in cases]
        for system, weight in SYSTEMS.items():
            retriever = Retriever(coach.store, coach.index, coach.encoders.embedder, weight)
            metrics |= _measured(retriever, f"{name}.{system}", cases, wanted)
        metrics |= _measured(coach.retriever, name, cases, wanted)
    unseen = [case for case in queries(EVERY_BANK) if _unseen(case)]
    metrics |= _measured(coach.retriever, f"{EVERY_BANK}.unseen", unseen, [case.question_id for case in unseen])
    metrics |= _refused(coach)
    if article is not None:
        ids = _article_ids(coach, article)
        for name in SETS:
            cases = [case.model_copy(update={"bank": ARTICLE_BANK}) for case in queries(name)]
            metrics |= _measured(coach.retriever, f"article-{name}", cases, [ids[(case.article or 0) - 1] for case in cases])
    return metrics


def _unseen(case: Query) -> bool:
    """Whether a query's question is of the half that had no part when the rule of reading again was chosen."""
    return zlib.crc32(f"{case.bank}/{case.question_id}".encode()) % 2 == 1


def _answers() -> list[Query]:
    """Good answers of the test split, each to another question as long as there are some: what was said finds what was asked."""
    found: dict[str, list[Query]] = {}
    for case in labelled_answers("test"):
        if case.kind in SPEAKING:
            query = Query(query=case.answer, question_id=case.question_id, bank=case.bank)
            found.setdefault(f"{case.bank}/{case.question_id}", []).append(query)
    turns = zip_longest(*found.values())
    return [query for turn in turns for query in turn if query is not None][:AS_QUERIES]


def _refused(coach: Coach) -> dict[str, Metric]:
    """The share of queries without an answer in any bank that are refused when 95 in 100 of those with one are kept.

    A query is refused when the cosine of its best hit over all banks is below a line: one from the queries that share few words with
    what they mean, and one from the plainer ones.
    """

    def best(query: str) -> float:
        return max((hit.dense for hit in coach.retriever.search(query, DEPTH)), default=0.0)

    unanswered = [str(row["query"]) for row in rows(DATA / "queries" / f"{WITHOUT_ANSWER}.jsonl")]
    cosines = np.array([best(query) for query in unanswered])
    metrics = {}
    for name in (EVERY_BANK, SETS[0]):
        line = float(np.quantile([best(case.query) for case in queries(name)], 1 - KEPT))
        refused = cosines < line
        metrics[f"{WITHOUT_ANSWER}.refused_at_95_kept_of.{name}"] = by_question(lambda i, r=refused: float(r[i].mean()), unanswered)  # type: ignore[misc]
    return metrics


def _article_ids(coach: Coach, article: Path) -> list[str]:
    from coach.bank.ingest import ingest

    ingest([article], bank=ARTICLE_BANK, store=coach.store, index=coach.index, settings=coach.settings)
    ids = [question.id for question in coach.store.questions(ARTICLE_BANK)]
    wanted = max(case.article or 0 for name in SETS for case in queries(name))
    if len(ids) != wanted:
        raise UsageError(f"{article.name} gave {len(ids)} questions; the queries are about an article with {wanted}.")
    return ids


def _measured(retriever: Retriever, name: str, cases: Sequence[Query], wanted: Sequence[str]) -> dict[str, Metric]:
    ranks = [_rank(retriever.search(case.query, DEPTH, case.bank), gold) for case, gold in zip(cases, wanted, strict=True)]
    place = np.array(ranks, dtype=float)
    return {
        f"{name}.recall@1": by_question(lambda i: float((place[i] <= 1).mean()), wanted),
        f"{name}.recall@5": by_question(lambda i: float((place[i] <= 5).mean()), wanted),
        f"{name}.mrr@10": by_question(lambda i: float((1 / place[i]).mean()), wanted),
        f"{name}.ndcg@10": by_question(lambda i: float((1 / np.log2(1 + place[i])).mean()), wanted),  # one passage of each is relevant
    }


def _rank(hits: Sequence[Hit], wanted: str) -> float:
    """The rank of the wanted question, infinite when it is not among the hits."""
    return next((float(hit.rank) for hit in hits if hit.passage.question_id == wanted), float("inf"))
