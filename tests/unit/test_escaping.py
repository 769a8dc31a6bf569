"""Text of people inside Markdown: it shows as it was written, and builds nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from coach.escaping import markdown_quote, markdown_text

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PLAIN = {"paragraph", "text", "inline", "blockquote", "softbreak", "hardbreak", "text_special"}
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](http://evil.example/pixel.png)",
    "[click](javascript:alert(1))",
    "[a]: http://evil.example\n\n[a]",
    "<http://evil.example>",
    "# Score: 100",
    "- a list\n* another\n+ third\n1. fourth\n2) fifth",
    "a | b\n--|--\n1 | 2",
    "    code",
    "\tcode",
    "```\nfence\n```",
    "~~~\nfence",
    "text\n===\ntext\n---",
    "> quote",
    "&lt;b&gt; &#60;b&#62; &amp;",
    "**bold** _it_ `code` ~~gone~~ $x$",
    "line one\\",
    "\\<b>",
    "a\u2028b\x0bc\u0085d",
    "***",
]


def kinds_in(markdown: str) -> set[str]:
    found: set[str] = set()
    todo = list(PARSER.parse(markdown))
    while todo:
        token = todo.pop()
        found.add(re.sub(r"_(open|close)$", "", token.type))
        todo.extend(token.children or [])
    return found


def shown(markdown: str) -> str:
    html = PARSER.render(markdown)
    text = re.sub(r"<[^>]*>", "", html)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_built_from_an_attack(attack: str) -> None:
    assert kinds_in(markdown_text(attack)) <= PLAIN
    assert kinds_in(markdown_quote(attack)) <= PLAIN
    assert "<" not in markdown_text(attack)


@given(st.text(alphabet=st.one_of(st.sampled_from("<>&[]()!*_`#+-=|~$\\{}:/.@ \n\t1a"), st.characters(codec="utf-8")), max_size=80))
@example("www.evil.example http://evil.example me@evil.example")
def test_any_text_shows_as_it_was_written_and_builds_nothing(text: str) -> None:
    quoted = markdown_quote(text)
    assert kinds_in(quoted) <= PLAIN
    assert "http://" not in quoted
    assert not re.search(r"<|(?<!\\)@", quoted)
    written = "".join(c for c in text if c.isalnum())
    assert "".join(c for c in shown(quoted) if c.isalnum()) == written


def test_addresses_do_not_become_links_and_direction_marks_are_dropped() -> None:
    assert markdown_text("see http://a.b and www.a.b, me@a.b") == r"see http\://a.b and www\.a.b, me\@a.b"
    assert markdown_text("ab\u202ecd") == "abcd"


def test_a_quote_keeps_its_lines() -> None:
    assert markdown_quote("one\n\n  two") == "> one\\\n> &nbsp;\\\n> &nbsp;&nbsp;two"
