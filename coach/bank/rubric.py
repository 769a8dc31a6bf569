"""Key points for a question that came without them, drawn from its answer.

No model writes here: sentences are split into clauses, each is restated so that it stands alone (restate.py), and the most
telling are chosen, over all paragraphs, without saying a thing twice. A clause that cannot stand alone is passed over.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from coach.bank.clauses import independent_clauses, subject_of
from coach.bank.english import pattern
from coach.bank.kinds import kind_of, story_points
from coach.bank.predicates import predicates
from coach.bank.references import Referent, referent_of, topic_referent
from coach.bank.restate import Statement, restate
from coach.bank.sentences import content_words, sentence_spans, words
from coach.bank.topics import sides_of, topic_of
from coach.domain import KeyPoint, Kind, Span

FEWEST, MOST = 4, 7  # points, where the answer holds as many
_SHORTEST, _LONGEST = 6, 32  # words in a point
_IDEAL = range(8, 26)

_TRAILING = pattern("trailing")
_DEFINES = pattern("defines")
_REASON = pattern("reason")
_CONTRAST = pattern("contrast")
_EVALUATION = pattern("evaluation")
_WHY = pattern("asks_why")


class _Unit(NamedTuple):
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


def draw_key_points(question: str, answer: str, *, common: CommonWords = NONE_COMMON, kind: Kind | None = None) -> tuple[KeyPoint, ...]:
    """Four to seven points of an answer, one to three of them essential, each with its place in the answer.

    A question about experience gets the points of a good story instead, without places. An answer of two sentences gives as many points
    as it holds, and one that holds no statement at all gives its first sentence as it stands.
    """
    topic = topic_of(question, answer, common=common.frequent, fallback="")
    if (kind or kind_of(question)) == "experience":
        return story_points(topic or "the task")
    units = _units(question, answer, topic, common.shares)
    if not units:
        return _as_it_stands(answer)
    chosen = _choose(units, _how_many(answer, len(units)))
    essential = _essential(question, topic, chosen)
    return tuple(KeyPoint.of(unit.text, essential=unit.order in essential, span=Span(start=unit.start, end=unit.end)) for unit in chosen)


def _as_it_stands(answer: str) -> tuple[KeyPoint, ...]:
    """The first sentence of an answer whose sentences all lean on each other."""
    for _, _, start, end in _sentences(answer):
        return (KeyPoint.of(" ".join(answer[start:end].split()), essential=True, span=Span(start=start, end=end)),)
    return ()


def _how_many(answer: str, available: int) -> int:
    return max(FEWEST, min(MOST, available, round(len(words(answer)) / 33)))


# Statements


def _units(question: str, answer: str, topic: str, common: dict[str, float]) -> list[_Unit]:
    subject = topic_referent(topic)
    weight = _weights(question, answer, common)
    units: list[_Unit] = []
    referent: Referent | None = subject
    before = ""
    for paragraph, position, start, end in _sentences(answer):
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
                units.append(_Unit(point, start + left, start + right, paragraph, len(units), stems, score))
    return units


def _keeps_subject(clause: str) -> bool:
    """Whether the next "it" may still mean what the last one did: after another "it", not after "we have …"."""
    return (
        bool(re.match(r"(?:\w+,\s)?(?:(?:it|this|they|these|the (?:reason|idea|point))\b|\w+ing\s)", clause, re.IGNORECASE))
        and "because" not in clause
    )


def _sentences(answer: str) -> Iterable[tuple[int, int, int, int]]:
    """Each sentence of prose with its paragraph's number and its position in the paragraph; code is passed over."""
    prose = re.sub(r"(```|~~~).*?(?:\1|\Z)", lambda match: " " * len(match[0]), answer, flags=re.DOTALL)
    paragraph, position, last = 0, 0, 0
    for start, end in sentence_spans(prose):
        if "\n\n" in answer[last:start]:
            paragraph, position = paragraph + 1, 0
        if not re.match(r"#{1,6}\s", answer[start:end]):
            yield paragraph, position, start, end
            position += 1
        last = end


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
    length = len(words(text))
    if length not in _IDEAL:
        score -= 0.6 if length < min(_IDEAL) else 0.15 * (length - max(_IDEAL))
    return score


# The choice


def _choose(units: list[_Unit], target: int) -> list[_Unit]:
    """The best statements, each paragraph heard before one is heard twice, none a repetition; in the answer's order."""
    chosen: list[_Unit] = []
    rest = list(units)
    while rest and len(chosen) < target:
        best = max(rest, key=lambda unit: (unit.score - _repeats(unit, chosen) - _crowding(unit, chosen), -unit.order))
        rest.remove(best)
        if _overlap(best, chosen) < 0.7:
            chosen.append(best)
    return sorted(chosen, key=lambda unit: unit.order)


def _overlap(unit: _Unit, chosen: Sequence[_Unit]) -> float:
    return max((len(unit.stems & other.stems) / max(1, min(len(unit.stems), len(other.stems))) for other in chosen), default=0.0)


def _repeats(unit: _Unit, chosen: Sequence[_Unit]) -> float:
    return 2.0 * _overlap(unit, chosen)


def _crowding(unit: _Unit, chosen: Sequence[_Unit]) -> float:
    return 0.8 * sum(other.paragraph == unit.paragraph for other in chosen) + 0.5 * sum(other.start == unit.start for other in chosen)


def _essential(question: str, topic: str, chosen: list[_Unit]) -> set[int]:
    """Which points an answer cannot do without: what defines the topic, one for each side of a comparison, the reason if asked."""
    if not chosen:
        return set()
    picked: list[int] = []
    sides = [frozenset(content_words(side)) for side in sides_of(question) or ()]
    for about in sides:
        other_side = frozenset(word for side in sides for word in side) - about
        fitting = [unit for unit in chosen if about & unit.stems and unit.order not in picked]
        named = [(unit, frozenset(content_words(subject_of(unit.text)))) for unit in fitting]
        fitting = [unit for unit, subject in named if about <= subject and not other_side & subject] or fitting
        if fitting:
            picked.append(max(fitting, key=lambda unit: unit.score).order)
    if not picked:
        about = frozenset(content_words(topic))
        defining = [unit for unit in chosen if about & frozenset(content_words(subject_of(unit.text))) and _DEFINES.search(unit.text)]
        picked.append(defining[0].order if defining else max(chosen, key=lambda unit: unit.score).order)
    others = sorted(
        (unit for unit in chosen if unit.order not in picked and not _EVALUATION.search(unit.text)),
        key=lambda unit: unit.score,
        reverse=True,
    )
    if _WHY.search(question):
        others.sort(key=lambda unit: not _REASON.search(unit.text))
    if others and len(picked) < 2 and len(chosen) >= FEWEST:
        picked.append(others[0].order)
    return set(picked[:3])
