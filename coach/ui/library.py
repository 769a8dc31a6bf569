"""The library: the questions found in a document before they are accepted, and what there is already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from coach.domain import Document, Question
from coach.ui import wording
from coach.ui.markup import Html, tag, text_block


class Row(Protocol):
    """What the list of documents shows of one."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def bank(self) -> str: ...  # noqa: D102
    @property
    def questions(self) -> int: ...  # noqa: D102
    @property
    def added_at(self) -> datetime: ...  # noqa: D102


def intro() -> Html:
    """What the library is for, before a document was dropped."""
    return tag(
        "div",
        tag("h2", "Interview on your own material", class_="ic-question"),
        tag(
            "p",
            "Drop an article, notes, or questions in Markdown. You see what was found, with its key points, before anything is kept.",
        ),
        class_="ic-library",
    )


def reading(step: str, *, done: int = 0, total: int = 0) -> Html:
    """What is being done with the document right now."""
    bar = tag("progress", value=done, max=total, aria_label=step) if total else tag("progress", aria_label=step)
    share = f" ({done} of {total})" if total else ""
    return tag(
        "div",
        tag("p", tag("span", class_="ic-pulse", aria_hidden="true"), step + share, class_="ic-still"),
        bar,
        class_="ic-card",
        role="status",
    )


def found(document: Document) -> Html:
    """The questions of a document that was read, each with a tick, its key points and its answer; and what was left out."""
    count = wording.plural(len(document.questions), "question")
    tick_all = tag("button", "Tick all", type="button", class_="ic-plain-button", data_tick="all")
    tick_none = tag("button", "Untick all", type="button", class_="ic-plain-button", data_tick="none")
    return tag(
        "div",
        tag("div", tag("h2", f"{count} found in {document.name}"), class_="ic-panel-head"),
        *(tag("p", warning, class_="ic-note") for warning in document.warnings),
        tag("div", tick_all, tick_none, class_="ic-links"),
        tag("ol", *(_found(question, number) for number, question in enumerate(document.questions, 1)), class_="ic-found"),
        _left_out(document.left_out),
        class_="ic-library ic-card",
    )


def _found(question: Question, number: int) -> Html:
    box = tag("input", type="checkbox", data_question=question.id, checked=True)
    points = tag(
        "ul",
        *(tag("li", point.text, " (essential)" if point.essential else None) for point in question.key_points),
        class_="ic-found-points",
    )
    return tag(
        "li",
        tag("label", box, tag("span", f"{number}. {question.text}"), class_="ic-check"),
        tag("details", tag("summary", wording.plural(len(question.key_points), "key point")), points, id=f"points-{question.id}"),
        tag("details", tag("summary", "The answer as it was read"), text_block(question.answer), id=f"read-{question.id}"),
    )


def _left_out(lines: Sequence[str]) -> Html | None:
    if not lines:
        return None
    items = tag("ul", *(tag("li", line) for line in lines), class_="ic-left-out ic-small")
    return tag("details", tag("summary", f"Left out: {wording.plural(len(lines), 'piece')}, with the reason"), items, id="left-out")


def accepted(document: Document) -> Html:
    """What happened when the questions were accepted."""
    count = wording.plural(len(document.questions), "question")
    return tag(
        "p",
        f"{count} from {document.name} are now in the bank “{document.bank}”. Choose it on the Interview tab.",
        class_="ic-notice ic-info",
        role="status",
    )


def shelf(rows: Sequence[Row]) -> Html:
    """The banks, each with its documents behind a click."""
    if not rows:
        return tag("p", "Nothing is here yet. The bundled questions appear once they have been read.", class_="ic-quiet")
    banks: dict[str, list[Row]] = {}
    for row in rows:
        banks.setdefault(row.bank, []).append(row)
    return tag("div", *(_bank(name, documents) for name, documents in banks.items()))


def _bank(name: str, rows: Sequence[Row]) -> Html:
    head = tag("tr", tag("th", "Document", scope="col"), tag("th", "Questions", scope="col", class_="ic-number"))
    body = [tag("tr", tag("td", row.name), tag("td", str(row.questions), class_="ic-number")) for row in rows]
    count = f"{wording.plural(sum(row.questions for row in rows), 'question')}, {wording.plural(len(rows), 'document')}"
    table = tag(
        "table", tag("caption", f"Documents of the bank {name}", class_="ic-sr"), tag("thead", head), tag("tbody", *body), class_="ic-table"
    )
    title = tag("span", tag("span", name, class_="ic-strong"), " ", tag("span", count, class_="ic-quiet"))
    return tag("details", tag("summary", title), table, id=f"bank-{name}", class_="ic-bank")
