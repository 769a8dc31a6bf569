"""Which question is meant: by `bank/id`, by id, or by its text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coach.domain import Hit, Question, normalise
from coach.errors import BankError, UsageError

NEAREST = 3  # questions that are named when none was found

Search = Callable[[str, int, str | None], Sequence[Hit]]  # query, how many, bank


class Lookup:
    """The questions of a library by all that names them."""

    def __init__(self, questions: Sequence[Question], search: Search) -> None:
        """`search` is asked for the nearest questions where none is meant."""
        self._search = search
        self._named: dict[str, list[Question]] = {}
        for question in questions:
            for name in {question.ref, question.id, _key(question.text)} - {""}:
                self._named.setdefault(name, []).append(question)

    def find(self, wanted: str, bank: str | None = None) -> Question:
        """The one question that is meant, in a bank or in all of them.

        Raises UsageError for an empty text, BankError naming the nearest when there is none, or the choices when more than one fits.
        """
        wanted = wanted.strip()
        if not wanted:
            raise UsageError("No question was named. Give its text, its id, or bank/id.")
        for name in (wanted, _key(wanted)):
            found = [question for question in self._named.get(name, ()) if bank is None or question.bank == bank]
            if len(found) == 1:
                return found[0]
            if found:
                raise BankError(f"More than one question is meant: {', '.join(q.ref for q in found)}. Name one as bank/id.")
        raise BankError(self._none(wanted, bank))

    def _none(self, wanted: str, bank: str | None) -> str:
        shown = wanted if len(wanted) <= 100 else f"{wanted[:99]}…"
        hits = self._search(wanted, NEAREST, bank)
        if not hits:
            return f"There is no question “{shown}”, and none that is near to it. `coach questions` lists them."
        nearest = "; ".join(f"{hit.passage.bank}/{hit.passage.question_id} (“{hit.passage.question}”)" for hit in hits)
        return f"There is no question “{shown}”. The nearest are: {nearest}."


def _key(text: str) -> str:
    """A text's key, which no id can be: ids hold no space in front."""
    plain = normalise(text)
    return f" {plain}" if plain else ""
