"""The page: header, status line and the two tabs."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from coach.ui.status import Rates, header, settled, status_line

if TYPE_CHECKING:
    import gradio as gr

    from coach.ui.desk import Desk
    from coach.wiring import Coach

log = logging.getLogger(__name__)
BUSY, CALM = 2.0, 30.0  # seconds between two looks at what is loading


def build_page(coach: Coach, desk: Desk | None = None) -> gr.Blocks:
    """The page as Blocks, to be mounted on a server. Models need not be loaded: it says what is ready."""
    import gradio as gr

    from coach.ui.desk import Desk
    from coach.ui.interview_tab import InterviewTab
    from coach.ui.library_tab import LibraryTab
    from coach.ui.voice.refresh import add_refresh
    from coach.ui.voice.serve import voice_leaves_to

    rates = Rates()
    page: gr.Blocks = gr.Blocks(title="Interview Coach", analytics_enabled=False, fill_width=True, delete_cache=(3600, 86_400))
    with page:
        gr.HTML(header(), elem_id="ic-header", apply_default_css=False)
        status = gr.HTML(status_line(coach.loading()), elem_id="ic-status", apply_default_css=False)
        with gr.Tabs(elem_id="ic-tabs"):
            with gr.Tab("Interview", id="interview"):
                interview = InterviewTab(coach, desk or Desk(coach))
                add_refresh(interview)
            with gr.Tab("Library", id="library"):
                library = LibraryTab(coach)
        timer = gr.Timer(BUSY)

        async def look() -> tuple[str, Any, Any]:
            """What is loading, and whether there are more questions to choose from."""
            loads = coach.loading()
            now = time.monotonic()
            line = status_line(
                loads,
                rates={load.name: rates.look(load, now) for load in loads},
                leaves_to=await asyncio.to_thread(_leaves_to, coach),
                voice_to=voice_leaves_to(coach.settings),
            )
            calm = settled(loads)
            banks = (await interview.on_choices())[0]
            return line, banks, gr.Timer(CALM if calm else BUSY)

        interview.wire(page)
        library.wire(page, changed=(interview.on_choices, [interview.bank, interview.topics]))
        quick: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
        timer.tick(look, None, [status, interview.bank, timer], **quick)
        page.load(look, None, [status, interview.bank, timer], **quick)
    return page


def _leaves_to(coach: Coach) -> str | None:
    chat = coach.chat
    return None if chat is None or chat.local else chat.name
