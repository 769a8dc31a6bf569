"""The way from the talk to the rest of the page: a button that nobody sees, pressed by the script when a talk has moved its session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coach.ui.interview_tab import InterviewTab


def add_refresh(interview: InterviewTab) -> None:
    """Add the button to the tab that is being built. Pressed, it shows where the interview stands and watches what works on it."""
    import gradio as gr

    button = gr.Button("Look again", elem_id="ic-refresh")
    quick: dict[str, Any] = {"show_progress": "hidden", "concurrency_limit": None, "api_visibility": "private"}
    button.click(interview.on_refresh, interview.visit, interview.outputs, trigger_mode="multiple", **quick)
