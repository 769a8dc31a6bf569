"""Our own form of a question: one Markdown file a question, read and written without loss.

Front matter (topic, level, kind, and perhaps related and id), the question as the only `#` heading, the model answer,
then `## Key points`, `## Misconceptions` and `## Follow-ups`, each a list. A line of the answer that would read as one
of these headings is written with a backslash before it, and so is an item that would read as having a `[mark]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn, get_args

import yaml

from coach.domain import FollowUp, Frozen, KeyPoint, Kind, Level, Misconception, Question
from coach.errors import DocumentError

KEYS = ("topic", "level", "kind", "related", "id")
SECTIONS = ("key points", "misconceptions", "follow-ups")
ARROW = " → "

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_HEADING = re.compile(r"#{1,2}(?!#)(?:\s|$)")
_ESCAPED_HEADING = re.compile(r"\\+#{1,2}(?!#)(?:\s|$)")
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")
_ITEM = re.compile(r"[-*]\s+(.*)")
_MARK = re.compile(r"\[([^\]]*)\]\s+(.*)")
_SPLIT_ARROW = re.compile(r"(?<= )→(?= )")
_ANY_ARROW = re.compile(r"(?<= )(\\*)→(?=\s|$)")


class _Line(Frozen):
    """A line of the file with its number, counted from 1."""

    number: int
    text: str


class _Reader(Frozen):
    """What every complaint must name: the file."""

    name: str

    def fail(self, line: int, message: str) -> NoReturn:
        raise DocumentError(f"{self.name}, line {line}: {message}")


def is_question_file(text: str) -> bool:
    """Whether the text is meant as our form: it has our front matter, or one `## Key points` below a first `#` heading."""
    lines = _lines(text)
    front = _front_matter_end(lines)
    if front is not None:
        keys = {line.text.split(":")[0].strip() for line in lines[1:front]}
        if keys & {"level", "kind"} and "title" not in keys:
            return True
    body = [line for line in lines[(front + 1) if front is not None else 0 :] if line.text.strip()]
    points = sum(_section_name(line.text) == "key points" for line in body)
    return bool(body) and body[0].text.startswith("# ") and points == 1


def parse_question(text: str, *, bank: str, id: str, source: str = "") -> Question:
    """The question that a file of our form holds; `id` is the file's name without suffix unless the front matter has one.

    Key points may be absent (they are drawn from the answer later). Raises DocumentError with the file and the line.
    """
    reader = _Reader(name=source or f"{id}.md")
    lines = _lines(text)
    end = _front_matter_end(lines)
    meta = _front_matter(lines[:end], reader) if end is not None else {}
    title, answer, sections = _split(lines[(end + 1) if end is not None else 0 :], reader)
    points = tuple(_key_points(sections.get("key points", []), reader))
    return Question(
        id=meta.pop("id", id),
        bank=bank,
        text=title,
        answer=answer,
        key_points=points,
        misconceptions=tuple(_misconceptions(sections.get("misconceptions", []), reader)),
        follow_ups=tuple(_follow_ups(sections.get("follow-ups", []), points, reader)),
        source=source,
        **meta,
    )


def render_question(question: Question) -> str:
    """The question as a file of our form. Bank, id and source are the file's place, and spans are not written."""
    meta: dict[str, object] = {"topic": question.topic, "level": question.level, "kind": question.kind}
    if question.related:
        meta["related"] = list(question.related)
    front = yaml.safe_dump(meta, sort_keys=False, allow_unicode=True, width=10_000)
    parts = [f"---\n{front}---\n# {_one_line(question.text)}\n", f"{_escape_answer(question.answer)}\n"]
    if question.key_points:
        items = [("[essential] " if p.essential else "") + _escape_mark(_one_line(p.text)) for p in question.key_points]
        parts.append(_section("Key points", items))
    if question.misconceptions:
        items = [_escape_arrows(_one_line(m.claim)) + ARROW + _one_line(m.correction) for m in question.misconceptions]
        parts.append(_section("Misconceptions", items))
    if question.follow_ups:
        numbers = {point.id: number for number, point in enumerate(question.key_points, 1)}
        items = []
        for ask in question.follow_ups:
            number = numbers.get(ask.point_id) if ask.point_id else None
            items.append((f"[{number}] " if number else "") + _escape_mark(_one_line(ask.text)))
        parts.append(_section("Follow-ups", items))
    return "\n".join(parts)


# Reading


def _lines(text: str) -> list[_Line]:
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return [_Line(number=number, text=line) for number, line in enumerate(plain.split("\n"), 1)]


def _front_matter_end(lines: list[_Line]) -> int | None:
    """The index of the closing `---`, or None when the text does not begin with front matter."""
    if not lines or lines[0].text.rstrip() != "---":
        return None
    return next((index for index, line in enumerate(lines[1:], 1) if line.text.rstrip() == "---"), None)


def _front_matter(lines: list[_Line], reader: _Reader) -> dict[str, Any]:
    try:
        # BaseLoader makes nothing but strings, lists and mappings, so `topic: no` stays the text "no".
        loaded = yaml.load("\n".join(line.text for line in lines[1:]), Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it is not valid YAML"
        reader.fail(mark.line + 2 if mark else 1, f"the front matter cannot be read: {problem}.")
    if loaded is None or loaded == "":
        return {}
    if not isinstance(loaded, dict):
        reader.fail(2, "the front matter must be lines of `key: value`.")
    where = {line.text.split(":")[0].strip(): line.number for line in reversed(lines)}
    meta: dict[str, Any] = {}
    for key, value in loaded.items():
        line = where.get(key, 1)
        if key not in KEYS:
            reader.fail(line, f"`{key}` is not known in the front matter; use {', '.join(KEYS)}.")
        meta[key] = _meta_value(key, value, line, reader)
    return meta


def _meta_value(key: str, value: object, line: int, reader: _Reader) -> str | tuple[str, ...]:
    if key == "related":
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            reader.fail(line, "`related` must be a list of question ids, such as [dropout, momentum].")
        return tuple(value)
    if not isinstance(value, str) or not value.strip():
        reader.fail(line, f"`{key}` needs one word or phrase after the colon.")
    allowed = {"level": get_args(Level), "kind": get_args(Kind)}.get(key)
    if allowed and value not in allowed:
        reader.fail(line, f"`{key}: {value}` is not one of {', '.join(allowed)}.")
    if key == "id" and not _ID.fullmatch(value):
        reader.fail(line, f"`id: {value}` may hold lower-case letters, digits and hyphens only.")
    return value


def _section_name(text: str) -> str | None:
    """The section that a line opens, if it opens one; spelling of case and of the hyphen does not matter."""
    if not text.startswith("## "):
        return None
    name = text[3:].strip().rstrip(":").casefold().replace("follow ups", "follow-ups")
    return name if name in SECTIONS else None


def _fenced(lines: list[str]) -> Iterator[tuple[str, bool]]:
    """Each line with whether it lies inside a code fence; one of our section headings ends a fence left open."""
    fence = ""
    for line in lines:
        match = _FENCE.match(line)
        if _section_name(line.lstrip("\\")):
            yield line, bool(fence)
        elif not fence and match:
            fence = match[1]
            yield line, True
        elif fence and match and match[1].startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
            yield line, True
        else:
            yield line, bool(fence)


def _split(lines: list[_Line], reader: _Reader) -> tuple[str, str, dict[str, list[_Line]]]:
    """The question, the answer and each section's lines."""
    start = next((index for index, line in enumerate(lines) if line.text.strip()), None)
    if start is None or not re.match(r"# *\S", lines[start].text) or lines[start].text.startswith("##"):
        number = lines[start].number if start is not None else 1
        reader.fail(number, "expected the question here, as a line that begins with `# `.")
    heading = lines[start]
    sections: dict[str, list[_Line]] = {}
    answer: list[str] = []
    current: list[_Line] | None = None
    body = lines[start + 1 :]
    for line, (_, in_fence) in zip(body, _fenced([line.text for line in body]), strict=True):
        name = _section_name(line.text)
        if name:
            if name in sections:
                reader.fail(line.number, f"there is a second `## {name.capitalize()}`; put all its items under the first.")
            current = sections[name] = [line]
        elif current is not None:
            if _HEADING.match(line.text):
                reader.fail(line.number, f"`{line.text.strip()}` is not a section; use Key points, Misconceptions or Follow-ups.")
            current.append(line)
        elif _HEADING.match(line.text) and not in_fence:
            reader.fail(line.number, f"`{line.text.strip()}` is no section of ours; in an answer, use `###` or prose instead.")
        else:
            answer.append(line.text)
    text = _unescape_answer("\n".join(answer)).strip()
    if not text:
        reader.fail(heading.number, "there is no model answer below the question.")
    return heading.text[1:].strip(), text, sections


def _items(lines: list[_Line], reader: _Reader) -> list[_Line]:
    """The items of a section's list, each with the number of its first line; an indented line continues its item."""
    if not lines:
        return []
    items: list[_Line] = []
    for line in lines[1:]:
        match = _ITEM.match(line.text)
        if match:
            items.append(_Line(number=line.number, text=match[1].strip()))
        elif line.text.startswith((" ", "\t")) and line.text.strip() and items:
            items[-1] = _Line(number=items[-1].number, text=f"{items[-1].text} {line.text.strip()}")
        elif line.text.strip():
            reader.fail(line.number, "expected an item that begins with `- `.")
    if not items:
        reader.fail(lines[0].number, f"`{lines[0].text.strip()}` has no items; add one that begins with `- `, or drop the heading.")
    for item in items:
        if not item.text:
            reader.fail(item.number, "this item is empty.")
    return items


def _key_points(lines: list[_Line], reader: _Reader) -> Iterator[KeyPoint]:
    seen: dict[str, int] = {}
    for item in _items(lines, reader):
        text, essential = item.text, False
        mark = _MARK.match(text)
        if mark:
            if mark[1].strip().casefold() != "essential":
                reader.fail(item.number, f"`[{mark[1]}]` is not known before a key point; only [essential] is.")
            text, essential = mark[2], True
        point = KeyPoint.of(_unescape_mark(text), essential=essential)
        if point.id in seen:
            reader.fail(item.number, f"this key point says the same as the one in line {seen[point.id]}.")
        seen[point.id] = item.number
        yield point


def _misconceptions(lines: list[_Line], reader: _Reader) -> Iterator[Misconception]:
    for item in _items(lines, reader):
        halves = _SPLIT_ARROW.split(item.text, maxsplit=1)
        if len(halves) != 2 or not halves[0].strip() or not halves[1].strip():
            reader.fail(item.number, "a misconception is a claim, then ` → ` (with spaces), then its correction.")
        claim = _ANY_ARROW.sub(lambda match: f"{match[1][1:]}→", halves[0].strip())
        yield Misconception(claim=claim, correction=halves[1].strip())


def _follow_ups(lines: list[_Line], points: tuple[KeyPoint, ...], reader: _Reader) -> Iterator[FollowUp]:
    for item in _items(lines, reader):
        mark = _MARK.match(item.text)
        if mark is None:
            yield FollowUp(text=_unescape_mark(item.text))
            continue
        number = int(mark[1]) if re.fullmatch(r"[0-9]{1,4}", mark[1]) else 0
        if not 1 <= number <= len(points):
            reader.fail(item.number, f"`[{mark[1]}]` must be the number of a key point, 1 to {len(points)}.")
        yield FollowUp(text=_unescape_mark(mark[2]), point_id=points[number - 1].id)


# Writing, and the escapes that both sides share


def _section(name: str, items: list[str]) -> str:
    return f"## {name}\n" + "".join(f"- {item}\n" for item in items)


def _one_line(text: str) -> str:
    return re.sub(r"\s*[\r\n]+\s*", " ", text).strip()


def _needs_escape(line: str, in_fence: bool) -> bool:
    bare = line.lstrip("\\")
    return _section_name(bare) is not None if in_fence else bool(_HEADING.match(bare))


def _escape_answer(answer: str) -> str:
    return "\n".join(f"\\{line}" if _needs_escape(line, fenced) else line for line, fenced in _fenced(answer.split("\n")))


def _unescape_answer(answer: str) -> str:
    return "\n".join(
        line[1:] if _ESCAPED_HEADING.match(line) and _needs_escape(line, fenced) else line for line, fenced in _fenced(answer.split("\n"))
    )


def _escape_mark(text: str) -> str:
    return f"\\{text}" if re.match(r"\\*\[", text) else text


def _unescape_mark(text: str) -> str:
    return text[1:] if re.match(r"\\+\[", text) else text


def _escape_arrows(text: str) -> str:
    return _ANY_ARROW.sub(lambda match: f"\\{match[1]}→", text)
