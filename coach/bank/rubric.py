"""Key points for a question that came without them, drawn from its answer.

No model writes here: sentences are split into clauses, each is restated so that it stands alone (restate.py), and the most
telling are chosen, over all paragraphs, without saying a thing twice. A clause that cannot stand alone is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from coach.bank.clauses import subject_of
from coach.bank.english import pattern
from coach.bank.kinds import kind_of, story_points
from coach.bank.sentences import content_words, words
from coach.bank.statements import NONE_COMMON, TABLE_ROW, CommonWords, Unit, prose_sentences, units_of
from coach.bank.topics import sides_of, topic_of
from coach.domain import KeyPoint, Kind, Span

FEWEST, MOST = 4, 7  # points, where the answer holds as many
_WORDS_A_POINT = 33  # of an answer: 200 words give six points
_SAME = 0.7  # the share of words from which two statements say the same
_DEFINES = pattern("defines")
_REASON = pattern("reason")
_EVALUATION = pattern("evaluation")
_APPLICATIONS = pattern("applications")
_WHY = pattern("asks_why")


def draw_key_points(question: str, answer: str, *, common: CommonWords = NONE_COMMON, kind: Kind | None = None) -> tuple[KeyPoint, ...]:
    """Four to seven points of an answer, one to three of them essential, each with its place in the answer.

    A question about experience gets the points of a good story instead, without places. An answer of two sentences gives as many points
    as it holds, and one that holds no statement at all gives its first sentence as it stands.
    """
    topic = topic_of(question, answer, common=common.frequent, fallback="")
    if (kind or kind_of(question)) == "experience":
        return story_points(topic or "the task")
    units = units_of(question, answer, topic, common.shares)
    if not units:
        return _as_it_stands(answer)
    leading = _leading(question, topic, units)
    chosen = _choose(units, leading, _how_many(answer, len(units)))
    essential = {unit.order for unit in leading} | _second(question, leading, chosen)
    return tuple(KeyPoint.of(unit.text, essential=unit.order in essential, span=Span(start=unit.start, end=unit.end)) for unit in chosen)


def _as_it_stands(answer: str) -> tuple[KeyPoint, ...]:
    """The first sentence of an answer whose sentences all lean on each other; of a mere table, its first row."""
    sentences = ((start, end) for _, _, start, end in prose_sentences(answer))
    rows = (match.span() for match in TABLE_ROW.finditer(answer))
    for start, end in chain(sentences, rows):
        return (KeyPoint.of(" ".join(answer[start:end].split()), essential=True, span=Span(start=start, end=end)),)
    return ()


def _how_many(answer: str, available: int) -> int:
    return max(FEWEST, min(MOST, available, round(len(words(answer)) / _WORDS_A_POINT)))


# The choice


def _leading(question: str, topic: str, units: Sequence[Unit]) -> list[Unit]:
    """The statements that answer the question itself: what defines the topic, or one for each side of a comparison."""
    picked: list[Unit] = []
    sides = [frozenset(content_words(side)) for side in sides_of(question) or ()]
    for about in sides:
        other = frozenset(word for side in sides for word in side) - about
        subjects = [(unit, frozenset(content_words(subject_of(unit.text)))) for unit in units]
        fitting = [unit for unit, subject in subjects if about <= subject and not other & subject and unit not in picked]
        if fitting:
            picked.append(max(fitting, key=lambda unit: (not _EVALUATION.search(unit.text), unit.score)))
    if picked:
        return picked
    about = frozenset(content_words(topic))
    defining = [unit for unit in units if about & frozenset(content_words(subject_of(unit.text))) and _DEFINES.search(unit.text)]
    return [defining[0] if defining else max(units, key=lambda unit: unit.score)]


def _choose(units: Sequence[Unit], leading: Sequence[Unit], target: int) -> list[Unit]:
    """The leading statements and the best of the others: each paragraph heard before one is heard twice, none a repetition."""
    chosen = list(leading)
    rest = [unit for unit in units if unit not in leading]
    while rest and len(chosen) < target:
        best = max(rest, key=lambda unit: (unit.score - 2.0 * _overlap(unit, chosen) - _crowding(unit, chosen), -unit.order))
        rest.remove(best)
        if _overlap(best, chosen) < _SAME:
            chosen.append(best)
    return sorted(chosen, key=lambda unit: unit.order)


def _overlap(unit: Unit, chosen: Sequence[Unit]) -> float:
    return max((len(unit.stems & other.stems) / max(1, min(len(unit.stems), len(other.stems))) for other in chosen), default=0.0)


def _crowding(unit: Unit, chosen: Sequence[Unit]) -> float:
    return 0.8 * sum(other.paragraph == unit.paragraph for other in chosen) + 0.5 * sum(other.start == unit.start for other in chosen)


def _second(question: str, leading: Sequence[Unit], chosen: Sequence[Unit]) -> set[int]:
    """A second essential point beside a single leading one: the reason where the question asks why, else the most telling fact."""
    asks_uses = bool(re.search(r"\bus(?:e[sd]?|ing)\b|\bappl(?:y|ied|ication)", question, re.IGNORECASE))
    others = [unit for unit in chosen if unit not in leading and not _EVALUATION.search(unit.text)]
    others = [unit for unit in others if asks_uses or not _APPLICATIONS.search(unit.text)]
    if len(leading) > 1 or len(chosen) < FEWEST or not others:
        return set()
    asks_why = bool(_WHY.search(question))
    return {max(others, key=lambda unit: (asks_why and bool(_REASON.search(unit.text)), unit.score)).order}
