"""Key points drawn from an answer: atomic, self-contained, faithful to it, and none of them anybody's biography."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.bank.kinds import kind_of, story_points
from coach.bank.persons import neutral_voice
from coach.bank.predicates import predicates
from coach.bank.references import Referent
from coach.bank.restate import restate
from coach.bank.rubric import FEWEST, MOST, draw_key_points
from coach.bank.sentences import content_words, words
from coach.bank.topics import sides_of, topic_of

QUESTION = "What is a write-ahead log, and why do databases keep one?"
ANSWER = """A write-ahead log is a file to which a database appends every change before it touches the tables. It is the record \
from which the database recovers after a crash.

Appending to a log is fast, because the disk head does not have to move. This makes commits cheap even when the tables are large. \
However, the log grows without end unless the database takes checkpoints, deleting the part that is no longer needed.

I once lost a night to a disk that was full of logs. So, as you can see, logs are an important topic. For example, PostgreSQL keeps \
its log in segments of 16 MB.

In replication, the log is shipped to a second server, and that server replays the changes in the same order.
"""


def texts(question: str, answer: str) -> list[str]:
    return [point.text for point in draw_key_points(question, answer)]


def test_the_points_of_an_answer_stand_alone_and_are_marked_by_weight() -> None:
    points = draw_key_points(QUESTION, ANSWER)
    assert points[0].text == "A write-ahead log is a file to which a database appends every change before it touches the tables."
    assert points[0].essential
    assert "A write-ahead log is the record from which the database recovers after a crash." in [point.text for point in points]
    assert FEWEST <= len(points) <= MOST
    assert 1 <= sum(point.essential for point in points) <= 3
    for point in points:
        assert 6 <= len(words(point.text)) <= 32
        assert not re.match(r"(?:It|This|These|They|However|So|I|We|You)\b", point.text), point.text
        assert not re.search(r"\b(?:I|we|you|night)\b", point.text), point.text


def test_each_point_has_its_place_in_the_answer_and_says_no_more_than_that_place() -> None:
    for point in draw_key_points(QUESTION, ANSWER):
        assert point.span is not None
        source = ANSWER[point.span.start : point.span.end]
        added = set(content_words(point.text)) - set(content_words(source)) - set(content_words(QUESTION))
        assert not added, (point.text, source)


def test_drawing_again_gives_the_same_points() -> None:
    assert draw_key_points(QUESTION, ANSWER) == draw_key_points(QUESTION, ANSWER)


def test_a_comparison_has_an_essential_point_for_each_side() -> None:
    points = draw_key_points(
        "What is the difference between a stack and a queue?",
        "Both are containers that differ in the order of removal. A stack hands out the element that was added last. It suits undo and "
        "the calls of functions.\n\nA queue, on the other hand, hands out the element that was added first. It suits jobs that wait for "
        "their turn, because nobody is overtaken there.",
    )
    essential = [point.text for point in points if point.essential]
    assert essential == ["A stack hands out the element that was added last.", "A queue hands out the element that was added first."]


CODE = """A generator yields its values one at a time instead of building a list.

```python
def numbers():
    yield 1  # This is not a sentence. It is code.
```

The caller pulls each value with next, and the function sleeps between two calls.
"""


def test_code_in_an_answer_gives_no_points() -> None:
    points = texts("What is a generator?", CODE)
    assert points == [
        "A generator yields its values one at a time instead of building a list.",
        "The caller pulls each value with next.",
        "The function sleeps between two calls.",
    ]


TABLE = """| Way | Advantage |
|---|---|
| In the path of the address | The version is easy to see and easy to route. |
"""


def test_a_table_in_an_answer_gives_no_points() -> None:
    points = texts("How do you version an interface?", f"{TABLE}\nMost teams put the major version in the path of the address.\n")
    assert points == ["Most teams put the major version in the path of the address."]


def test_an_answer_that_is_a_mere_table_gives_its_first_row() -> None:
    assert texts("How do you version an interface?", TABLE) == ["| Way | Advantage |"]


@pytest.mark.parametrize("answer", ["Yes.", "It does. They do. This is why.", "I like it."])
def test_an_answer_without_a_statement_gives_its_first_sentence(answer: str) -> None:
    (point,) = draw_key_points("What does a lock do?", answer)
    assert answer.startswith(point.text)


def test_a_question_about_experience_gets_the_points_of_a_good_story() -> None:
    points = draw_key_points("Have you ever used Kafka in production?", "Yes, at Acme I moved 300 services to Kafka in a week.")
    assert points == story_points("Kafka")
    assert not any("Acme" in point.text for point in points)
    assert all(point.span is None for point in points)


# A clause to a statement; `it` stands for "the cache", `they` for "threads"
RESTATED = {
    "However, it serves reads without touching the disk.": "The cache serves reads without touching the disk.",
    "It's important to note that a stale entry can be served for minutes.": "A stale entry can be served for minutes.",
    "This reduces the load on the database.": "The cache reduces the load on the database.",
    "Its size is bounded by the memory of the machine.": "The cache's size is bounded by the memory of the machine.",
    "It's crucial to set a time limit for each entry.": "It's crucial to set a time limit for each entry.",
    "We can invalidate entries with a message to all nodes.": "Entries can be invalidated with a message to all nodes.",
    "I often start with a short time limit.": "It is common to start with a short time limit.",
    "By warming the cache, we avoid a burst of misses.": "Warming the cache avoids a burst of misses.",
    "When the cache is full, it evicts the entry that was used least.": "When the cache is full, it evicts the entry that was used least.",
    "The idea is simple: a hit costs no query.": "A hit costs no query.",
    "There are layered caches, which ask the next layer on a miss.": "Layered caches ask the next layer on a miss.",
    "A miss, on the other hand, costs a query.": "A miss costs a query.",
}
NOT_STATEMENTS = [
    "There are many kinds of caches.",
    "Several strategies can be used.",
    "It is a very important tool.",
    "They wait for each other.",  # a cache is no "they"
    "That function is a hash.",
    "This choice depends on the load.",
    "In my last project, I used Redis.",
    "In this case, the entry is dropped.",
    "This is because the disk is slow.",
    "What happens on a miss?",
    "The first is its size.",
    "I've lost sleep over stale entries.",
]


@pytest.mark.parametrize("clause", RESTATED)
def test_a_clause_is_restated_so_that_it_stands_alone(clause: str) -> None:
    referent = Referent("the cache", False)
    statement = restate(clause, referent, referent)
    assert statement is not None
    assert statement.text == RESTATED[clause]


@pytest.mark.parametrize("clause", NOT_STATEMENTS)
def test_a_clause_that_cannot_stand_alone_is_passed_over(clause: str) -> None:
    referent = Referent("the cache", False)
    assert restate(clause, referent, referent) is None


SPLIT = {
    "A proxy hides the servers from the client and spreads the load over all of them.": [
        "A proxy hides the servers from the client",
        "A proxy spreads the load over all of them.",
    ],
    "Compression shrinks each message before it is sent, reducing the traffic on the wire.": [
        "Compression shrinks each message before it is sent, reducing the traffic on the wire."  # "it is sent" may own what follows
    ],
    "Compression shrinks the messages on the wire, reducing the cost of traffic.": [
        "Compression shrinks the messages on the wire",
        "Compression reduces the cost of traffic.",
    ],
    "A schema, which lists the fields and their types, keeps readers and writers in step.": [
        "A schema lists the fields and their types",
        "A schema keeps readers and writers in step.",
    ],
    "The parser builds a tree for cutting, pasting and moving nodes.": ["The parser builds a tree for cutting, pasting and moving nodes."],
    "Threads share the memory of their process and wait for the same locks.": [
        "Threads share the memory of their process",
        "Threads wait for the same locks.",
    ],
}


@pytest.mark.parametrize("clause", SPLIT)
def test_what_one_subject_does_twice_is_two_statements(clause: str) -> None:
    assert predicates(clause) == SPLIT[clause]


@pytest.mark.parametrize(
    ("advice", "neutral"),
    [
        ("We feed the images into the network.", "The images are fed into the network."),
        ("You should split the data before you scale it.", "The data should be split before one scales it."),
        ("I keep a log of each run.", "It is useful to keep a log of each run."),
        ("My first model failed.", None),
        ("A map lets you find a value by its key.", "A map lets one find a value by its key."),
    ],
)
def test_advice_loses_its_speaker(advice: str, neutral: str | None) -> None:
    said = neutral_voice(advice)
    assert (said.rstrip(".") + "." if said else said) == neutral


@pytest.mark.parametrize(
    ("question", "kind", "topic"),
    [
        ("What is a mutex?", "concept", "mutex"),
        ("Can you explain how garbage collection works in Java?", "concept", "garbage collection"),
        ("What is the difference between TCP and UDP?", "compare", "TCP and UDP"),
        ("How does a process differ from a thread?", "compare", "process and thread"),
        ("How would you design a rate limiter?", "design", "rate limiter"),
        ("Write a function that reverses a linked list.", "code", "linked list"),
        ("Tell me about a time you missed a deadline.", "experience", "deadline"),
        ("Have you worked with Kubernetes and Helm?", "experience", "Kubernetes and Helm"),
        ("What challenges have you faced with database migrations?", "experience", "database migrations"),
        ("Which sorting algorithms are you familiar with?", "concept", "sorting algorithms"),
        ("What is your experience with message queues?", "experience", "message queues"),
        ("Why?", "concept", "general"),
    ],
)
def test_the_kind_and_the_topic_of_a_question_are_told(question: str, kind: str, topic: str) -> None:
    assert kind_of(question) == kind
    assert topic_of(question, "Kubernetes and Helm") == topic


def test_the_answer_settles_which_phrase_is_the_topic() -> None:
    assert topic_of("How can caching be used in the field of web search?", "Web search is fast because web search caches.") == "web search"


def test_the_sides_of_a_comparison_are_named_without_their_context() -> None:
    assert sides_of("How is a convolutional layer different from a pooling layer in a CNN?") == ("convolutional layer", "pooling layer")
    assert sides_of("What is a layer?") is None


@given(st.text(), st.text() | st.lists(st.sampled_from(ANSWER.split()), max_size=60).map(" ".join))
def test_any_answer_gives_points_with_places_inside_it(question: str, answer: str) -> None:
    for point in draw_key_points(question, answer):
        assert point.text
        assert point.span is None or 0 <= point.span.start < point.span.end <= len(answer)
