"""Documents into a bank and its index. Doing it again changes nothing; a changed document changes only what changed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from coach.bank.document import document_of, slug
from coach.bank.folder import Found, find_documents
from coach.bank.markdown import is_question_file
from coach.bank.readers import read_text
from coach.domain import Document, Frozen
from coach.errors import DocumentError, UsageError
from coach.settings import Settings

if TYPE_CHECKING:
    from coach.store import Store

Status = Literal["added", "updated", "unchanged", "removed", "failed"]
OWN_BANK = "own"  # where documents go when nobody named a bank

_BANK = re.compile(r"[\w][\w .-]{0,59}")


class BankIndex(Protocol):
    """The part of the vector index that ingest writes to."""

    def replace_document(self, document: Document, *, step: Callable[[], None] | None = None) -> object:
        """Bring a document's entries up to date; `step` may raise to stop."""

    def remove_document(self, bank: str, name: str) -> object:
        """Take a document's entries out."""


class Progress(Frozen):
    """How far the work is: `done` of `total` documents; within one, `part` of `parts` questions."""

    document: str
    done: int
    total: int
    part: int = 0
    parts: int = 0


class DocumentReport(Frozen):
    """What became of one document. Of a failed one, `warnings` says why."""

    path: str
    status: Status
    questions: int = 0
    passages: int = 0
    left_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class IngestReport(Frozen):
    """What became of all documents; `questions` and `passages` are the sums over those now in the bank."""

    bank: str
    documents: tuple[DocumentReport, ...]
    questions: int
    passages: int

    @property
    def failed(self) -> bool:
        """Whether any document failed."""
        return any(document.status == "failed" for document in self.documents)


class Cancelled(Exception):
    """The person stopped the work. Documents that were done stay done."""


def default_bank(paths: Sequence[Path]) -> str:
    """The bank for paths that came without one: a single folder's name, else `own`."""
    if len(paths) == 1 and paths[0].is_dir():
        return slug(paths[0].resolve().name)
    return OWN_BANK


def ingest(
    paths: Sequence[Path],
    *,
    bank: str,
    store: Store,
    index: BankIndex,
    settings: Settings,
    dry_run: bool = False,
    prune: bool = False,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> IngestReport:
    """Bring documents and folders into a bank.

    A document that fails is reported and stops no other. `prune` makes the bank hold just what the folders hold: other documents of
    the bank are removed. `dry_run` reads and reports, and writes nothing. `cancelled` is asked between documents and between questions.
    Raises UsageError when the bank's name or `prune` cannot be used so, Cancelled when the person stopped the work.
    """
    if not _BANK.fullmatch(bank):
        raise UsageError(f"A bank cannot be called {bank!r}. Use letters, digits, spaces, dots and hyphens, at most 60.")
    if prune and not any(path.is_dir() for path in paths):
        raise UsageError("--prune needs a folder: it removes from the bank what the folder no longer holds.")
    found, reports = _find(paths)
    work = _Work(bank, store, index, settings, dry_run, progress, cancelled)
    for number, (path, name) in enumerate(found):
        reports.append(work.bring(path, name, number, len(found)))
    if prune:
        # What failed is still in the folder, and a folder that could not be read says nothing about what it holds.
        if any(path.is_dir() and not any(item.path.is_relative_to(path.resolve()) for item in found) for path in paths):
            raise UsageError("--prune was not done: a folder holds no document. To empty a bank, remove its documents one by one.")
        reports += work.prune({item.name for item in found})
    return _report(bank, reports)


def import_corpus(
    folder: Path,
    store: Store,
    index: BankIndex,
    settings: Settings | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[IngestReport, ...]:
    """Import what is new in the bundled corpus: each subfolder is a bank of files in our own form, an unchanged one costs a hash.

    What somebody changed or removed since it was brought stays as it is, whatever a later corpus holds under its name; it is in no report.
    Raises DocumentError when the folder is not there.
    """
    if not folder.is_dir():
        raise DocumentError(f"There is no corpus at {folder}. Install the coach again, or name another folder.")
    settings = settings or Settings()
    reports: list[IngestReport] = []
    for place in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        files = [item for item in find_documents(place) if item.path.suffix == ".md"]
        work = _Work(slug(place.name), store, index, settings, False, progress, cancelled)
        brought = store.bundled(work.bank)
        ours = [(path, name) for path, name in files if work.known.get(name) == brought.get(name)]
        reports.append(_report(work.bank, [work.bring(path, name, n, len(ours), own_form=True) for n, (path, name) in enumerate(ours)]))
        held = {row.name: row.sha256 for row in store.documents(work.bank)}
        now = {name: held[name] for _, name in ours if name in held}
        if now.items() - brought.items():
            store.note_bundled(work.bank, now)
    return tuple(reports)


def _find(paths: Iterable[Path]) -> tuple[list[Found], list[DocumentReport]]:
    """The documents at the paths, and a report for each path or name that cannot be used."""
    found: dict[str, Found] = {}
    failed: list[DocumentReport] = []
    for path in paths:
        try:
            items = find_documents(path)
        except DocumentError as error:
            failed.append(DocumentReport(path=str(path), status="failed", warnings=(str(error),)))
            continue
        for item in items:
            first = found.setdefault(item.name, item)
            if first.path.resolve() != item.path.resolve():
                message = f"Another document in this call is called {item.name} too. Rename one, or put them into banks of their own."
                failed.append(DocumentReport(path=str(item.path), status="failed", warnings=(message,)))
    return list(found.values()), failed


def _report(bank: str, reports: Sequence[DocumentReport]) -> IngestReport:
    held = [report for report in reports if report.status not in ("failed", "removed")]
    return IngestReport(
        bank=bank,
        documents=tuple(reports),
        questions=sum(report.questions for report in held),
        passages=sum(report.passages for report in held),
    )


class _Work:
    """One call's work on one bank."""

    def __init__(
        self,
        bank: str,
        store: Store,
        index: BankIndex,
        settings: Settings,
        dry_run: bool,
        progress: Callable[[Progress], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.bank = bank
        self.store = store
        self.index = index
        self.settings = settings
        self.dry_run = dry_run
        self.progress = progress
        self.cancelled = cancelled
        self.known = {row.name: row.sha256 for row in store.documents(bank)}
        self.owners = {question.id: question.source for question in store.questions(bank)}

    def bring(self, path: Path, name: str, number: int, total: int, *, own_form: bool = False) -> DocumentReport:
        """Read one document and put it into the bank when it is new or has changed."""
        self._step(Progress(document=name, done=number, total=total))
        try:
            return self._bring(path, name, number, total, own_form=own_form)
        except DocumentError as error:
            return DocumentReport(path=str(path), status="failed", warnings=(str(error),))
        finally:
            if number + 1 == total and self.progress:
                self.progress(Progress(document=name, done=total, total=total))

    def _bring(self, path: Path, name: str, number: int, total: int, *, own_form: bool) -> DocumentReport:
        previous = self.store.document(self.bank, name) if name in self.known else None
        if previous is not None and self._is_unchanged(path, previous):
            return _row(path, "unchanged", previous)
        source = read_text(path, self.settings, name=name)
        if own_form and not is_question_file(source.text):
            raise DocumentError(f"{name} is not in the corpus's form: it needs front matter, the question as `# `, and its answer.")

        def step(part: int = 0, parts: int = 0) -> None:
            self._step(Progress(document=name, done=number, total=total, part=part, parts=parts))

        document = document_of(
            source,
            self.bank,
            previous=previous,
            taken={id for id, owner in self.owners.items() if owner != name},
            checkpoint=step,
        )
        if not self.dry_run:
            # The index first: should the work break off between the two, the next call finds the document changed and does both.
            self.index.replace_document(document, step=self._stop_if_cancelled)
            self.store.save_document(document)
        self.owners = {id: owner for id, owner in self.owners.items() if owner != name} | {
            question.id: name for question in document.questions
        }
        return _row(path, "added" if previous is None else "updated", document)

    def _is_unchanged(self, path: Path, previous: Document) -> bool:
        try:
            if path.stat().st_size > self.settings.max_document_mb * 1_000_000:
                return False  # reading it says what is wrong
            return hashlib.sha256(path.read_bytes()).hexdigest() == previous.sha256
        except OSError:
            return False

    def prune(self, names: set[str]) -> Iterator[DocumentReport]:
        """Remove the bank's documents that are not among the names."""
        for name in sorted(set(self.known) - names):
            self._step(Progress(document=name, done=0, total=0))
            if not self.dry_run:
                self.index.remove_document(self.bank, name)
                self.store.remove_document(self.bank, name)
            yield DocumentReport(path=name, status="removed")

    def _stop_if_cancelled(self) -> None:
        if self.cancelled and self.cancelled():
            raise Cancelled

    def _step(self, progress: Progress) -> None:
        self._stop_if_cancelled()
        if self.progress:
            self.progress(progress)


def _row(path: Path, status: Status, document: Document) -> DocumentReport:
    return DocumentReport(
        path=str(path),
        status=status,
        questions=len(document.questions),
        passages=len(document.passages),
        left_out=document.left_out,
        warnings=document.warnings,
    )
