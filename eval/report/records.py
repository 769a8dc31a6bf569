"""A run as data: its figures as JSON, and its cases as JSON Lines."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from eval.bench import About, Result, Row
from eval.case_set import CaseSet, case_set
from eval.metrics import Results

FigureAsJson = dict[str, float | int | None]

_DIGITS = 4
_BREAKS = re.compile("[\x85\u2028\u2029]")  # line breaks to some readers, though not to JSON


def as_json(results: Results) -> dict[str, dict[str, FigureAsJson]]:
    """The figures as `coach eval --json` prints them; one that is not a number is null."""
    return {
        bench: {
            name: {"value": _rounded(metric.value), "low": _rounded(metric.low), "high": _rounded(metric.high), "n": metric.n}
            for name, metric in metrics.items()
        }
        for bench, metrics in results.items()
    }


def results_json(results: Results) -> str:
    """The text of `results.json`."""
    return json.dumps(as_json(results), indent=1, ensure_ascii=False) + "\n"


def report_json(about: About, results: Results, sets: Mapping[str, CaseSet]) -> str:
    """The text of `report.json`: what the run was of, on which cases, and its figures."""
    whole = {
        "about": about.model_dump(mode="json"),
        "sets": {bench: own.model_dump() for bench, own in sets.items()},
        "metrics": as_json(results),
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def sets_of(results: Iterable[Result]) -> dict[str, CaseSet]:
    """Which cases each benchmark was run on; nothing of those that measure the machine."""
    found = {result.name: case_set(row.case for row in result.rows) for result in results}
    return {bench: own for bench, own in found.items() if own is not None}


def cases_jsonl(rows: Iterable[Row]) -> str:
    """A line a case: what was tried and what came of it. A number that JSON does not have is null."""
    return "".join(_line({**row.case.model_dump(), **row.outcome.model_dump()}) for row in rows)


def file_names(names: Sequence[str]) -> list[str]:
    """A name for the file of each of these, without ending: fit for every file system, and no two the same."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "cases"
        number = 2
        unique = plain
        while unique.casefold() in {other.casefold() for other in found}:
            unique, number = f"{plain}-{number}", number + 1
        found.append(unique)
    return found


def _line(row: dict[str, JsonValue]) -> str:
    text = json.dumps(_finite(row), ensure_ascii=False, allow_nan=False)
    return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _finite(value: JsonValue) -> JsonValue:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return value


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, _DIGITS)
