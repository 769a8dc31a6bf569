"""Our own form of a question, both ways."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.bank.markdown import is_question_file, parse_question, render_question
from coach.domain import FollowUp, KeyPoint, Misconception, Question
from coach.errors import DocumentError

CORPUS = Path(__file__).parents[2] / "corpus"

PADDING = """---
topic: convolution
level: core
kind: concept
related: [stride, pooling]
---
# Why would you pad an image before a convolution?

Padding keeps the map as large as the input.

```python
# one pixel on each side
pad(image, 1)
```

## Key points
- [essential] Zero padding keeps the spatial size of the feature map
  equal to that of the input.
- Border pixels take part in as many windows as the others.

## Misconceptions
- Padding adds information to the image. → It adds constants, which carry none.

## Follow-ups
- [1] How much padding does a 5 by 5 kernel need?
- What would you pad with besides zeros?
"""


def read(text: str) -> Question:
    return parse_question(text, bank="vision", id="padding", source="padding.md")


def test_every_part_of_a_question_file_is_read() -> None:
    question = read(PADDING)
    assert question.text == "Why would you pad an image before a convolution?"
    assert question.answer.startswith("Padding keeps")
    assert "# one pixel on each side" in question.answer
    assert (question.topic, question.level, question.kind, question.related) == ("convolution", "core", "concept", ("stride", "pooling"))
    assert question.key_points[0] == KeyPoint.of(
        "Zero padding keeps the spatial size of the feature map equal to that of the input.", essential=True
    )
    assert question.misconceptions == (
        Misconception(claim="Padding adds information to the image.", correction="It adds constants, which carry none."),
    )
    assert [ask.point_id for ask in question.follow_ups] == [question.key_points[0].id, None]
    assert (question.id, question.bank, question.source) == ("padding", "vision", "padding.md")


def test_the_id_of_the_front_matter_beats_the_name_of_the_file() -> None:
    assert read(PADDING.replace("topic:", "id: zero-padding\ntopic:")).id == "zero-padding"


def test_windows_line_ends_and_a_byte_order_mark_make_no_difference() -> None:
    assert read("\ufeff" + PADDING.replace("\n", "\r\n")) == read(PADDING)


MALFORMED = {
    "an unknown key": (PADDING.replace("topic:", "subject:"), "line 2: `subject` is not known"),
    "an unknown level": (PADDING.replace("level: core", "level: easy"), "line 3: `level: easy` is not one of core"),
    "an unknown kind": (PADDING.replace("kind: concept", "kind: idea"), "line 4: `kind: idea`"),
    "related that is no list": (PADDING.replace("[stride, pooling]", "stride"), "line 5: `related` must be a list"),
    "an id with a path": (PADDING.replace("topic:", "id: ../x\ntopic:"), "line 2: `id: ../x` may hold"),
    "front matter that is no YAML": (PADDING.replace("level: core", "level: [core"), "front matter cannot be read"),
    "an empty value": (PADDING.replace("topic: convolution", "topic:"), "line 2: `topic` needs"),
    "no question": (PADDING.replace("# Why would", "Why would", 1), "line 7: expected the question"),
    "no answer": (PADDING[: PADDING.index("Padding keeps")] + PADDING[PADDING.index("## Key") :], "line 7: there is no model answer"),
    "an unknown section": (PADDING.replace("## Follow-ups", "## Further reading"), "line 24: `## Further reading` is not a section"),
    "a heading in the answer": (PADDING.replace("```python", "## Details"), "`## Details` is no section of ours"),
    "a section twice": (PADDING + "\n## Key points\n- Again.\n", "there is a second `## Key points`"),
    "a section without items": (
        PADDING.partition("- Padding adds")[0] + "\n## Follow-ups\n- What?\n",
        "line 21: `## Misconceptions` has no",
    ),
    "prose where an item belongs": (PADDING.replace("- Border", "Border"), "line 19: expected an item"),
    "an empty item": (PADDING.replace("- Border pixels take part in as many windows as the others.", "-  "), "line 19: this item is empty"),
    "a point twice": (
        PADDING.replace("- Border", "- Border pixels take part in as many windows, as the others!\n- Border"),
        "line 20: this key point says the same as the one in line 19",
    ),
    "an unknown mark": (PADDING.replace("[essential]", "[vital]"), "line 17: `[vital]` is not known"),
    "no arrow": (PADDING.replace("→", "->"), "line 22: a misconception is a claim"),
    "a follow-up to no point": (PADDING.replace("- [1] How", "- [3] How"), "line 25: `[3]` must be the number of a key point, 1 to 2"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_file_is_refused_with_its_name_and_line(case: str) -> None:
    text, message = MALFORMED[case]
    with pytest.raises(DocumentError) as caught:
        read(text)
    assert str(caught.value).startswith("padding.md, line ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PADDING, True),
        (PADDING.partition("---\n# ")[2].join(["# ", ""]), True),
        ("---\nlevel: easy\n---\nno question", True),
        ("---\ntitle: A post\ndate: 2024\n---\n# Ten questions\n\n## What is stride?\n\nA step.\n", False),
        ("# Ten questions\n\n## What is stride?\n\nA step.\n", False),
        ("", False),
    ],
)
def test_our_form_is_told_from_an_article(text: str, expected: bool) -> None:
    assert is_question_file(text) is expected


MARKUP = ["## Key points", "# note", r"\# note", r"\## Key points", "### deeper", "```", "~~~", "---", "- item", "   "]
MARKS = ["word", "[essential] x", "[2] y", r"\[z", "a → b", "→", r"\→", "topic: x", "’"]
PIECES = st.sampled_from(MARKUP + MARKS)
SENTENCE = st.one_of(st.text(), st.lists(PIECES).map(" ".join)).map(lambda text: " ".join(text.replace("\r", "\n").split("\n")).strip())
LINE = SENTENCE.filter(bool)
WORD = st.text(alphabet=st.characters(categories=["L", "N", "P", "Z"], exclude_characters="\u2028\u2029\x85")).map(str.strip).filter(bool)
ANSWER = st.lists(st.one_of(SENTENCE, PIECES), min_size=1).map("\n".join).map(str.strip).filter(bool)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    points = draw(st.lists(st.builds(KeyPoint.of, LINE, essential=st.booleans()), max_size=4, unique_by=lambda point: point.id))
    ids = st.sampled_from([None, *(point.id for point in points)])
    return Question(
        id="q",
        bank="b",
        source="q.md",
        text=draw(LINE),
        answer=draw(ANSWER),
        topic=draw(WORD),
        level=draw(st.sampled_from(["core", "intermediate", "advanced"])),
        kind=draw(st.sampled_from(["concept", "compare", "design", "experience", "code"])),
        related=tuple(draw(st.lists(WORD, max_size=2))),
        key_points=tuple(points),
        misconceptions=tuple(draw(st.lists(st.builds(Misconception, claim=LINE, correction=LINE), max_size=3))),
        follow_ups=tuple(draw(st.lists(st.builds(FollowUp, text=LINE, point_id=ids), max_size=3))),
    )


@given(questions())
def test_reading_what_was_written_gives_the_question_back(question: Question) -> None:
    assert parse_question(render_question(question), bank="b", id="q", source="q.md") == question


def test_every_file_of_the_bundled_corpus_is_in_the_form() -> None:
    files = sorted(CORPUS.glob("*/*.md"))
    assert files, "the corpus folder is empty"
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert is_question_file(text), path
        assert parse_question(text, bank=path.parent.name, id=path.stem, source=path.name).key_points, path
