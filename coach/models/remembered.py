"""What was computed for a text, kept for the next time that it comes: key points and most clauses come again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """The values of the texts that were used last, `size` of them at most. Safe to share between threads."""

    def __init__(self, size: int) -> None:
        """Start empty."""
        self._size = size
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._lock = Lock()

    def forget(self) -> None:
        """Empty it: what comes next is computed anew."""
        with self._lock:
            self._values.clear()

    def of(self, texts: Sequence[str], make: Callable[[list[str]], list[Value]]) -> list[Value]:
        """One value a text; `make` computes those that are not known, each text once."""
        known: dict[str, Value] = {}
        with self._lock:
            for text in texts:
                if text in self._values:
                    self._values.move_to_end(text)
                    known[text] = self._values[text]
        new = [text for text in dict.fromkeys(texts) if text not in known]
        made = dict(zip(new, make(new), strict=True)) if new else {}
        with self._lock:
            self._values.update(made)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return [(known | made)[text] for text in texts]
