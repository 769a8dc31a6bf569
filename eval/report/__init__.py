"""What a run found, written down: for programs, for build servers, and for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eval.bench import Report
from eval.report.html import to_html
from eval.report.junit import to_junit
from eval.report.markdown import to_markdown
from eval.report.missed import Missed
from eval.report.records import as_json, cases_jsonl, file_names, report_json, results_json, sets_of

__all__ = ["Missed", "as_json", "sets_of", "write"]


def write(report: Report, out: Path, missed: Sequence[Missed] = ()) -> list[Path]:
    """Write all forms of the report into the folder `out`; the files, the page last. Raises OSError."""
    figures = {result.name: result.metrics for result in report.results}
    texts = {"results.json": results_json(figures), "report.json": report_json(report.about, figures, sets_of(report.results))}
    for result, name in zip(report.results, file_names([result.name for result in report.results]), strict=True):
        texts[f"cases/{name}.jsonl"] = cases_jsonl(result.rows)
    texts |= {"report.md": to_markdown(report, missed), "junit.xml": to_junit(report, missed), "report.html": to_html(report, missed)}
    return [_written(out / name, text) for name, text in texts.items()]


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Half of a character pair, which a data set can hold as an escape, is written as the escape again.
    path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    return path
