"""Whether a search in other words finds the question that it means: recall@k, MRR and nDCG over a library's questions."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np
from pydantic import Field, JsonValue

from coach.bank.document import load_document
from coach.domain import Document, Frozen
from coach.errors import UsageError
from coach.index import entries_of
from coach.models.catalogue import load_catalogue
from coach.retrieve import Retriever
from coach.wiring import Coach
from eval.about import corpus_of
from eval.bench import Benchmark, Case, Options, Outcome
from eval.cases import DATA, Query, labelled_answers, queries, rows
from eval.collection import Collection
from eval.metrics import Metric, by_question
from eval.ranking import DEPTH, Ranked, ranking_figures
from eval.searching import SHIPPED, SOURCES, SYSTEMS, FixedLibrary, MemoryIndex, named, retrievers
from eval.versions import source_version

SETS = ("deep-learning-questions", "deep-learning-paraphrases")  # written for the article's forty topics
EVERY_BANK = "banks-paraphrases"  # three for each question of the bundled corpus
ANSWERS = "answers"  # labelled answers that are searched for as they stand
AS_QUERIES = 60  # of those
SPEAKING = ("full", "other_words", "spoken")
WITHOUT_ANSWER, KEPT = "without-answer", 0.95
COMPARED = (EVERY_BANK, ANSWERS)  # by every way to search; the others as it ships
CLOSEST = (EVERY_BANK, SETS[0], WITHOUT_ANSWER)  # searched for over all banks as well
ARTICLE_BANK = "eval-article"


class Searched(Frozen):
    """The `values` of a query: the questions that each way to search found, best first, and the cosine of the best hit over all banks."""

    found: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    closest: float | None = None


class Retrieval(Benchmark):
    """Our queries, each searched for in its bank, and with an article its own questions as well.

    The set that covers every bank, and answers that stand for queries, are searched for by BM25 alone, by the dense scores alone, fused,
    and as it ships: fused, and the best read again token by token.
    """

    name = "retrieval"

    def __init__(self, coach: Coach, article: Path | None = None) -> None:
        """The article must be the one that the queries' numbers are about, in order. Raises DocumentError, UsageError."""
        self._coach = coach
        self._article = None if article is None else _read(coach, article)
        settings, catalogue = coach.settings, load_catalogue()
        embedder = catalogue.find(settings.embedder).version
        self.versions = {"model": None, "prompt": None, "calibration": None, "embedder": embedder}
        self.version = "-".join((
            source_version(*SOURCES, "eval.searching", "eval.retrieval"), embedder, catalogue.default("tokens").version,
            f"{settings.dense_weight:g}", corpus_of(coach.store), self._article.sha256[:12] if self._article else "",
        ))  # fmt: skip
        self._wanted: dict[str, str] = {}  # by a case's id the id of the question that it means
        self._retrievers: dict[str, Retriever] = {}
        self._in_article: Retriever | None = None

    def prepare(self) -> None:
        """Make every way to search; the article is embedded in memory."""
        coach = self._coach
        self._retrievers = retrievers(coach.store, coach.index, coach.encoders, coach.settings.dense_weight)
        if self._article is not None:
            index = MemoryIndex(coach.settings, coach.encoders.embedder, entries_of(self._article))
            others = [document for document in coach.store.all_documents() if document.bank != ARTICLE_BANK]
            library = FixedLibrary([*others, self._article])  # words are as rare as in the whole library
            self._in_article = retrievers(library, index, coach.encoders, coach.settings.dense_weight)[SHIPPED]

    def cases(self) -> Sequence[Case]:
        """Set by set."""
        cases = [self._case(name, number, query) for name in (*SETS, EVERY_BANK) for number, query in enumerate(queries(name), 1)]
        cases += [self._case(ANSWERS, number, query) for number, query in enumerate(_answers(), 1)]
        if self._article is not None:
            ids = [question.id for question in self._article.questions]
            for name in SETS:
                for number, query in enumerate(queries(name), 1):
                    own = query.model_copy(update={"bank": ARTICLE_BANK, "question_id": ids[(query.article or 0) - 1]})
                    cases.append(self._case(f"article-{name}", number, own))
        for number, row in enumerate(rows(DATA / "queries" / f"{WITHOUT_ANSWER}.jsonl"), 1):
            content: dict[str, JsonValue] = {"set": WITHOUT_ANSWER, "query": str(row["query"]), "bank": None}
            cases.append(Case(id=f"{WITHOUT_ANSWER}/{number}", group=str(row["query"]), content=content))
        return cases

    def run(self, case: Case) -> Outcome:
        """Search in each way that the set is for."""
        name, query = str(case.content["set"]), str(case.content["query"])
        bank = None if case.content["bank"] is None else str(case.content["bank"])
        if bank == ARTICLE_BANK and self._in_article is not None:
            values = Searched(found={SHIPPED: _ids(self._in_article, query, bank)})
        else:
            systems = SYSTEMS if name in COMPARED else (SHIPPED,) if bank else ()
            values = Searched(
                found={system: _ids(self._retrievers[system], query, bank) for system in systems},
                closest=self._closest(query) if name in CLOSEST else None,
            )
        return Outcome(id=case.id, values=values.model_dump(mode="json"))

    def labelled(self, case: Case, outcome: Outcome) -> Outcome:
        """With the place of the question that was meant, in words."""
        if outcome.error is not None:
            return outcome
        values, wanted = Searched.model_validate(outcome.values), self._wanted.get(case.id)
        if wanted is None:
            return outcome.model_copy(update={"reason": f"No bank answers it; the best hit has a cosine of {values.closest}."})
        found = values.found[SHIPPED]
        place = f"in place {found.index(wanted) + 1}" if wanted in found else f"not among the first {DEPTH}"
        return outcome.model_copy(update={"reason": f"{wanted} is {place}."})

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """Recall, MRR and nDCG of each set; a query that failed counts as one that found nothing."""
        tried: dict[str, list[tuple[Case, Searched]]] = {}
        for case, outcome in zip(cases, outcomes, strict=True):
            tried.setdefault(str(case.content["set"]), []).append((case, Searched.model_validate(outcome.values)))
        metrics: dict[str, Metric] = {}
        for name, searched in tried.items():
            if name == WITHOUT_ANSWER:
                continue
            for system in SYSTEMS if name in COMPARED else (SHIPPED,):
                metrics |= self._figures(searched, system, named(name, system))
        if unseen := [(case, values) for case, values in tried.get(EVERY_BANK, []) if _unseen(case)]:
            metrics |= self._figures(unseen, SHIPPED, f"{EVERY_BANK}.unseen")
        return metrics | _refused(tried)

    def _case(self, set_name: str, number: int, query: Query) -> Case:
        case = Case(
            id=f"{set_name}/{number}",
            group=f"{query.bank}/{query.question_id}",
            content={"set": set_name, "query": query.query, "bank": query.bank},
        )
        self._wanted[case.id] = query.question_id
        return case

    def _figures(self, tried: Sequence[tuple[Case, Searched]], system: str, of: str) -> dict[str, Metric]:
        ranked = [Ranked(case.group, values.found.get(system, ()), {self._wanted[case.id]: 1}) for case, values in tried]
        return ranking_figures(ranked, of)

    def _closest(self, query: str) -> float:
        return max((hit.dense for hit in self._retrievers[SHIPPED].search(query, DEPTH)), default=0.0)


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """Each collection that is given, else our own queries. Raises DocumentError, UsageError."""
    folders = [path for path in options.data if path.is_dir()]
    return [Collection(coach, folder) for folder in folders] or [Retrieval(coach, options.article)]


def _refused(tried: dict[str, list[tuple[Case, Searched]]]) -> dict[str, Metric]:
    """The share of queries without an answer in any bank that are refused when 95 in 100 of those with one are kept.

    A query is refused when the cosine of its best hit over all banks is below a line: one from the queries that share few words with
    what they mean, and one from the plainer ones. One that failed was not refused.
    """
    unanswered = tried.get(WITHOUT_ANSWER, [])
    cosines = np.array([np.inf if values.closest is None else values.closest for _, values in unanswered])
    metrics = {}
    for name in (EVERY_BANK, SETS[0]):
        kept = [values.closest for _, values in tried.get(name, []) if values.closest is not None]
        if kept and unanswered:
            refused = cosines < float(np.quantile(kept, 1 - KEPT))
            asked = [case.group for case, _ in unanswered]
            metrics[f"{WITHOUT_ANSWER}.refused_at_95_kept_of.{name}"] = by_question(lambda i, r=refused: float(r[i].mean()), asked)  # type: ignore[misc]
    return metrics


def _unseen(case: Case) -> bool:
    """Whether a query's question is of the half that had no part when the rule of reading again was chosen."""
    return zlib.crc32(case.group.encode()) % 2 == 1


def _answers() -> list[Query]:
    """Good answers of the test split, each to another question as long as there are some: what was said finds what was asked."""
    found: dict[str, list[Query]] = {}
    for case in labelled_answers("test"):
        if case.kind in SPEAKING:
            query = Query(query=case.answer, question_id=case.question_id, bank=case.bank)
            found.setdefault(f"{case.bank}/{case.question_id}", []).append(query)
    turns = zip_longest(*found.values())
    return [query for turn in turns for query in turn if query is not None][:AS_QUERIES]


def _read(coach: Coach, article: Path) -> Document:
    document = load_document(article, ARTICLE_BANK, coach.settings)
    wanted = max(query.article or 0 for name in SETS for query in queries(name))
    if len(document.questions) != wanted:
        raise UsageError(f"{article.name} gave {len(document.questions)} questions; the queries are about an article with {wanted}.")
    return document


def _ids(retriever: Retriever, query: str, bank: str | None) -> tuple[str, ...]:
    """The ids of the questions that were found, best first."""
    return tuple(hit.passage.question_id or "" for hit in retriever.search(query, DEPTH, bank))
