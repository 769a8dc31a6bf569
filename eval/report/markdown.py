"""A run as Markdown. Every piece of text that came from a person, a data set or a model is escaped on the way in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from coach.escaping import markdown_text
from eval.bench import About, Report, Result
from eval.metrics import Metric
from eval.report.comparison import Comparison, side_by_side
from eval.report.disagreements import Disagreement, worst
from eval.report.missed import Missed
from eval.report.wording import between, count, duration, interval, number, shortened, time

WORST = 10
_LONGEST = 300  # characters of an answer; the page has all of it


def to_markdown(report: Report, missed: Sequence[Missed] = ()) -> str:
    """The report for reading, ending in one line break."""
    blocks = [
        "# Benchmark report",
        *_head(report.about),
        *_missed(missed),
        *(block for comparison in side_by_side(report.results) for block in _comparison(comparison)),
        *(block for result in report.results for block in _result(result)),
        *_worst(worst(report.results)[:WORST]),
    ]
    return "\n\n".join(blocks) + "\n"


def _head(about: About) -> Iterator[str]:
    lines = [
        f"- Command: {markdown_text(about.command)}",
        f"- Started: {markdown_text(time(about.started))}, took {duration(about.seconds)}",
        f"- Commit: {markdown_text(about.commit or 'unknown')}",
        f"- Machine: {markdown_text(about.machine)}",
        f"- Corpus: {markdown_text(about.corpus)}",
    ]
    yield "\n".join(lines + [f"- {markdown_text(name)}: {_subject(subject)}" for name, subject in about.subjects.items()])


def _subject(subject: Mapping[str, str | None]) -> str:
    return ", ".join(f"{markdown_text(part)} {markdown_text(value)}" for part, value in subject.items() if value) or "no model"


def _missed(missed: Sequence[Missed]) -> Iterator[str]:
    if missed:
        yield "## Missed"
        yield "\n".join(f"- {markdown_text(each.sentence)}" for each in missed)


def _comparison(comparison: Comparison) -> Iterator[str]:
    yield "## Side by side"
    if comparison.caution:
        yield markdown_text(comparison.caution)
    yield _table(
        ("metric", *map(markdown_text, comparison.names)),
        [(markdown_text(name), *(_with_interval(value) for value in values)) for name, values in comparison.rows],
    )


def _with_interval(metric: Metric | None) -> str:
    if metric is None:
        return ""
    between = interval(metric)
    return f"{number(metric.value)} ({between})" if between else number(metric.value)


def _result(result: Result) -> Iterator[str]:
    yield f"## {markdown_text(result.name)}"
    failed = sum(row.outcome.error is not None for row in result.rows)
    if result.rows:
        yield count(len(result.rows), "case") + (f", of which {failed:,} could not be tried." if failed else ".")
    if result.metrics:
        rows = [(markdown_text(name), number(metric.value), interval(metric), f"{metric.n:,}") for name, metric in result.metrics.items()]
        yield _table(("metric", "value", between(result.metrics.values()), "n"), rows)
    else:
        yield "No figures."


def _worst(found: Sequence[Disagreement]) -> Iterator[str]:
    if found:
        yield "## Worst disagreements"
        yield "\n".join(f"{place}. {_brief(each)}" for place, each in enumerate(found, 1))


def _brief(each: Disagreement) -> str:
    score = "ungraded" if each.values.score is None else f"score {each.score:.0f}"
    where = " · ".join(markdown_text(part) for part in (each.bench, each.values.kind, each.id) if part)
    reason = f" {markdown_text(each.values.reason)}" if each.values.reason else ""
    question, answer = markdown_text(each.values.question), markdown_text(shortened(each.values.answer, _LONGEST))
    return f"**label {each.label:.0f}, {score}** ({where}): {question} “{answer}”{reason}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    written = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    rule = f"|{'|'.join([' --- ', *[' ---: '] * (len(head) - 1)])}|"
    return "\n".join([written[0], rule, *written[1:]])
