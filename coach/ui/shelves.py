"""What the library tab does with documents: read one, keep the wanted part of it, remove one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from coach.domain import Document, Frozen
from coach.errors import BankError, UsageError
from coach.ui.jobs import Job

if TYPE_CHECKING:
    from coach.wiring import Coach


class Reading(Frozen):
    """A step of the work, with how much of it is done when that is known."""

    step: str
    done: int = 0
    total: int = 0


def bank_name(wish: str) -> str:
    """A bank's name from what a person typed or a file is called: small letters, digits and hyphens, at most 60."""
    from coach.bank.document import slug

    return slug(wish) if any(character.isalnum() for character in wish) else "own"


def read(path: Path, bank: str, coach: Coach, job: Job[Reading | Document]) -> Iterator[Reading | Document]:
    """Read a document without keeping it. Ends early when the job is stopped. Raises DocumentError when there is nothing to ask."""
    document = _read(path, bank, coach, job)
    if document is not None:
        yield document


def accept(path: Path, bank: str, unwanted: frozenset[str], coach: Coach, job: Job[Reading | Document]) -> Iterator[Reading | Document]:
    """Keep a document's questions but the unwanted ones, and index its passages. Raises UsageError when none is wanted."""
    document = _read(path, bank_name(bank), coach, job)
    if document is None:
        return
    kept = tuple(question for question in document.questions if question.id not in unwanted)
    if not kept:
        raise UsageError("No question is ticked. Tick those that you want to keep.")
    passages = tuple(passage for passage in document.passages if passage.question_id not in unwanted)
    wanted = document.model_copy(update={"questions": kept, "passages": passages})
    done = 0

    def step() -> None:
        nonlocal done
        if job.stop.is_set():
            raise _Stopped
        job.publish(Reading(step=f"Indexing {path.name}", done=min(done, len(passages)), total=len(passages)))
        done += 1

    job.publish(Reading(step=f"Indexing {path.name}: waiting for the library"))
    try:
        # The index first: should the work break off between the two, the document is not in the bank, and reading it again mends both.
        coach.index.replace_document(wanted, step=step)
    except _Stopped:
        return
    coach.store.save_document(wanted)
    yield wanted


def remove(bank: str, name: str, coach: Coach) -> None:
    """Remove a document from the bank and the index. Raises BankError when it is not there."""
    coach.index.remove_document(bank, name)
    if not coach.store.remove_document(bank, name):
        raise BankError(f"{name} is not in the bank “{bank}” any more. Reload the page to see what is.")


class _Stopped(Exception):
    """The person stopped the work."""


def _read(path: Path, bank: str, coach: Coach, job: Job[Reading | Document]) -> Document | None:
    """The document as it would be kept in the bank; None when the job was stopped."""
    from coach.bank.document import load_document

    def checkpoint(done: int, total: int) -> None:
        if job.stop.is_set():
            raise _Stopped
        job.publish(Reading(step=f"Drawing key points from {path.name}", done=done, total=total))

    job.publish(Reading(step=f"Reading {path.name}"))
    previous = coach.store.document(bank, path.name)
    taken = {question.id for question in coach.store.questions(bank) if question.source != path.name}
    try:
        return load_document(path, bank, coach.settings, previous=previous, taken=taken, checkpoint=checkpoint)
    except _Stopped:
        return None
