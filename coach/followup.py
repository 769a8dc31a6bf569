"""The follow-up question: the corpus's own for the gap, else one written by the chat model and checked, else a composed one."""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from coach.domain import Frozen, Grade, Hit, KeyPoint, Question, Verdict, VerdictKind, normalise
from coach.errors import ModelError
from coach.events import WrittenBy
from coach.phrasing import decisive_stems, known_stems, shares_run, topic_of
from coach.point_kinds import REST, kind_of
from coach.prompting import load
from coach.words import content_stems

if TYPE_CHECKING:
    from coach.models.chat import ChatModel

MAX_WORDS = 40
GIVEN_AWAY = 0.3  # the share of a point's decisive words above which a question tells it
TOO_SIMILAR = 0.8  # Jaccard overlap of content words from which two questions are the same
MAX_TOKENS = 90
MAX_PASSAGE = 900  # characters of the passage that the model is shown
MAX_QUOTE_WORDS = 12

log = logging.getLogger(__name__)


class FollowUpAsk(Frozen):
    """A follow-up to put: its text, the key point that it is after, and who wrote it."""

    text: str
    point_id: str
    written_by: WrittenBy


def compose_follow_up(
    question: Question,
    grade: Grade,
    answers: Sequence[str],
    asked: frozenset[str],
    chat: ChatModel | None,
    hits: Sequence[Hit] = (),
    *,
    points: Sequence[str] | None = None,
    stop: threading.Event | None = None,
) -> FollowUpAsk | None:
    """The follow-up for the most wanted gap, or None when there is none.

    `asked` holds the texts that were put already; `points` the ids of the gaps, the most wanted first (default: the essential
    points that the grade does not find covered).
    """
    verdicts = {verdict.id: verdict for verdict in grade.points}
    by_id = {point.id: point for point in question.key_points}
    wanted = [by_id[id] for id in points if id in by_id] if points is not None else _uncovered(question, verdicts)
    if not wanted:
        return None
    gone = {normalise(text) for text in asked}
    for point in wanted:
        for follow_up in question.follow_ups:
            if follow_up.point_id == point.id and normalise(follow_up.text) not in gone:
                return FollowUpAsk(text=follow_up.text, point_id=point.id, written_by="corpus")
    point = wanted[0]
    if chat is not None:
        written = _written(question, point, verdicts.get(point.id), answers, asked, chat, hits, stop)
        if written is not None:
            return FollowUpAsk(text=written, point_id=point.id, written_by="model")
    return FollowUpAsk(text=_composed(question, point, verdicts.get(point.id), asked), point_id=point.id, written_by="template")


def compose_clarification(question: Question, point: KeyPoint, verdict: Verdict | None, asked: frozenset[str]) -> FollowUpAsk:
    """One question to settle whether the point was said: the corpus's own for it, else one about the candidate's own words."""
    gone = {normalise(text) for text in asked}
    for follow_up in question.follow_ups:
        if follow_up.point_id == point.id and normalise(follow_up.text) not in gone:
            return FollowUpAsk(text=follow_up.text, point_id=point.id, written_by="corpus")
    kind, quote, topic = kind_of(question, point), _short_quote(verdict), topic_of(point.text, question.text)
    if quote:
        choices = [text.format(quote=quote) for text in _TO_CLARIFY]
    elif topic:
        choices = [f"I am not sure what you say about {topic}. {ask}" for ask in kind.asks]
    else:
        choices = [f"I am not sure whether your answer has {kind.called}. Can you say it in one sentence?"]
    return FollowUpAsk(text=_drawn(choices, question, point), point_id=point.id, written_by="template")


def _uncovered(question: Question, verdicts: dict[str, Verdict]) -> list[KeyPoint]:
    covered = {id for id, verdict in verdicts.items() if verdict.verdict == VerdictKind.COVERED}
    return [point for point in question.essential_points if point.id not in covered]


def _written(
    question: Question,
    point: KeyPoint,
    verdict: Verdict | None,
    answers: Sequence[str],
    asked: frozenset[str],
    chat: ChatModel,
    hits: Sequence[Hit],
    stop: threading.Event | None,
) -> str | None:
    """What the chat model asks, or None when it fails or what it wrote does not hold up."""
    source = verdict.source.passage if verdict is not None and verdict.source is not None else hits[0].passage.text if hits else ""
    system, user = load("follow_up").fill(
        question=question.text,
        answer="\n\n".join(answers),
        missing=point.text,
        passage=source[:MAX_PASSAGE],
        asked="\n".join(sorted(asked)),
    )
    try:
        reply = "".join(chat.stream(system, user, max_tokens=MAX_TOKENS, stop=stop))
    except ModelError as error:
        log.warning("follow-up: %s did not answer (%s); a composed one is asked", chat.name, type(error).__name__)
        return None
    text = only_question(reply)
    flaw = flaw_in(text, point, question, answers, asked)
    if flaw is not None:
        log.info("follow-up: what %s wrote %s; a composed one is asked", chat.name, flaw)
        return None
    return text


_LABEL = re.compile(r"^\W*(follow[ -]?up( question)?|question|interviewer)\W*:\s*", re.IGNORECASE)


def only_question(reply: str) -> str:
    """A model's reply up to its first question mark, without a label in front: small models write around what was asked for."""
    head, mark, _ = reply.strip().partition("?")
    return _LABEL.sub("", head).strip(' "“”') + mark


_RESIDUE = re.compile(
    r"""[“”„*#`_\[\]<>|{}\n]|^"|"\??$    # quotation marks around it, Markdown, tags, several lines
        |^\W*(follow|question|interviewer|candidate|sure|here|certainly|of\ course|okay|ok|q)\b[^?]{0,30}:""",
    re.VERBOSE | re.IGNORECASE,
)
_PRAISE = re.compile(
    r"(^|[.!]\s+)\W*(great|excellent|perfect|nice|correct|exactly|right|good|yes|indeed|absolutely|impressive|well done|thanks?|"
    r"that(’|')?s (right|correct|true|great|good))\b"
    r"|\b(good|great|excellent|nice|right|correct) (answer|point|job|start|work|explanation|idea|track)\b"
    r"|\byou(’|')?( a)?re (absolutely )?(right|correct)\b|\byou (rightly|correctly)\b",
    re.IGNORECASE,
)


def flaw_in(text: str, point: KeyPoint, question: Question, answers: Sequence[str], asked: frozenset[str]) -> str | None:
    """What is wrong with a follow-up, as the end of “it …”, or None when it may be asked."""
    length = len(text.split())
    known = known_stems([question.text, *answers])
    decisive = decisive_stems(point.text, known)
    said = frozenset(content_stems(text))
    told = said & decisive
    checks = (
        (not text.endswith("?") or text.count("?") != 1, "is not one question"),
        (not 4 <= length <= MAX_WORDS, f"has {length} words"),
        (_RESIDUE.search(text) is not None, "has something around the question"),
        (_PRAISE.search(text) is not None, "praises"),
        (bool(decisive) and len(told) / len(decisive) > GIVEN_AWAY, "gives the point away"),
        (shares_run(text, point.text) and not shares_run(question.text, point.text), "says the point's own words"),
        (any(_same(said, other) for other in asked), "was asked already"),
        (_only_repeats(said, question), "repeats the question"),
    )
    return next((flaw for wrong, flaw in checks if wrong), None)


def _same(said: frozenset[str], other: str) -> bool:
    there = frozenset(content_stems(other))
    return bool(said | there) and len(said & there) / len(said | there) >= TOO_SIMILAR


# Words that a question can be padded with and still ask the same.
_PADDING = frozenset(
    content_stems(
        "main key important purpose difference role concept idea meaning context terms explain describe tell difference work affect"
    )
)


def _only_repeats(said: frozenset[str], question: Question) -> bool:
    """Small models, told to ask for a gap, like to ask the question itself once more."""
    news = said - _PADDING
    return len(news & known_stems([question.text])) >= 0.75 * len(news)


# What a composed follow-up begins with. {quote} holds the candidate's own words, {topic} words of the question.
_ON_QUOTE: dict[VerdictKind, tuple[str, ...]] = {
    VerdictKind.PARTIAL: (
        "You said “{quote}”. Can you take that one step further: what happens there?",
        "I would like to hear more about “{quote}”. What precisely do you mean by it?",
        "Stay with “{quote}” for a moment. What is behind it?",
    ),
    VerdictKind.CONTRADICTED: (
        "You said “{quote}”. If you worked through a small example, would it come out that way?",
        "Let us test “{quote}”. What would you expect to observe if it holds?",
        "Take “{quote}” again. How would you convince a colleague who doubts it?",
    ),
}
_ON_TOPIC = {
    VerdictKind.PARTIAL: "Let us go deeper into {topic}.",
    VerdictKind.CONTRADICTED: "Let us go over {topic} once more.",
    VerdictKind.MISSING: "Let us stay with {topic}.",
}
# What a question begins with that is to settle whether a point was said.
_TO_CLARIFY = (
    "You said “{quote}”. In one sentence: what do you mean by it?",
    "You touched on it with “{quote}”. Can you say in one sentence what happens there?",
    "I would like to get “{quote}” right. How would you put it in one plain sentence?",
)
# Where nothing can be named: {kind} says what kind of thing is wanted.
_ON_NOTHING = (
    "What I still miss is {kind}. Can you add it?",
    "Your answer still needs {kind}. What would you add?",
)
_GO_OVER = "Let us go over that once more, slowly. If you worked through a small example, what would you find?"


def _composed(question: Question, point: KeyPoint, verdict: Verdict | None, asked: frozenset[str]) -> str:
    fared = verdict.verdict if verdict is not None and verdict.verdict in _ON_TOPIC else VerdictKind.MISSING
    kind, quote, topic = kind_of(question, point), _short_quote(verdict), topic_of(point.text, question.text)
    wished = [text.format(quote=quote) for text in _ON_QUOTE.get(fared, ()) if quote]
    if topic:
        others = [f"{_ON_TOPIC[fared].format(topic=topic)} {ask}" for ask in kind.asks]
    else:
        others = [text.format(kind=kind.called) for text in _ON_NOTHING] if kind is not REST else list(REST.asks)
        wished = wished or ([_GO_OVER] if fared == VerdictKind.CONTRADICTED else [])
    gone = {normalise(text) for text in asked}
    choices = ([text for text in some if normalise(text) not in gone] for some in (wished, others, list(REST.asks)))
    fresh = next((texts for texts in choices if texts), others)
    return _drawn(fresh, question, point)


def _drawn(texts: Sequence[str], question: Question, point: KeyPoint) -> str:
    """One of the texts, the same for the same point."""
    lot = int(hashlib.sha256(f"{question.ref}/{point.id}".encode()).hexdigest(), 16)
    return texts[lot % len(texts)]


def _short_quote(verdict: Verdict | None) -> str | None:
    """The candidate's words, where they are few enough to be said back."""
    if verdict is None or verdict.quote is None:
        return None
    quote = " ".join(verdict.quote.split()).strip(" .,;:!")
    fits = 2 <= len(quote.split()) <= MAX_QUOTE_WORDS and not re.search(r"[?“”\"]", quote)
    return quote if fits else None
