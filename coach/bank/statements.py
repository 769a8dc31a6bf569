"""The statements of an answer: what each clause says, restated so that it stands alone, with its place and how telling it is."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from coach.bank.clauses import independent_clauses, subject_of
from coach.bank.english import pattern
from coach.bank.predicates import predicates
from coach.bank.references import Referent, referent_of, topic_referent
from coach.bank.restate import Statement, restate
from coach.bank.sentences import content_words, sentence_spans, words

_SHORTEST, _LONGEST = 6, 32  # words in a statement
_IDEAL = range(8, 26)
TABLE_ROW = re.compile(r"^[ \t]*\|.*\|[ \t]*$", re.MULTILINE)
_TRAILING = pattern("trailing")
_DEFINES = pattern("defines")
_REASON = pattern("reason")
_CONTRAST = pattern("contrast")
_EVALUATION = pattern("evaluation")


class Unit(NamedTuple):
    """A statement of the answer with where it came from and how telling it is."""

    text: str
    start: int
    end: int
    paragraph: int
    order: int
    stems: frozenset[str]
    score: float


class CommonWords(NamedTuple):
    """The share of a source's answers that each stem is in: a word that all of them use tells little."""

    shares: dict[str, float]

    @property
    def frequent(self) -> frozenset[str]:
        """The stems in more than two fifths of the answers."""
        return frozenset(word for word, share in self.shares.items() if share > 0.4)


NONE_COMMON = CommonWords({})


def common_words(answers: Iterable[str]) -> CommonWords:
    """How common each stem is over the answers of one source; nothing is, for fewer than three answers."""
    counts: Counter[str] = Counter()
    total = 0
    for answer in answers:
        counts.update(set(content_words(answer)))
        total += 1
    return CommonWords({word: count / total for word, count in counts.items()} if total > 2 else {})


def units_of(question: str, answer: str, topic: str, common: dict[str, float]) -> list[Unit]:
    """The statements of an answer in its order. `common` is the share of the source's answers that each stem is in."""
    subject = topic_referent(topic)
    weight = _weights(question, answer, common)
    units: list[Unit] = []
    referent: Referent | None = subject
    before = ""
    for paragraph, position, start, end in prose_sentences(answer):
        if position == 0:
            referent = subject
        clauses = independent_clauses(answer[start:end])
        for left, right in clauses:
            clause = answer[start + left : start + right]
            # Without a last subject, "they" may be anything: the topic stands in only where the paragraph began with it.
            statement = restate(clause, referent, subject if referent else None, before=before)
            before = clause
            spoken = statement.text if statement else clause
            named = referent_of(spoken, answer)
            is_last = right == clauses[-1][1]
            referent = (
                named._replace(acts=named.acts and len(clauses) == 1)
                if named
                else (referent if is_last and _keeps_subject(clause) else None)
            )
            if statement is None:
                continue
            for number, text in enumerate(predicates(statement.text)):
                point = _fitted(text)
                if point is None or any(point == unit.text for unit in units):
                    continue
                stems = frozenset(content_words(point))
                score = _score(point, statement, stems, weight, paragraph, position) - 0.25 * number
                units.append(Unit(point, start + left, start + right, paragraph, len(units), stems, score))
    return units


def _keeps_subject(clause: str) -> bool:
    """Whether the next "it" may still mean what the last one did: after another "it", not after "we have …"."""
    return (
        bool(re.match(r"(?:\w+,\s)?(?:(?:it|this|they|these|the (?:reason|idea|point))\b|\w+ing\s)", clause, re.IGNORECASE))
        and "because" not in clause
    )


def prose_sentences(answer: str) -> Iterable[tuple[int, int, int, int]]:
    """Each sentence of prose with its paragraph's number and its position in the paragraph; code and tables are passed over."""
    prose = re.sub(r"(```|~~~).*?(?:\1|\Z)", _blank, answer, flags=re.DOTALL)
    prose = TABLE_ROW.sub(_blank, prose)
    paragraph, position, last = 0, 0, 0
    for start, end in sentence_spans(prose):
        if "\n\n" in answer[last:start]:
            paragraph, position = paragraph + 1, 0
        if not re.match(r"#{1,6}\s", answer[start:end]):
            yield paragraph, position, start, end
            position += 1
        last = end


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _fitted(text: str) -> str | None:
    """The statement at a length that can be ticked: asides and trailing relative clauses go first."""
    text = re.sub(r",\s+(?:additionally |also )?including\b[^,]*$", "", text.rstrip(" .,;"))
    if len(words(text)) > max(_IDEAL):
        text = re.sub(r"\s*\([^)]{12,}\)", "", text)
    if len(words(text)) > max(_IDEAL):
        shorter = _TRAILING.sub("", text)
        text = shorter if len(words(shorter)) >= _SHORTEST + 2 else text
    length = len(words(text))
    if not _SHORTEST <= length <= _LONGEST or not subject_of(text) or text.count('"') % 2:
        return None
    return re.sub(r"\*\*|`", "", text[:1].upper() + text[1:] if not re.match(r"[a-z]+[A-Z0-9]", text) else text) + "."


# How telling a statement is


def _weights(question: str, answer: str, common: dict[str, float]) -> dict[str, float]:
    """The weight of each stem: rare in the other answers, used more than once in this one, asked for in the question."""
    counts = Counter(content_words(answer))
    asked = set(content_words(question))
    return {
        stem: math.log(1 / (common.get(stem, 0.02) + 0.02)) * (1 + 0.35 * min(count - 1, 3)) * (1.5 if stem in asked else 1.0)
        for stem, count in counts.items()
    }


def _score(text: str, statement: Statement, stems: frozenset[str], weight: dict[str, float], paragraph: int, position: int) -> float:
    total = sum(weight.get(stem, 0.5) for stem in stems)
    score = total / math.sqrt(len(stems) + 3) / 2.5
    score += 0.8 * bool(_DEFINES.search(text)) + 0.5 * bool(_REASON.search(text)) + 0.3 * bool(_CONTRAST.search(text))
    score += 0.5 * (position == 0) + 0.3 * (paragraph == 0)
    score += 0.2 * bool(re.search(r"\d|\b[A-Z]{2,}", text))
    score += 1.0 * statement.core
    score -= 0.9 * statement.example + 1.2 * statement.summary + 0.15 * statement.resolved
    score -= (
        0.7 * len(_EVALUATION.findall(text)) + 0.4 * bool(re.match(r"(?:It is|There are|There is) ", text)) + 0.2 * text.startswith("One ")
    )
    score -= 0.2 * max(0, text.count(",") - 2)  # a list of many things is hard to tick
    length = len(words(text))
    if length not in _IDEAL:
        score -= 0.6 if length < min(_IDEAL) else 0.15 * (length - max(_IDEAL))
    return score
