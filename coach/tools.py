"""What a session works with, as it sees it: a store, retrieval, graders, a chat model and a clock."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from coach.domain import Hit, Question
from coach.store import Store

if TYPE_CHECKING:
    from coach.grading.grader import Grader
    from coach.models.chat import ChatModel


class PassageFinder(Protocol):
    """What a session needs of retrieval."""

    def passages_for(self, question: Question, text: str, k: int = 4) -> list[Hit]:
        """The passages that bear on an answer to the question. Raises IndexingError."""


class Tools(Protocol):
    """What a session works with, made once where the program starts. `full` and `chat` are None while they are not ready."""

    @property
    def store(self) -> Store:
        """The database."""

    @property
    def retriever(self) -> PassageFinder:
        """Finds passages."""

    @property
    def fast(self) -> Grader:
        """The grader that is always there."""

    @property
    def full(self) -> Grader | None:
        """The grader with the chat model."""

    @property
    def chat(self) -> ChatModel | None:
        """The chat model, to write follow-ups."""

    def now(self) -> datetime:
        """The time, with its zone."""
