"""The library tab: read a document, look at what was found in it, accept it, and see or remove what there is."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.domain import Document
from coach.ui import library
from coach.ui.failures import sentence
from coach.ui.jobs import Job, Jobs
from coach.ui.shelves import Reading, accept, bank_name, read, remove
from coach.ui.status import notice

if TYPE_CHECKING:
    import gradio as gr

    from coach.wiring import Coach

Update = dict[Any, Any]
READERS = 2  # documents that are read at the same time


class LibraryTab:
    """The parts of the tab and their handlers."""

    def __init__(self, coach: Coach) -> None:
        """Build the components in the current `gr.Blocks` context."""
        import gradio as gr

        from coach.bank.readers import READERS as SUFFIXES

        self._coach = coach
        self._jobs: Jobs[Reading | Document] = Jobs(READERS, "library")
        self._reading: dict[str, Job[Reading | Document]] = {}
        self.ticket = gr.State(None)
        self.unwanted = gr.Textbox(visible=False)
        with gr.Row(elem_id="ic-library"):
            with gr.Column():
                self.file = gr.File(
                    label="A document: Markdown, text or HTML",
                    file_types=list(SUFFIXES),
                    file_count="single",
                    height=150,
                    elem_id="ic-file",
                )
                self.bank = gr.Textbox(label="Name of the bank", max_length=60, elem_id="ic-bank-name")
                with gr.Row(elem_classes="ic-actions"):
                    self.stop = gr.Button("Stop", visible=False, elem_id="ic-stop-reading")
                    self.accept = gr.Button("Accept these questions", variant="primary", visible=False, elem_id="ic-accept")
                    self.discard = gr.Button("Discard", visible=False, elem_id="ic-discard")
                gr.HTML("<h2>In the library</h2>", apply_default_css=False, elem_classes="ic-library")
                self.shelf = gr.HTML("", apply_default_css=False)
                self.document = gr.Dropdown([], value=None, label="Remove a document", elem_id="ic-remove-choice")
                with gr.Row(elem_classes="ic-actions"):
                    self.remove = gr.Button("Remove it", elem_id="ic-remove")
            with gr.Column():
                self.notice = gr.HTML("", apply_default_css=False)
                self.found = gr.HTML(library.intro(), apply_default_css=False)

    @property
    def outputs(self) -> list[Any]:
        """Everything that a handler may change."""
        return [self.ticket, self.notice, self.found, self.file, self.bank, self.stop, self.accept, self.discard, self.shelf, self.document]

    def wire(self, page: gr.Blocks, *, changed: Any) -> None:
        """Connect the components with the handlers. `changed` is (function, outputs) to run when the banks have changed."""
        quick: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
        to_page: dict[str, Any] = {"outputs": self.outputs, **quick}
        after, banks = changed
        page.load(self.on_shelf, None, [self.shelf, self.document], **quick)
        reading = self.file.upload(self.on_file, [self.file], **to_page)
        self.file.clear(self.on_discard, None, cancels=[reading], **to_page)
        self.stop.click(self.on_stop, self.ticket, None, **quick)
        self.discard.click(self.on_discard, None, **to_page)
        js = "(file, bank, unwanted) => [file, bank, window.interviewCoachUnwanted()]"
        self.accept.click(self.on_accept, [self.file, self.bank, self.unwanted], js=js, **to_page).then(after, None, banks, **quick)
        self.remove.click(self.on_remove, self.document, **to_page).then(after, None, banks, **quick)

    async def on_file(self, file: str | None) -> AsyncIterator[Update]:
        """Read a document that was dropped, and show what was found."""
        if not file:
            return
        path = Path(file)
        bank = bank_name(path.stem)
        yield self._reset() | {self.bank: bank, self.found: library.reading(f"Reading {path.name}…")}
        async for update in self._watch(lambda job: read(path, bank, self._coach, job), path, kept=False):
            yield update

    async def on_accept(self, file: str | None, bank: str, unwanted: str) -> AsyncIterator[Update]:
        """Keep the questions that are ticked, in the bank that was named."""
        if not file:
            yield {self.notice: notice("There is no document to accept. Drop one first.")}
            return
        path = Path(file)
        leave_out = frozenset(str(item) for item in json.loads(unwanted or "[]"))
        yield {self.notice: ""}
        async for update in self._watch(lambda job: accept(path, bank, leave_out, self._coach, job), path, kept=True):
            yield update

    def on_stop(self, ticket: str) -> None:
        """Stop reading."""
        job = self._reading.get(ticket)
        if job is not None:
            job.stop.set()

    def on_discard(self) -> Update:
        """Forget the document."""
        return self._reset() | {self.file: None, self.bank: "", self.found: library.intro()}

    async def on_remove(self, choice: str | None) -> Update:
        """Remove a document from the library."""
        if not choice:
            return {self.notice: notice("Choose the document to remove first.")}
        try:
            bank, name = json.loads(choice)
            await asyncio.to_thread(remove, bank, name, self._coach)
        except Exception as error:
            return {self.notice: notice(sentence(error))}
        shelf, documents = await self.on_shelf()
        return {self.notice: notice(f"{name} was removed.", info=True), self.shelf: shelf, self.document: documents}

    async def on_shelf(self) -> tuple[str, Any]:
        """What there is."""
        import gradio as gr

        rows = await asyncio.to_thread(self._coach.store.documents)
        # The latest first: what somebody brought stands before the many that came with the coach.
        latest = sorted(rows, key=lambda row: row.added_at, reverse=True)
        choices = [(f"{row.bank} / {row.name}", json.dumps([row.bank, row.name])) for row in latest]
        return library.shelf(rows), gr.update(choices=choices, value=None)

    async def _watch(
        self, work: Callable[[Job[Reading | Document]], Iterator[Reading | Document]], path: Path, *, kept: bool
    ) -> AsyncIterator[Update]:
        import gradio as gr

        ticket = secrets.token_hex(8)
        job = self._jobs.start(ticket, work)
        self._reading[ticket] = job
        busy = {self.stop: gr.update(visible=True), self.accept: gr.update(visible=False), self.discard: gr.update(visible=False)}
        yield {self.ticket: ticket, **busy}
        document: Document | None = None
        try:
            async for steps in job.watch():
                step = (
                    steps[-1]
                    if steps
                    else Reading(step=f"Waiting for its turn: {path.name}" if self._jobs.place(job) else f"Reading {path.name}…")
                )
                if isinstance(step, Document):
                    document = step
                else:
                    yield {self.found: library.reading(step.step, done=step.done, total=step.total)}
        finally:
            self._reading.pop(ticket, None)
        yield {self.stop: gr.update(visible=False)}
        if job.error is not None or document is None:
            words = sentence(job.error) if job.error else "Stopped. Nothing was kept."
            retry = kept and document is None
            yield {
                self.notice: notice(words),
                self.found: library.intro(),
                self.discard: gr.update(visible=retry),
                self.accept: gr.update(visible=retry),
            }
            return
        if not kept:
            yield {self.found: library.found(document), self.accept: gr.update(visible=True), self.discard: gr.update(visible=True)}
            return
        path.unlink(missing_ok=True)
        shelf, documents = await self.on_shelf()
        yield self._reset() | {
            self.file: None,
            self.bank: "",
            self.found: library.accepted(document),
            self.shelf: shelf,
            self.document: documents,
        }

    def _reset(self) -> Update:
        import gradio as gr

        hidden = gr.update(visible=False)
        return {self.notice: "", self.stop: hidden, self.accept: hidden, self.discard: hidden}
