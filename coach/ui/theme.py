"""The theme: our own colours, light and dark, and system fonts, so that nothing is fetched from anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradio.themes import Base

FOLDER = Path(__file__).parent
SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Ubuntu", "Cantarell", "Noto Sans", "Helvetica Neue", "Arial", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "Liberation Mono", "monospace")

# Both columns of every pair that carries text reach a contrast of 4.5 to 1 (WCAG AA) on the surfaces that they stand on.
VARIABLES = {
    "body_background_fill": ("#f7f6f2", "#14171a"),
    "body_text_color": ("#1d2125", "#e8e6e1"),
    "body_text_color_subdued": ("#5b636b", "#a3abb3"),
    "background_fill_primary": ("#ffffff", "#1c2024"),
    "background_fill_secondary": ("#f1efe9", "#23282d"),
    "block_background_fill": ("#ffffff", "#1c2024"),
    "block_border_color": ("#dedbd2", "#343b42"),
    "block_label_background_fill": ("transparent", "transparent"),
    "block_label_text_color": ("#1d2125", "#e8e6e1"),
    "block_title_text_color": ("#1d2125", "#e8e6e1"),
    "block_info_text_color": ("#5b636b", "#a3abb3"),
    "border_color_primary": ("#dedbd2", "#343b42"),
    "border_color_accent": ("#0f5f57", "#63c7b6"),
    "color_accent_soft": ("#e3efec", "#1d3330"),
    "link_text_color": ("#0f5f57", "#63c7b6"),
    "input_background_fill": ("#ffffff", "#15181b"),
    "input_border_color": ("#8d918f", "#6d767e"),
    "input_border_color_focus": ("#0f5f57", "#63c7b6"),
    "input_placeholder_color": ("#656c73", "#98a1a9"),
    "button_primary_background_fill": ("#0f5f57", "#63c7b6"),
    "button_primary_background_fill_hover": ("#0b4a44", "#82d6c7"),
    "button_primary_text_color": ("#ffffff", "#0d1a18"),
    "button_primary_border_color": ("#0f5f57", "#63c7b6"),
    "button_secondary_background_fill": ("#ffffff", "#23282d"),
    "button_secondary_background_fill_hover": ("#f1efe9", "#2c3238"),
    "button_secondary_text_color": ("#1d2125", "#e8e6e1"),
    "button_secondary_border_color": ("#8d918f", "#6d767e"),
    "checkbox_background_color_selected": ("#0f5f57", "#63c7b6"),
    "checkbox_border_color_selected": ("#0f5f57", "#63c7b6"),
    "checkbox_border_color": ("#8d918f", "#6d767e"),
    "checkbox_label_background_fill": ("#ffffff", "#23282d"),
    "checkbox_label_background_fill_selected": ("#e3efec", "#1d3330"),
    "checkbox_label_border_color": ("#c9c5ba", "#454d55"),
    "checkbox_label_border_color_selected": ("#0f5f57", "#63c7b6"),
    "checkbox_label_text_color_selected": ("#0b4a44", "#a6e3d8"),
    "slider_color": ("#0f5f57", "#63c7b6"),
    "error_background_fill": ("#fdecea", "#3a1f1d"),
    "error_border_color": ("#a3261b", "#f2a29a"),
    "error_text_color": ("#8c1d13", "#f7bcb5"),
}


def build_theme() -> Base:
    """Gradio's base theme in our colours."""
    from gradio.themes import Base, sizes

    theme = Base(
        primary_hue="teal",
        neutral_hue="stone",
        font=SANS,
        font_mono=MONO,
        radius_size=sizes.radius_md,
        text_size=sizes.text_md,
    )
    both = {name: light for name, (light, _) in VARIABLES.items()} | {f"{name}_dark": dark for name, (_, dark) in VARIABLES.items()}
    return theme.set(
        **both,
        color_accent="var(--ic-accent)",
        block_shadow="none",
        block_border_width="0px",
        button_large_text_weight="600",
        block_label_text_size="*text_sm",
    )


def style_sheet() -> str:
    """Our CSS."""
    return (FOLDER / "style.css").read_text(encoding="utf-8")


def key_script() -> str:
    """Our JavaScript, for the page's head."""
    return f"<script>\n{(FOLDER / 'keys.js').read_text(encoding='utf-8')}\n</script>"
