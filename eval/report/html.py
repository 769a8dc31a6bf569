"""A run as one page that needs nothing beside itself. Jinja escapes every text but our stylesheet, script and drawings."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from eval.bench import Report, Result, Row
from eval.report import wording
from eval.report.comparison import side_by_side
from eval.report.disagreements import worst
from eval.report.missed import Missed
from eval.report.plots import Plot, plots_of

PAGE = Path(__file__).parent / "page"
MOST_FAILED = 50


class Section(NamedTuple):
    """What the page shows of a benchmark; `failed` are the cases that could not be tried."""

    result: Result
    plots: list[Plot]
    failed: list[Row]


def to_html(report: Report, missed: Sequence[Missed] = ()) -> str:
    """The page. It works without a script; with one its list of disagreements can be filtered and searched."""
    environment = Environment(
        loader=FileSystemLoader(PAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["svg"] = Markup
    environment.filters["breakable"] = _breakable
    for filter_ in (wording.number, wording.between, wording.interval, wording.milliseconds, wording.duration, wording.count, wording.time):
        environment.filters[filter_.__name__] = filter_
    script = (PAGE / "report.js").read_text(encoding="utf-8")
    found = worst(report.results)
    parts = tuple(dict.fromkeys(part for subject in report.about.subjects.values() for part in subject))
    return environment.get_template("report.html").render(
        about=report.about,
        parts=parts,
        missed=missed,
        sections=[_section(result) for result in report.results],
        comparisons=side_by_side(report.results),
        disagreements=found,
        kinds=sorted({each.values.kind for each in found}),
        benches=list(dict.fromkeys(each.bench for each in found)),
        most_failed=MOST_FAILED,
        style=Markup((PAGE / "report.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _breakable(name: str) -> Markup:
    """A metric's name, which may be broken after each `_` and `.` where its column is narrow."""
    return Markup("").join(escape(part) + (Markup("<wbr>") if part in ("_", ".") else "") for part in re.split("([_.])", name))


def _section(result: Result) -> Section:
    return Section(result, plots_of(result), [row for row in result.rows if row.outcome.error is not None])
