"""Safe HTML. Everything that a person or a document wrote is escaped here, and only here.

A plain `str` is text and comes out escaped; an `Html` was made by `tag` or `join` and comes out as it is. No view writes markup
by hand, so a view cannot forget to escape.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

VOID = frozenset({"input", "br", "hr"})
Attribute = str | int | float | bool | None


class Html(str):
    """Markup that is safe to show as it stands."""

    __slots__ = ()


def escape(text: str) -> Html:
    """Text as markup: nothing in it is a tag, an attribute or an entity any more."""
    return Html(html.escape(text.replace("\x00", "\N{REPLACEMENT CHARACTER}"), quote=True))


def join(parts: Iterable[str | None], separator: str = "") -> Html:
    """The parts after each other; plain text among them is escaped, None is left out."""
    return Html(_safe(separator).join(_safe(part) for part in parts if part is not None))


def tag(name: str, *children: str | None, **attributes: Attribute) -> Html:
    """An element. `class_="x"` gives class, `data_point="y"` data-point; None and False leave an attribute out, True gives it bare."""
    head = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Html(f"<{name}{head}>")
    return Html(f"<{name}{head}>{join(children)}</{name}>")


def text_block(text: str, **attributes: Attribute) -> Html:
    """Text of several lines, its line breaks kept by the style sheet."""
    attributes["class_"] = f"ic-text {attributes.get('class_', '') or ''}".strip()
    return tag("div", text, **attributes)


def icon(path: str, *, label: str | None = None, class_: str = "ic-icon") -> Html:
    """A line drawing in the colour of the text around it. Without a label it is decoration, and hidden from screen readers."""
    described = f' role="img" aria-label="{escape(label)}"' if label else ' aria-hidden="true"'
    return Html(
        f'<svg class="{escape(class_)}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round"{described}>{path}</svg>'
    )


def _safe(part: str) -> Html:
    return part if isinstance(part, Html) else escape(part)


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
