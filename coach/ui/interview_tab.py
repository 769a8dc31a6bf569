"""The interview tab: its components, and what happens when they are used. An event goes to the desk; its state becomes a view."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from coach.errors import CoachError, StoreError
from coach.session import Session
from coach.ui import setup, wording
from coach.ui.conversation import Live
from coach.ui.desk import Desk, Running, live_of
from coach.ui.dispute import Wish
from coach.ui.failures import sentence
from coach.ui.interview_view import View, after, announce, before, during
from coach.ui.spoken_answer import CorrectionWish
from coach.ui.status import keys_help
from coach.ui.visit import Update, Visit

if TYPE_CHECKING:
    import gradio as gr

    from coach.wiring import Coach

log = logging.getLogger(__name__)

CORRECTION = "(session, wish) => [session, window.interviewCoachCorrection()]"
WISH = "(session, wish) => [session, window.interviewCoachDispute()]"
ADDRESS = "(visit) => [visit, new URLSearchParams(window.location.search).get('session') || '']"


class InterviewTab:
    """The parts of the tab and their handlers. Built once; every browser's page comes with its `Visit`."""

    def __init__(self, coach: Coach, desk: Desk) -> None:
        """Build the components in the current `gr.Blocks` context."""
        import gradio as gr

        self._coach, self._desk = coach, desk
        first = before()
        self.visit = gr.State(Visit())  # a copy for each page, which its handlers share
        self.address = gr.Textbox(visible=False)  # what the browser's address names, brought along by ADDRESS
        self.announcement = gr.HTML(announce(""), apply_default_css=False)
        self._nothing: Update = {self.announcement: gr.skip()}
        with gr.Row(elem_id="ic-columns"):
            with gr.Column(elem_id="ic-setup"):
                self._build_setup()
            with gr.Column(elem_id="ic-middle"):
                self.notice = gr.HTML("", apply_default_css=False)
                self.conversation = gr.HTML(first.conversation, elem_id="ic-conversation", apply_default_css=False)
                self.next = gr.Button("Next question", variant="primary", visible=False, elem_id="ic-next")
                self._build_composer()
            with gr.Column(elem_id="ic-side"):
                self.side = gr.HTML(first.side, apply_default_css=False)

    def _build_setup(self) -> None:
        import gradio as gr

        with gr.Column(elem_id="ic-choices") as self.choices:
            gr.HTML("<h2>Your interview</h2>", apply_default_css=False)
            self.bank = gr.Dropdown([("All banks", "")], value="", label="Question bank", filterable=False)
            self.topics = gr.Dropdown([], value=[], multiselect=True, label="Topics", info="Leave empty for all of them.")
            self.level = gr.Radio(setup.LEVELS, value="adaptive", label="Level", elem_id="ic-level")
            self.length = gr.Radio(setup.LENGTHS, value=5, label="Questions", elem_id="ic-length")
            self.mode = gr.Radio(setup.MODES, value="practice", label="Mode", elem_id="ic-mode")
            self.start = gr.Button("Start the interview", variant="primary", elem_id="ic-start")
        with gr.Column(visible=False, elem_id="ic-running") as self.running:
            self.summary = gr.HTML("", apply_default_css=False)
            with gr.Column(elem_id="ic-session-actions"):
                self.fresh = gr.Button("New interview")
                self.delete = gr.Button("Delete this session")
                with gr.Column(visible=False) as self.confirm:
                    gr.HTML("<p>Everything said in it is deleted for good.</p>", apply_default_css=False)
                    self.sure = gr.Button("Delete for good", variant="stop")
                    self.keep = gr.Button("Keep it")

    def _build_composer(self) -> None:
        import gradio as gr

        with gr.Column(visible=False, elem_id="ic-composer") as self.composer:
            self.answer = gr.Textbox(
                label="Your answer", lines=5, max_lines=16, placeholder="Answer as you would aloud.", elem_id="ic-answer", max_length=20_000
            )
        with gr.Row(elem_id="ic-actions"):
            self.send = gr.Button("Send", variant="primary", visible=False, elem_id="ic-send")
            self.hint = gr.Button("Hint", visible=False, elem_id="ic-hint")
            self.model = gr.Button("Show model answer", visible=False, elem_id="ic-model")
            self.skip = gr.Button("Skip", visible=False, elem_id="ic-skip")
            self.stop = gr.Button("Stop grading", visible=False, elem_id="ic-stop")
            self.end = gr.Button("End interview", visible=False, elem_id="ic-end")
        self.wish = gr.Textbox(visible=False)  # what the form under a verdict says, brought along by WISH
        self.dispute = gr.Button("Disagree", elem_id="ic-dispute")  # pressed by that form, and never seen
        self.correction = gr.Textbox(visible=False)  # what the form under a transcript says, brought along by CORRECTION
        self.correct = gr.Button("Correct", elem_id="ic-correct")  # pressed by that form, and never seen
        gr.HTML(keys_help(), apply_default_css=False)

    @property
    def outputs(self) -> list[Any]:
        """Everything that a handler may change."""
        buttons = [self.send, self.hint, self.model, self.skip, self.stop, self.end, self.next]
        columns = [self.choices, self.running, self.composer, self.confirm]
        return [self.notice, self.conversation, self.side, self.summary, self.announcement, self.answer, *columns, *buttons]

    def wire(self, page: gr.Blocks) -> None:
        """Connect the components with the handlers."""
        me = self.visit
        quick: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
        to_page: dict[str, Any] = {"outputs": self.outputs, **quick}
        choices = [self.bank, self.topics, self.level, self.length, self.mode]
        page.load(self.on_load, [me, self.address], js=ADDRESS, **to_page)
        self.start.click(self.on_start, [me, *choices], **to_page)
        self.send.click(self.on_send, [me, self.answer], trigger_mode="multiple", **to_page)
        self.next.click(self.on_next, me, **to_page)
        self.skip.click(self.on_skip, me, **to_page)
        self.hint.click(self.on_hint, me, **to_page)
        self.model.click(self.on_model_answer, me, **to_page)
        self.end.click(self.on_end, me, **to_page)
        self.correct.click(self.on_correct, [me, self.correction], js=CORRECTION, **to_page)
        self.stop.click(self.on_stop, me, None, **quick)
        self.dispute.click(self.on_dispute, [me, self.wish], js=WISH, **to_page)
        self.fresh.click(self.on_new, me, **to_page)
        self.delete.click(lambda: self._visible(confirm=True), None, self.confirm, **quick)
        self.keep.click(lambda: self._visible(confirm=False), None, self.confirm, **quick)
        self.sure.click(self.on_delete, me, **to_page)
        self.bank.change(self.on_bank, self.bank, self.topics, **quick)
        page.load(self.on_choices, None, [self.bank, self.topics], **quick)

    async def on_load(self, visit: Visit, session_id: str | None) -> AsyncIterator[Update]:
        """Show the interview that the address names, where it stands; go on with what was still due."""
        if not session_id:
            yield {self.notice: ""}  # the page was served so, and by now somebody may have pressed Start
            return
        visit.session_id = session_id
        async for update in self.on_refresh(visit):
            yield update

    async def on_refresh(self, visit: Visit) -> AsyncIterator[Update]:
        """Show where the interview stands that the page is on; go on with what was still due."""
        session_id = visit.session_id
        if not session_id:
            yield self._nothing
            return
        try:
            running = await asyncio.to_thread(self._desk.find, session_id)
            session = running.session if running else await asyncio.to_thread(self._desk.open, session_id)
        except StoreError as error:
            log.info("a page asked for a session that cannot be opened: %s", error)
            yield self._show(before(leave="missing")) if visit.session_id == session_id else self._nothing
            return
        async for update in visit.while_on(session.id, self._continue(visit, session), self._nothing):
            yield update

    async def on_start(self, visit: Visit, bank: str, topics: list[str], level: str, length: int, mode: str) -> AsyncIterator[Update]:
        """Begin an interview."""
        try:
            chosen = setup.setup_of(bank, topics, level, length, mode, seed=secrets.randbelow(2**31))
            session = await asyncio.to_thread(self._desk.begin, chosen)
        except Exception as error:
            yield {self.notice: before(message=sentence(error)).notice}
            return
        visit.session_id = session.id
        yield self._show(self._view(session)) | {self.answer: ""}

    async def on_send(self, visit: Visit, text: str) -> AsyncIterator[Update]:
        """Store an answer, and show its grading as it comes. The box keeps its text until the answer is stored."""
        yield {self.notice: ""}
        try:
            running = await asyncio.to_thread(self._desk.submit, visit.session_id, text)
        except Exception as error:
            yield {self.notice: before(message=sentence(error)).notice}
            return
        yield {self.answer: ""}
        grading = self._watch(visit, running, len(running.session.state.threads))
        async for update in visit.while_on(running.session.id, grading, self._nothing):
            yield update

    async def on_next(self, visit: Visit) -> AsyncIterator[Update]:
        """Go on from the last grade to the next question, or to the report."""
        async for update in self._go_on(self._desk.open, visit, clear=False):
            yield update

    async def on_skip(self, visit: Visit) -> AsyncIterator[Update]:
        """Pass."""
        async for update in self._go_on(self._desk.skip, visit, clear=True):
            yield update

    async def on_hint(self, visit: Visit) -> AsyncIterator[Update]:
        """Give a hint."""
        async for update in self._do(self._desk.hint, visit):
            yield update

    async def on_model_answer(self, visit: Visit) -> AsyncIterator[Update]:
        """Show the model answer."""
        async for update in self._do(self._desk.model_answer, visit):
            yield update

    async def on_end(self, visit: Visit) -> AsyncIterator[Update]:
        """End the interview, and show its report."""
        async for update in self._go_on(self._desk.end, visit, clear=True):
            yield update

    async def on_dispute(self, visit: Visit, wish: str) -> Update:
        """Note that the candidate disagrees with a verdict, or no longer does. The page stays where it is."""
        try:
            wished = Wish.model_validate_json(wish)
            about = wished.number, wished.point, wished.verdict, wished.why
            session = await asyncio.to_thread(self._desk.dispute, visit.session_id, *about)
        except ValidationError:  # its message holds what was written, which is no business of the log's
            return {self.notice: before(message="That could not be read. Reload the page and try again.").notice}
        except Exception as error:
            return {self.notice: before(message=sentence(error)).notice}
        said = wording.NOTED if wished.verdict is not None else "You have taken it back."
        return self._show(self._view(session, pause=wished.pause)) | {self.announcement: announce(said)}

    async def on_correct(self, visit: Visit, wish: str) -> AsyncIterator[Update]:
        """Grade an answer again whose transcript the candidate has corrected. The page stays where it is."""
        yield {self.notice: ""}
        try:
            wished = CorrectionWish.model_validate_json(wish)
            running = await asyncio.to_thread(self._desk.correct, visit.session_id, wished.turn, wished.text)
        except ValidationError:  # its message holds what was said, which is no business of the log's
            yield {self.notice: before(message="That could not be read. Reload the page and try again.").notice}
            return
        except Exception as error:
            yield {self.notice: before(message=sentence(error)).notice}
            return
        grading = self._watch(visit, running, wished.pause, said="Your corrected answer was graded again.")
        async for update in visit.while_on(running.session.id, grading, self._nothing):
            yield update

    def on_stop(self, visit: Visit) -> None:
        """Stop the full check."""
        self._desk.stop(visit.session_id)

    def on_new(self, visit: Visit) -> Update:
        """Leave this interview, which is kept, and choose anew."""
        return visit.leave(self._show(before(leave="new")) | {self.answer: ""})

    async def on_delete(self, visit: Visit) -> Update:
        """Delete the session."""
        session_id = visit.session_id
        gone = visit.leave(self._show(before(leave="deleted", message="The session was deleted.", info=True)) | {self.answer: ""})
        try:
            await asyncio.to_thread(self._desk.delete, session_id)
        except Exception as error:
            visit.session_id = session_id
            return {self.notice: before(message=sentence(error)).notice}
        return gone

    async def on_bank(self, bank: str) -> Any:
        """Offer the topics of the bank."""
        import gradio as gr

        topics = await asyncio.to_thread(self._topics, bank)
        return gr.update(choices=topics, value=[])

    async def on_choices(self) -> tuple[Any, Any]:
        """Offer the banks and topics that there are now."""
        import gradio as gr

        banks = await asyncio.to_thread(self._coach.store.banks)
        topics = await asyncio.to_thread(self._topics, "")
        return gr.update(choices=setup.bank_choices(banks)), gr.update(choices=topics)

    def _topics(self, bank: str) -> list[str]:
        return sorted({question.topic for question in self._coach.store.questions(bank or None)})

    async def _go_on(self, action: Callable[[str], Session], visit: Visit, *, clear: bool) -> AsyncIterator[Update]:
        """Do what leads on to another question, or to the report: a talk that kept the page where it is hears of it, and follows."""
        self._desk.keep_at(visit.session_id, None)
        async for update in self._do(action, visit, clear=clear):
            yield update

    async def _do(self, action: Callable[[str], Session], visit: Visit, *, clear: bool = False) -> AsyncIterator[Update]:
        try:
            session = await asyncio.to_thread(action, visit.session_id)
        except Exception as error:
            yield {self.notice: before(message=sentence(error)).notice}
            return
        async for update in visit.while_on(session.id, self._continue(visit, session), self._nothing):
            yield update | ({self.answer: ""} if clear else {})

    async def _continue(self, visit: Visit, session: Session) -> AsyncIterator[Update]:
        """Show a session; where a job runs on it, or something is due, watch that."""
        running = self._desk.find(session.id)
        message = None
        if running is None and session.state.ended is None and session.state.open_turn is None:
            try:
                running = await asyncio.to_thread(self._desk.resume, session.id)
            except CoachError as error:
                message = str(error)
        if running is None:
            yield self._show(self._view(session, message=message))
            return
        at = len(running.session.state.threads) if session.state.ended is None else None
        async for update in self._watch(visit, running, at or None):
            yield update

    async def _watch(self, visit: Visit, running: Running, at: int | None, *, said: str = "") -> AsyncIterator[Update]:
        """Show a job as it goes, and the state that it leaves. The page stays with question `at` until the candidate goes on.

        `said` is told to screen readers when the job is done, in the same update: a busy browser may show the last of two alone.
        """
        session, job = running
        last: Update = {}
        async for steps in job.watch(lambda: visit.session_id == session.id):
            view = self._show(self._working(session, live_of(steps, place=self._desk.place(running)), at))
            yield {part: value for part, value in view.items() if last.get(part) != value}
            last = view
        if job.error is not None:
            try:
                session = await asyncio.to_thread(self._desk.open, session.id)
            except StoreError:  # deleted, on this page or another
                yield self._show(before(leave="missing"))
                return
        shown = self._show(self._view(session, pause=at, message=sentence(job.error) if job.error else None))
        yield shown | {self.announcement: announce(said)} if said and job.error is None else shown

    def _working(self, session: Session, live: Live, at: int | None) -> View:
        """The page while a job runs. After the end it can only be a correction, and the report stays in view."""
        at = self._place(session, at)
        if session.state.ended is not None and at is None:
            return after(session.state, session.report(), session_id=session.id, message="Grading your corrected answer…", info=True)
        return during(session.state, session_id=session.id, live=live, pause=at, local=self._desk.local)

    def _view(self, session: Session, *, pause: int | None = None, message: str | None = None) -> View:
        state = session.state
        pause = self._place(session, pause)
        if state.ended is not None and (pause is None or state.setup.mode == "mock" or state.ended == "stopped"):
            return after(state, session.report(), session_id=session.id, message=message)
        return during(state, session_id=session.id, pause=pause, local=self._desk.local, message=message)

    def _place(self, session: Session, place: int | None) -> int | None:
        """The question that the page stays with, None for where the session stands: a talk's choice comes before a watcher's.

        One watcher of a page may be later than the next, so what they show must not depend on when they began.
        """
        kept = self._desk.kept_at(session.id)
        if kept is None:
            return place
        return kept if session.state.ended is None or kept <= len(session.state.threads) else None

    def _show(self, view: View) -> Update:
        """The view as updates of the components."""
        import gradio as gr

        shown = view.parts
        visible = {
            self.choices: shown.setup,
            self.running: shown.running,
            self.composer: shown.composer,
            self.send: shown.send,
            self.hint: shown.hint,
            self.model: shown.model,
            self.skip: shown.skip,
            self.stop: shown.stop,
            self.end: shown.end,
        }
        if not shown.running:
            visible[self.confirm] = False  # and not before: the question whether to delete is not taken away by a grade that comes in
        return {
            self.notice: view.notice,
            self.conversation: view.conversation,
            self.side: view.side,
            self.summary: view.summary,
            self.announcement: announce(view.announcement),
            self.next: gr.update(visible=shown.next, value=view.next_label),
            **{part: gr.update(visible=on) for part, on in visible.items()},
        }

    @staticmethod
    def _visible(*, confirm: bool) -> Any:
        import gradio as gr

        return gr.update(visible=confirm)
