"""The retriever and the graders as LangChain knows them, so that they fit into anyone's chain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import ConfigDict

from coach.bank.lookup import Lookup
from coach.domain import Frozen, Grade, GraderName, Question
from coach.retrieve import Retriever
from coach.wiring import Coach


class LibraryRetriever(BaseRetriever):
    """Searches the library: the best passage of each of the `k` nearest questions, of one bank or of all."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    retriever: Retriever
    k: int = 5
    bank: str | None = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        hits = self.retriever.search(query, self.k, self.bank)
        return [
            Document(
                id=hit.passage.id, page_content=hit.passage.text, metadata={"rank": hit.rank, "score": hit.score, **_about(hit.passage)}
            )
            for hit in hits
        ]


class GradeRequest(Frozen):
    """What a grading runnable takes, as it stands or as a dict: a question, or its text, its id or `bank/id`; and the answer."""

    question: Question | str
    answer: str


def as_retriever(coach: Coach, *, k: int = 5, bank: str | None = None) -> LibraryRetriever:
    """The library as a LangChain retriever. Raises WeightsError, IndexingError, StoreError."""
    coach.prepare_library()
    return LibraryRetriever(retriever=coach.retriever, k=k, bank=bank)


def as_runnable(coach: Coach, *, grader: Literal["auto"] | GraderName = "auto") -> Runnable[GradeRequest | Mapping[str, Any], Grade]:
    """A grader as a LangChain runnable, from a GradeRequest to a Grade. Raises ModelError or WeightsError when it cannot be had."""
    coach.prepare_library()
    chosen, _ = coach.grader(grader)

    def grade(request: GradeRequest | Mapping[str, Any]) -> Grade:
        asked = GradeRequest.model_validate(request)
        question = asked.question
        if isinstance(question, str):
            question = Lookup(coach.store.questions(), coach.retriever.search).find(question)
        return coach.grade(question, asked.answer, chosen)

    return RunnableLambda(grade, name="grade")


def _about(passage: Any) -> dict[str, Any]:
    return {"bank": passage.bank, "source": passage.document, "question_id": passage.question_id, "question": passage.question}
