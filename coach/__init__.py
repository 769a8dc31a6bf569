"""An interview coach: read a bank, search it, grade an answer point by point, run an interview.

    from coach import Coach, load_settings

    coach = Coach(load_settings(llm="none"))
    coach.prepare_library()
    question = coach.store.question("deep-learning", "dropout")
    grade = coach.grade(question, "Units are switched off at random while training.", coach.fast)

`__all__` is the public surface; each name is imported when it is first used, so that `import coach` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coach.bank.document import load_document
    from coach.bank.ingest import IngestReport, import_corpus, ingest
    from coach.bank.lookup import Lookup
    from coach.bank.markdown import parse_question, render_question
    from coach.bank.rubric import draw_key_points
    from coach.chain import GradeRequest, LibraryRetriever, as_retriever, as_runnable
    from coach.domain import Document, Grade, Hit, KeyPoint, Passage, Question, Verdict, VerdictKind
    from coach.errors import (
        BankError,
        CoachError,
        DocumentError,
        IndexingError,
        ModelError,
        StoreError,
        UsageError,
        WeightsError,
    )
    from coach.events import Setup
    from coach.followup import compose_follow_up
    from coach.grading.grader import FastGrader, FullGrader, Grader
    from coach.report import to_markdown
    from coach.report.summary import Report
    from coach.retrieve import Retriever
    from coach.session import Session
    from coach.settings import Settings, load_settings
    from coach.store import Store
    from coach.wiring import Coach

__all__ = [
    "BankError",
    "Coach",
    "CoachError",
    "Document",
    "DocumentError",
    "FastGrader",
    "FullGrader",
    "Grade",
    "GradeRequest",
    "Grader",
    "Hit",
    "IndexingError",
    "IngestReport",
    "KeyPoint",
    "LibraryRetriever",
    "Lookup",
    "ModelError",
    "Passage",
    "Question",
    "Report",
    "Retriever",
    "Session",
    "Settings",
    "Setup",
    "Store",
    "StoreError",
    "UsageError",
    "Verdict",
    "VerdictKind",
    "WeightsError",
    "as_retriever",
    "as_runnable",
    "compose_follow_up",
    "draw_key_points",
    "import_corpus",
    "ingest",
    "load_document",
    "load_settings",
    "parse_question",
    "render_question",
    "to_markdown",
]

_WHERE = {
    "coach.bank.document": ("load_document",),
    "coach.bank.ingest": ("IngestReport", "import_corpus", "ingest"),
    "coach.bank.lookup": ("Lookup",),
    "coach.bank.markdown": ("parse_question", "render_question"),
    "coach.bank.rubric": ("draw_key_points",),
    "coach.chain": ("GradeRequest", "LibraryRetriever", "as_retriever", "as_runnable"),
    "coach.domain": ("Document", "Grade", "Hit", "KeyPoint", "Passage", "Question", "Verdict", "VerdictKind"),
    "coach.errors": ("BankError", "CoachError", "DocumentError", "IndexingError", "ModelError", "StoreError", "UsageError", "WeightsError"),
    "coach.events": ("Setup",),
    "coach.followup": ("compose_follow_up",),
    "coach.grading.grader": ("FastGrader", "FullGrader", "Grader"),
    "coach.report": ("to_markdown",),
    "coach.report.summary": ("Report",),
    "coach.retrieve": ("Retriever",),
    "coach.session": ("Session",),
    "coach.settings": ("Settings", "load_settings"),
    "coach.store": ("Store",),
    "coach.wiring": ("Coach",),
}
_MODULE = {name: module for module, names in _WHERE.items() for name in names}


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used; `__version__` of the installed package."""
    if name == "__version__":
        from importlib import metadata

        try:
            return metadata.version("interview-coach")
        except metadata.PackageNotFoundError:
            return "0+checkout"
    if name not in _MODULE:
        raise AttributeError(f"module 'coach' has no attribute {name!r}")
    value = getattr(import_module(_MODULE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return [*__all__, "__version__"]
