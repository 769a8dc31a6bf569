"""The way from the talk to the rest of the page: a button that nobody sees, pressed by the script when a talk has moved its session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coach.ui.interview_tab import InterviewTab


def add_refresh(interview: InterviewTab) -> None:
    """Add the button to the tab that is being built. Pressed, it shows where the interview stands and watches what works on it."""
    import gradio as gr

    from coach.ui.interview_tab import ADDRESS

    button = gr.Button("Look again", elem_id="ic-refresh")
    quick: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
    watching = button.click(interview.on_load, interview.address, interview.outputs, js=ADDRESS, trigger_mode="multiple", **quick)
    for left in (interview.fresh, interview.sure):
        left.click(None, cancels=[watching])
