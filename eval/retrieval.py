"""Whether a search in other words finds the question that it means: recall@k and MRR over a library's questions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coach.domain import Hit
from coach.errors import UsageError
from coach.wiring import Coach
from eval.cases import Query, queries
from eval.metrics import Metric, by_question

SETS = ("deep-learning-questions", "deep-learning-paraphrases")
DEPTH = 10
ARTICLE_BANK = "eval-article"


def run(coach: Coach, article: Path | None = None) -> dict[str, Metric]:
    """Recall@1, recall@5 and MRR@10 on our corpus, and on an article's own questions when one is given.

    The article must be the one that the queries' numbers are about: forty questions in its order. It is ingested into a bank of its
    own. Raises UsageError when it has another number of questions.
    """
    metrics: dict[str, Metric] = {}
    for name in SETS:
        cases = queries(name)
        metrics |= _measured(coach, name, "deep-learning", cases, [case.question_id for case in cases])
    if article is not None:
        ids = _article_ids(coach, article)
        for name in SETS:
            cases = queries(name)
            metrics |= _measured(coach, f"article-{name}", ARTICLE_BANK, cases, [ids[case.article - 1] for case in cases])
    return metrics


def _article_ids(coach: Coach, article: Path) -> list[str]:
    from coach.bank.ingest import ingest

    ingest([article], bank=ARTICLE_BANK, store=coach.store, index=coach.index, settings=coach.settings)
    ids = [question.id for question in coach.store.questions(ARTICLE_BANK)]
    wanted = max(case.article for name in SETS for case in queries(name))
    if len(ids) != wanted:
        raise UsageError(f"{article.name} gave {len(ids)} questions; the queries are about an article with {wanted}.")
    return ids


def _measured(coach: Coach, name: str, bank: str, cases: Sequence[Query], wanted: Sequence[str]) -> dict[str, Metric]:
    ranks = [_rank(coach.retriever.search(case.query, DEPTH, bank), gold) for case, gold in zip(cases, wanted, strict=True)]
    place = np.array(ranks, dtype=float)
    return {
        f"{name}.recall@1": by_question(lambda i: float((place[i] <= 1).mean()), wanted),
        f"{name}.recall@5": by_question(lambda i: float((place[i] <= 5).mean()), wanted),
        f"{name}.mrr@10": by_question(lambda i: float((1 / place[i]).mean()), wanted),
    }


def _rank(hits: Sequence[Hit], wanted: str) -> float:
    """The rank of the wanted question, infinite when it is not among the hits."""
    return next((float(hit.rank) for hit in hits if hit.passage.question_id == wanted), float("inf"))
