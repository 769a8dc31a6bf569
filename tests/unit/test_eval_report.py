"""The report of a benchmark run: everything is in it, in every form, and nobody's text builds anything in it."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from pydantic import JsonValue

from eval.bench import About, Case, Outcome, Report, Result, Row
from eval.metrics import Metric
from eval.report import Missed, as_json, write
from eval.report.disagreements import worst
from eval.report.junit import to_junit
from eval.report.markdown import to_markdown

HOSTILE = "<script>alert(1)</script> ]]> | a \x00\x0b &amp; </svg><img src=x onerror=alert(1)> \" ' {{ 7*7 }} $x$ \u2028"
SHOWN = "<script>alert(1)</script> ]]> | a"
FORMS = ["cases/grading.jsonl", "junit.xml", "report.html", "report.json", "report.md", "results.json"]
SUBJECT: dict[str, str | None] = {"model": "tiny-chat", "prompt": "1f2e3d4c", "calibration": "2026-01-15", "embedder": "tiny-embed"}
ABOUT = About(
    command="coach eval grading",
    started="2026-01-31T12:00:00+00:00",
    seconds=75,
    commit="abc1234+",
    machine="two cores, 4 GB",
    corpus="c0ffee",
    subjects={"grading": SUBJECT},
)


class Page(HTMLParser):
    """What a browser makes of a page: its elements, and its text as it is read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)


def point(
    verdict: str = "covered", label: str | None = "missing", confidence: float = 0.8, text: str = "Units are switched off."
) -> JsonValue:
    return {"text": text, "essential": True, "verdict": verdict, "label": label, "confidence": confidence, "quote": "switched off"}


def graded(
    id: str,
    label: float | None = 50,
    score: float | None = 70,
    *,
    answer: str = "They are switched off.",
    kind: str = "full",
    points: int = 2,
    question: str = "What is dropout?",
    ms: float = 12,
) -> Row:
    values: dict[str, JsonValue] = {
        "question": question,
        "answer": answer,
        "kind": kind,
        "label": label,
        "score": score,
        "low": None if score is None else max(score - 10, 0),
        "high": None if score is None else min(score + 10, 100),
        "reason": None,
        "points": [point(text=f"Point {number}.") for number in range(points)],
    }
    return row(id, values, ms=ms)


def row(id: str, values: dict[str, JsonValue], *, reason: str = "", error: str | None = None, ms: float = 12) -> Row:
    return Row(case=Case(id=id, group="q1", content={"id": id}), outcome=Outcome(id=id, values=values, reason=reason, error=error, ms=ms))


def failed(id: str, error: str = "The model could not be reached.") -> Row:
    return row(id, {}, error=error, ms=0)


def result(*rows: Row, name: str = "grading", **metrics: Metric) -> Result:
    return Result(name=name, metrics=metrics, rows=rows)


def written(folder: Path, *results: Result, missed: tuple[Missed, ...] = (), about: About = ABOUT) -> dict[str, str]:
    files = write(Report(about=about, results=results), folder, missed)
    return {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in files}


def test_every_form_is_written(tmp_path: Path) -> None:
    assert sorted(written(tmp_path / "new" / "folder", result(graded("a")))) == FORMS


def test_figures_are_rounded_and_what_is_no_number_is_null(tmp_path: Path) -> None:
    texts = written(tmp_path, result(qwk=Metric(0.123456, 0.1, math.inf, 9), none=Metric(math.nan, None, None, 0)))
    figures = {
        "grading": {"qwk": {"value": 0.1235, "low": 0.1, "high": None, "n": 9}, "none": {"value": None, "low": None, "high": None, "n": 0}}
    }
    assert json.loads(texts["results.json"]) == figures
    assert json.loads(texts["report.json"])["metrics"] == figures
    assert json.loads(texts["report.json"])["about"] == ABOUT.model_dump()
    assert as_json({"grading": {"qwk": Metric(1.0, None, None, 3)}}) == {
        "grading": {"qwk": {"value": 1.0, "low": None, "high": None, "n": 3}}
    }


def test_a_case_is_one_line_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    odd = row("a", {"gap": math.nan, "text": "one\u2028two", "half": "\ud83d"}, reason="Why.")
    lines = written(tmp_path, result(odd, failed("b")))["cases/grading.jsonl"].splitlines()
    first, second = map(json.loads, lines)
    assert first == {
        "id": "a",
        "group": "q1",
        "content": {"id": "a"},
        "values": {"gap": None, "text": "one\u2028two", "half": "\ud83d"},
        "reason": "Why.",
        "error": None,
        "ms": 12,
    }
    assert second["error"] == "The model could not be reached."


def test_benchmarks_whose_names_are_no_file_names_get_a_file_each(tmp_path: Path) -> None:
    names = ["grading-openai:gpt/4", "grading-openai:gpt-4", "../up", "Up", ""]
    texts = written(tmp_path, *(result(row(name, {}, ms=0), name=name) for name in names))
    files = [name for name in texts if name.startswith("cases/")]
    assert len({name.casefold() for name in files}) == len(names)
    assert all(re.fullmatch(r"cases/[\w-][\w.-]*\.jsonl", name) for name in files)
    assert [json.loads(texts[name])["id"] for name in files] == names


def test_hostile_text_is_only_text_on_the_page(tmp_path: Path) -> None:
    tame = Page(written(tmp_path / "tame", *everything("x"), missed=(Missed("grading", "qwk", "x"),))["report.html"])
    about = ABOUT.model_copy(update={"command": HOSTILE, "subjects": {HOSTILE: {HOSTILE: HOSTILE}}})
    page = Page(written(tmp_path / "wild", *everything(HOSTILE), missed=(Missed("grading", "qwk", HOSTILE),), about=about)["report.html"])
    for tag in ("script", "img", "svg", "style", "details", "figure"):
        assert page.count(tag) == tame.count(tag)
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert page.text.count(SHOWN) >= 10
    assert "49" not in page.text


def test_hostile_text_is_only_text_in_markdown() -> None:
    about = ABOUT.model_copy(update={"command": HOSTILE, "subjects": {HOSTILE: {HOSTILE: HOSTILE}}})
    text = to_markdown(Report(about=about, results=everything(HOSTILE)), [Missed("grading", "qwk", HOSTILE)])
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    assert not [token for token in tokens if token.type.startswith("html")]
    inline = [child for token in tokens for child in token.children or []]
    assert {child.type for child in inline} <= {"text", "text_special", "strong_open", "strong_close"}
    cells = [token.type for token in tokens].count("td_open")
    assert cells == 4 * 2  # two benchmarks of one figure each: a bar in a name starts no cell
    assert "".join(child.content for child in inline).count(SHOWN) >= 6


def test_hostile_text_is_only_text_in_junit() -> None:
    report = Report(about=ABOUT, results=everything(HOSTILE))
    root = ElementTree.fromstring(to_junit(report, [Missed("grading", "qwk", HOSTILE)]))
    assert {element.tag for element in root.iter()} <= {"testsuites", "testsuite", "testcase", "error", "failure", "system-out"}
    errors = [error.attrib["message"] for error in root.iter("error")]
    assert errors[0].startswith(SHOWN)


def everything(text: str) -> tuple[Result, ...]:
    """Two benchmarks with this text in every place where text can come from elsewhere."""
    points: list[JsonValue] = [{"text": text, "essential": True, "verdict": text, "label": "missing", "confidence": 0.5, "quote": text}]
    values: dict[str, JsonValue] = {
        "question": text,
        "answer": text,
        "kind": text,
        "label": 10,
        "score": 90,
        "low": 80,
        "high": 100,
        "reason": text,
        "points": points,
    }
    rows = (row(text, values, reason=text), row("b", {}, error=text))
    one, other = {text: Metric(0.5, 0.4, 0.6, 2)}, {"other": Metric(0.5, None, None, 2)}
    return Result(name=text, metrics=one, rows=rows), Result(name="grading", metrics=other, rows=())


def test_the_worst_disagreements_come_first_and_agreement_is_none(tmp_path: Path) -> None:
    rows = [graded("near", 50, 60), graded("far", 0, 95), graded("same", 40, 40), graded("ungraded", 80, None), graded("under", 70, 20)]
    texts = written(tmp_path, result(*rows))
    order = ["far", "ungraded", "under", "near"]
    assert re.findall(r"case <code>(\w+)</code>", texts["report.html"]) == order
    assert re.findall(r"^\d+\. .*· (\w+)\)", texts["report.md"], re.MULTILINE) == order
    assert "label 80, ungraded" in texts["report.md"]


def test_a_benchmark_with_many_disagreements_does_not_hide_another() -> None:
    many = result(*(graded(f"bad-{number}", 0, 100) for number in range(60)), name="grading-bad")
    few = result(graded("good", 50, 55), name="grading-good")
    assert [each.bench for each in worst([few, many])] == ["grading-bad"] * 50 + ["grading-good"]


def test_a_disagreement_shows_the_answer_and_each_verdict_beside_its_label(tmp_path: Path) -> None:
    text = Page(written(tmp_path, result(graded("a", 50, 70)))["report.html"]).text
    shown = " ".join(text.split())
    for part in ("What is dropout?", "They are switched off.", "score 70, range 60 to 80", "label 50"):
        assert part in shown
    assert "Point 1. essential said covered label missing confidence 80 % switched off" in shown


def test_the_head_says_what_the_run_was_of(tmp_path: Path) -> None:
    texts = written(tmp_path, result(graded("a")))
    for form in (Page(texts["report.html"]).text, texts["report.md"]):
        for part in ("coach eval grading", "2026-01-31 12:00 UTC", "75 s", "abc1234+", "two cores, 4 GB", "c0ffee", *SUBJECT.values()):
            assert part is not None
            assert part in form


def test_junit_counts_cases_errors_and_missed_figures(tmp_path: Path) -> None:
    missed = (Missed("grading", "qwk", "grading.qwk is 0.7, below 0.8."), Missed("elsewhere", "f1", "elsewhere.f1 was not measured."))
    texts = written(tmp_path, result(graded("a"), failed("b"), graded("c"), qwk=Metric(0.7, None, None, 3)), missed=missed)
    root = ElementTree.fromstring(texts["junit.xml"])
    counts = ("tests", "failures", "errors")
    assert [root.get(name) for name in counts] == ["5", "2", "1"]
    suites = {suite.get("name"): suite for suite in root}
    assert [suites["grading"].get(name) for name in counts] == ["4", "1", "1"]
    assert [suites["elsewhere"].get(name) for name in counts] == ["1", "1", "0"]
    for suite in root:
        assert suite.get("tests") == str(len(suite.findall("testcase")))
        assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
        assert suite.get("errors") == str(len(suite.findall("testcase/error")))
    assert "grading.qwk is 0.7, below 0.8." in Page(texts["report.html"]).text
    assert "grading.qwk is 0.7, below 0.8." in texts["report.md"]


def test_cases_that_could_not_be_tried_are_told(tmp_path: Path) -> None:
    texts = written(tmp_path, result(graded("a"), failed("lost")))
    assert "2 cases, of which 1 could not be tried" in texts["report.md"]
    assert "The model could not be reached." in Page(texts["report.html"]).text


def titles(texts: dict[str, str]) -> list[str]:
    return re.findall(r"<h3>(.*?)</h3>", texts["report.html"])


def test_labelled_grades_get_every_plot(tmp_path: Path) -> None:
    assert titles(written(tmp_path, result(graded("a"), graded("b", 10, 20)))) == [
        "Agreement",
        "Score against label",
        "Reliability",
        "By kind of answer",
        "Scores, held back when unsure",
        "Verdicts, held back when unsure",
        "Latency",
    ]


@pytest.mark.parametrize(
    ("rows", "plots"),
    [
        ((), []),
        ((graded("a", None, 70, points=0),), ["By kind of answer", "Latency"]),
        ((row("a", {"rank": 3}),), ["Latency"]),
        ((row("a", {"rank": 3}, ms=0), failed("b")), []),
        ((graded("a", math.nan, math.nan, points=0, ms=0),), ["By kind of answer"]),
        ((graded("a", 50, None, kind="", points=0, ms=0),), ["Agreement", "Score against label", "By kind of answer"]),
    ],
)
def test_what_has_no_numbers_has_no_plot(tmp_path: Path, rows: tuple[Row, ...], plots: list[str]) -> None:
    assert titles(written(tmp_path, result(*rows))) == plots


def test_a_run_of_nothing_is_a_report_that_says_so(tmp_path: Path) -> None:
    texts = written(tmp_path)
    assert sorted(texts) == sorted(set(FORMS) - {"cases/grading.jsonl"})
    assert json.loads(texts["results.json"]) == {}
    assert "Nothing was run." in Page(texts["report.html"]).text
    assert ElementTree.fromstring(texts["junit.xml"]).get("tests") == "0"


def test_graders_of_one_set_stand_side_by_side_and_other_figures_do_not() -> None:
    fast = result(name="grading-fast", qwk=Metric(0.81, 0.7, 0.9, 4), fast_only=Metric(1, None, None, 4))
    full = result(name="grading-full", qwk=Metric(0.92, None, None, 4))
    results = (fast, full, result(name="retrieval", recall=Metric(0.5, None, None, 9)))
    text = to_markdown(Report(about=ABOUT, results=results))
    table = text.partition("## Side by side")[2].partition("\n## ")[0].split("\n")
    assert [line for line in table if line] == [
        "| metric | grading-fast | grading-full |",
        "| --- | ---: | ---: |",
        "| qwk | 0.810 (0.700 to 0.900) | 0.920 |",
    ]


def test_sets_that_are_not_the_same_do_not_stand_side_by_side_and_a_part_of_one_does_with_a_caution() -> None:
    answers = [row(id, {}) for id in ("a", "b", "c")]
    one, part, other = (
        result(*rows, name=name, qwk=Metric(0.8, None, None, len(rows)))
        for name, rows in (("grading-fast", answers), ("grading-p_yes", answers[:2]), ("grading-fast-other", [row("z", {})]))
    )
    text = to_markdown(Report(about=ABOUT, results=(one, part, other)))
    table = text.partition("## Side by side")[2].partition("\n## ")[0]
    assert "| metric | grading-fast | grading-p\\_yes |" in table
    assert "Not all on the same cases (grading-fast 3, grading-p\\_yes 2)" in table
    assert "grading-fast-other" not in table
    same = to_markdown(Report(about=ABOUT, results=(one, one.model_copy(update={"name": "grading-full"}))))
    assert "Side by side" in same
    assert "Not all on the same cases" not in same


@pytest.mark.parametrize(
    ("metrics", "heading"),
    [
        ({"qwk": Metric(0.8, 0.7, 0.9, 9)}, "95 % interval"),
        ({"qwk": Metric(0.8, None, None, 9)}, "95 % interval"),
        ({"fast_ms": Metric(80, 70, 90, 9, ranged=True), "memory_mb": Metric(900, None, None, 1)}, "least to most"),
        ({"qwk": Metric(0.8, 0.7, 0.9, 9), "fast_ms": Metric(80, 70, 90, 9, ranged=True)}, "95 % interval, or least to most"),
    ],
)
def test_an_interval_and_the_least_and_most_of_repeats_are_each_called_what_they_are(
    tmp_path: Path, metrics: dict[str, Metric], heading: str
) -> None:
    texts = written(tmp_path, result(graded("a"), **metrics))
    assert f"| metric | value | {heading} | n |" in texts["report.md"]
    assert f'<th scope="col">{heading}</th>' in texts["report.html"]


def test_the_report_says_on_which_cases_each_benchmark_was_run(tmp_path: Path) -> None:
    report = json.loads(written(tmp_path, result(graded("a"), graded("b")), result(name="latency"))["report.json"])
    assert list(report["sets"]) == ["grading"]
    assert report["sets"]["grading"]["cases"] == 2


def test_the_page_reaches_for_nothing_and_its_drawings_follow_its_colours(tmp_path: Path) -> None:
    text = written(tmp_path, result(graded("a"), graded("b", 10, 20)), result(graded("c", 0, 30), name="other"))["report.html"]
    page = Page(text)
    assert not re.search(r"https?://|@import", text)
    assert not [value for _, attributes in page.elements for name, value in attributes.items() if name == "src" or value == "#"]
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert len(drawings) == 14
    for drawing in drawings:
        assert not re.search(r"#[0-9a-f]{6}", drawing)
        assert "var(--" in drawing
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = re.findall(r"url\(#(\w+)\)", text)
    assert set(wanted) <= set(ids)


def test_the_same_run_gives_the_same_page(tmp_path: Path) -> None:
    rows = [graded(str(number), 10 * (number % 11), 100 - number, points=0, ms=0) for number in range(30)]
    assert written(tmp_path / "a", result(*rows)) == written(tmp_path / "b", result(*rows))
