"""Search in a collection of documents, queries and judgements of what is relevant, such as the public test collections."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import JsonValue

from coach.bank.document import slug
from coach.commands.progress import Bars
from coach.domain import Document, Frozen, Passage
from coach.errors import DocumentError
from coach.models.catalogue import load_catalogue
from coach.retrieve import Retriever
from coach.wiring import Coach
from eval.bench import Benchmark, Case, Outcome
from eval.cases import rows_as
from eval.metrics import Metric
from eval.ranking import DEPTH, Ranked, ranking_figures
from eval.searching import SHIPPED, SOURCES, SYSTEMS, FixedLibrary, MemoryIndex, named, retrievers
from eval.versions import source_version

BANK = "collection"
FILES = ("corpus.jsonl", "queries.jsonl", "qrels.tsv")


class CollectionRow(Frozen, extra="ignore"):
    """A document of `corpus.jsonl`."""

    doc_id: str
    title: str = ""
    text: str


class QueryRow(Frozen, extra="ignore"):
    """A query of `queries.jsonl`."""

    query_id: str
    text: str


class Collection(Benchmark):
    """A folder with `corpus.jsonl` (doc_id, title, text), `queries.jsonl` (query_id, text) and `qrels.tsv` (query_id, doc_id, rel).

    Queries are independent of each other, so intervals are drawn by query.
    """

    def __init__(self, coach: Coach, folder: Path) -> None:
        """Read the folder. Raises DocumentError for what is missing or off."""
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise DocumentError(f"{folder} lacks {' and '.join(missing)}. A collection has {', '.join(FILES)}.")
        self.name = f"retrieval-{slug(folder.name)}"
        self._coach = coach
        self._documents = rows_as(CollectionRow, folder / "corpus.jsonl")
        self._queries = rows_as(QueryRow, folder / "queries.jsonl")
        self._relevant = relevant_in(folder / "qrels.tsv")
        if not self._documents or not self.cases():
            raise DocumentError(f"{folder} has nothing to measure: no document, or no query of queries.jsonl that qrels.tsv has one for.")
        settings, catalogue = coach.settings, load_catalogue()
        embedder = catalogue.find(settings.embedder).version
        self.versions = {"model": None, "prompt": None, "calibration": None, "embedder": embedder}
        held = hashlib.sha256((folder / "corpus.jsonl").read_bytes()).hexdigest()[:12]
        self.version = "-".join((
            source_version(*SOURCES, "eval.searching", "eval.collection"), embedder, catalogue.default("tokens").version,
            f"{settings.dense_weight:g}", held,
        ))  # fmt: skip
        self._retrievers: dict[str, Retriever] = {}

    def prepare(self) -> None:
        """Embed the documents, in memory."""
        passages = [passage_of(row) for row in self._documents]
        document = Document(name=self.name, bank=BANK, sha256="", questions=(), passages=tuple(passages))
        encoders, bars = self._coach.encoders, Bars()
        with bars.progress:
            index = MemoryIndex(
                self._coach.settings,
                encoders.embedder,
                passages,
                lambda done, total: bars.show(f"Embedding {self.name}", done, total, counts=True),
            )
        self._retrievers = retrievers(FixedLibrary([document]), index, encoders, self._coach.settings.dense_weight)

    def cases(self) -> Sequence[Case]:
        """Every query for which anything is relevant."""
        return [
            Case(id=query.query_id, group=query.query_id, content={"query": query.text})
            for query in self._queries
            if any(rel > 0 for rel in self._relevant.get(query.query_id, {}).values())
        ]

    def run(self, case: Case) -> Outcome:
        """Search in each way."""
        found: dict[str, JsonValue] = {
            system: [hit.passage.id for hit in retriever.search(str(case.content["query"]), DEPTH)]
            for system, retriever in self._retrievers.items()
        }
        return Outcome(id=case.id, values=found)

    def labelled(self, case: Case, outcome: Outcome) -> Outcome:
        """With what was relevant, in words."""
        if outcome.error is not None:
            return outcome
        relevant = self._relevant[case.id]
        places = [place for place, id in enumerate(_found(outcome, SHIPPED), 1) if relevant.get(id, 0) > 0]
        where = f"the first relevant one in place {places[0]}" if places else "none of them relevant"
        return outcome.model_copy(update={"reason": f"Of the first {DEPTH} documents {len(places)} are relevant, {where}."})

    def measure(self, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
        """Recall, reciprocal rank and nDCG of each way to search; a query that failed counts as 0."""
        metrics: dict[str, Metric] = {}
        for system in SYSTEMS:
            ranked = [
                Ranked(case.group, _found(outcome, system), self._relevant[case.id]) for case, outcome in zip(cases, outcomes, strict=True)
            ]
            metrics |= ranking_figures(ranked, named("", system))
        return metrics


def relevant_in(path: Path) -> dict[str, dict[str, int]]:
    """How relevant which documents are to each query, from a table with a heading line. Raises DocumentError."""
    relevant: dict[str, dict[str, int]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for number, row in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
                if number == 1 or not row:
                    continue
                try:
                    query, document, rel = row
                    relevant.setdefault(query, {})[document] = int(rel)
                except ValueError as error:
                    raise DocumentError(
                        f"{path}, line {number}, is not a query's id, a document's id and a whole number, with tabs between."
                    ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(f"{path} cannot be read ({error}).") from error
    return relevant


def passage_of(row: CollectionRow) -> Passage:
    """A document as a passage, with its title above it unless it begins with that anyway."""
    title = row.title.replace("_", " ").strip()
    text = row.text if not title or row.text.startswith(row.title) else f"{title}\n{row.text}"
    return Passage(id=row.doc_id, bank=BANK, document=row.doc_id, text=text)


def _found(outcome: Outcome, system: str) -> list[str]:
    found = outcome.values.get(system, [])
    return [str(id) for id in found] if isinstance(found, list) else []
