"""Whether a question's own model answer covers what is essential: remembered by content, since it takes a grade for each question."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from coach.domain import Question, VerdictKind
from coach.grading.calibration import calibration

if TYPE_CHECKING:
    from coach.grading.grader import FastGrader


class OwnAnswers:
    """The essential key points that the fast grader does not find in model answers."""

    def __init__(self, path: Path, open_grader: Callable[[], FastGrader]) -> None:
        """Keep what is found in the file at `path`; the grader is opened for a question that is not there yet."""
        self._path, self._open = path, open_grader
        self._known: dict[str, list[int]] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self._known[row["key"]] = row["unfound"]

    def unfound(self, question: Question) -> list[int]:
        """The numbers, from 1, of the essential key points that are missing from the model answer or contradicted by it."""
        key = hashlib.sha256(f"{calibration().version}\n{question.model_dump_json()}".encode()).hexdigest()
        if key not in self._known:
            grade = self._open().grade(question, question.answer, ())
            bad = (VerdictKind.MISSING, VerdictKind.CONTRADICTED)
            self._known[key] = [n for n, point in enumerate(grade.points, 1) if point.essential and point.verdict in bad]
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "unfound": self._known[key]}) + "\n")
        return self._known[key]
