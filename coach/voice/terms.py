"""The domain words of a question: what a recogniser should listen for, and what its slips are mended to. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from coach.domain import Question
from coach.voice.lexicon import is_ordinary
from coach.words import STOP, content_stems

MAX_TERMS = 80  # a recogniser takes as many from the front as its prompt has room for; slips are mended to any of them
MAX_OWN, MAX_PLAIN = 40, 16  # of the question itself, and of these words that a dictionary has: a recogniser knows those by itself
PLAIN_LETTERS = 5  # a shorter one tells nothing
TERM = re.compile(r"[^\W\d_][\w+#]*(?:[-‐‑'’./][\w+#]+)*")
SENTENCE_START = re.compile(r"(?:^\W{0,3}|[.!?:;→]\s+|\n\s*)[\"'“(]*$")

# How telling a word is by where it stands: what a good answer says comes first, what the question says is said again.
KEY_POINT, ESSENTIAL, ASKED, CLAIMED, EXPLAINED = 3.0, 4.0, 2.5, 1.5, 1.0
# … and by what it looks like: a recogniser errs on names and coinages, hardly on words that a dictionary has.
CODE, COINED, NAME, PLAIN = 4.0, 3.0, 2.0, 0.6
NEIGHBOUR = 20  # questions elsewhere in the bank count as much as one that is related or of the same topic


def terms_of(question: Question, others: Sequence[Question] = ()) -> tuple[str, ...]:
    """The question's domain words as they are spelled, the most telling first, then its bank's; at most 80.

    `others` are the questions of its bank. A word that most of them use tells little; their abbreviations and coinages follow the
    question's own words, those of its neighbours first, since a good answer may say them.
    """
    common = _shares(others)
    found: dict[str, _Term] = {}
    for text, place in _places(question):
        for word, starts in _words(text):
            key = word.casefold()
            form = _form(word, starts=starts)
            sofar = found.get(key, _Term(word, 0.0, form))
            weight = sofar.weight + place * form * _rarity(key, common)
            found[key] = _Term(_likelier(sofar.spelling, word, starts=starts), weight, max(form, sofar.form))
    ranked = sorted(found.values(), key=lambda term: (-term.weight, term.spelling.casefold()))
    plain = _one_a_stem(term.spelling for term in ranked if term.form == PLAIN and len(term.spelling) >= PLAIN_LETTERS)[:MAX_PLAIN]
    own = [term.spelling for term in ranked if term.form > PLAIN or term.spelling in plain][:MAX_OWN]
    known = {spelling.casefold() for spelling in own}
    return (*own, *(word for word in _of_the_bank(question, others) if word.casefold() not in known))[:MAX_TERMS]


def _of_the_bank(question: Question, others: Sequence[Question]) -> list[str]:
    """Abbreviations and coinages of the other questions: of those related to it or of its topic first, then what most of them use."""
    weights: Counter[str] = Counter()
    spellings: dict[str, str] = {}
    for other in others:
        near = other.id in question.related or other.topic == question.topic
        for key, word in _coined(other):
            weights[key] += NEIGHBOUR if near else 1
            spellings.setdefault(key, word)
    return [spellings[key] for key, _ in sorted(weights.items(), key=lambda each: (-each[1], each[0]))]


class _Term(NamedTuple):
    spelling: str
    weight: float
    form: float


def _one_a_stem(ranked: Iterable[str]) -> list[str]:
    """The words without those that are another form of one before them."""
    first: dict[str, str] = {}
    for word in ranked:
        first.setdefault("".join(content_stems(word)), word)
    return list(first.values())


def _places(question: Question) -> Iterator[tuple[str, float]]:
    yield question.text, ASKED
    for point in question.key_points:
        yield point.text, ESSENTIAL if point.essential else KEY_POINT
    for misconception in question.misconceptions:
        yield f"{misconception.claim}\n{misconception.correction}", CLAIMED
    yield question.answer, EXPLAINED
    yield question.topic, EXPLAINED


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """The words that may be terms, each once a text, and whether a sentence begins with it."""
    seen = set()
    for match in TERM.finditer(text):
        word = re.sub(r"['’](?:s|d|ll|re|ve|m)?$", "", match.group()).rstrip(".")
        key = word.casefold()
        if key.endswith(("n't", "n’t")) or key in STOP or key in seen or len(word) < 2 or (len(word) < 4 and word.islower()):
            continue
        seen.add(key)
        yield word, bool(SENTENCE_START.search(text[max(0, match.start() - 4) : match.start()]))


def _form(word: str, *, starts: bool) -> float:
    if any(letter.isdigit() for letter in word) or any(letter.isupper() for letter in word[1:]):
        return CODE
    if not is_ordinary(word) and not all(is_ordinary(part) for part in re.split(r"[-‐‑/]", word)):
        return COINED
    return NAME if word[0].isupper() and not starts else PLAIN


def _shares(others: Sequence[Question]) -> dict[str, float]:
    """The share of the questions that use each word."""
    uses = Counter(word for other in others for word in _used(other))
    return {word: count / len(others) for word, count in uses.items()}


@lru_cache(maxsize=2048)
def _used(question: Question) -> frozenset[str]:
    return frozenset(match.group().casefold() for text, _ in _places(question) for match in TERM.finditer(text))


@lru_cache(maxsize=2048)
def _coined(question: Question) -> tuple[tuple[str, str], ...]:
    """The abbreviations and coinages of a question, folded and as it spells them. People's names in an example are none."""
    found: dict[str, str] = {}
    for text, _ in _places(question):
        for word, starts in _words(text):
            form = _form(word, starts=starts)
            if form == CODE or (form == COINED and word.islower() and len(word) >= PLAIN_LETTERS):
                found.setdefault(word.casefold(), word)
    return tuple(found.items())


def _rarity(word: str, common: dict[str, float]) -> float:
    """1 for a word that nobody else uses, down to 0.1 for one that everybody does."""
    return max(0.1, 1 - math.sqrt(common.get(word, 0.0)))


def _likelier(one: str, other: str, *, starts: bool) -> str:
    """The spelling to keep: a capital at the beginning of a sentence is not the word's own."""
    return one if starts or one.islower() else other
