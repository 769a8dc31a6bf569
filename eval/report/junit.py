"""A run as JUnit XML, which build servers show: a suite a benchmark, a test a case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from eval.bench import Report, Result, Row
from eval.report.missed import Missed

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # in XML 1.0, even as an entity


def to_junit(report: Report, missed: Sequence[Missed] = ()) -> str:
    """The XML: a case that could not be tried is an error, a figure that was missed a failure of its benchmark's suite."""
    root = Element("testsuites", name="interview-coach")
    known = {result.name for result in report.results}
    strangers = dict.fromkeys(each.bench for each in missed if each.bench not in known)
    for result in (*report.results, *(Result(name=name, metrics={}, rows=()) for name in strangers)):
        root.append(_suite(result, [each for each in missed if each.bench == result.name], report.about.started))
    for counted in ("tests", "failures", "errors"):
        root.set(counted, str(sum(int(suite.get(counted, "0")) for suite in root)))
    root.set("time", f"{report.about.seconds:.3f}")
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(result: Result, missed: Sequence[Missed], started: str) -> Element:
    errors = sum(row.outcome.error is not None for row in result.rows)
    suite = Element("testsuite", name=_clean(result.name), timestamp=started)
    suite.set("tests", str(len(result.rows) + len(missed)))
    suite.set("failures", str(len(missed)))
    suite.set("errors", str(errors))
    suite.set("skipped", "0")
    suite.set("time", f"{sum(row.outcome.ms for row in result.rows) / 1000:.3f}")
    for each in missed:
        test = SubElement(suite, "testcase", classname=_clean(result.name), name=_clean(each.metric), time="0.000")
        SubElement(test, "failure", message=_clean(each.sentence), type="missed")
    for row in result.rows:
        suite.append(_test(result.name, row))
    return suite


def _test(bench: str, row: Row) -> Element:
    test = Element("testcase", classname=_clean(bench), name=_clean(row.case.id), time=f"{row.outcome.ms / 1000:.3f}")
    if row.outcome.error is not None:
        SubElement(test, "error", message=_clean(row.outcome.error), type="error")
    if row.outcome.reason:
        SubElement(test, "system-out").text = _clean(row.outcome.reason)
    return test


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
