"""A clause of an answer as a statement that stands alone: no connective before it, no pronoun without its noun, no "I".

Rules only, and careful ones: where a reference cannot be told for sure, there is no statement, and another clause is taken.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from coach.bank.english import pattern
from coach.bank.leads import tidy, without_lead
from coach.bank.persons import neutral_voice
from coach.bank.references import Referent, leans, resolve
from coach.bank.sentences import words
from coach.bank.verbs import AUXILIARIES, BASES, BY_THIRD

_I = re.IGNORECASE
# "It's" before a noun and its verb is a slip for "its".
_SLIP = re.compile(r"\bit['’]s (?=(?!not |been |also |often |what |how |only )\w+ (?:is|are|was|can|has|will)\b)", _I)
_HERALD = pattern("herald")
_FILLER = pattern("filler")
_SITUATIONAL = pattern("situational")
_BECAUSE = pattern("because")
_ORDINAL = pattern("ordinal")
_PRESENTED = pattern("presented")


class Statement(NamedTuple):
    """A statement that stands alone, the subject it leaves for the next clause, and what is less good about it."""

    text: str
    example: bool = False
    summary: bool = False
    resolved: bool = False
    core: bool = False


def restate(clause: str, referent: Referent | None, topic: Referent | None, *, before: str = "") -> Statement | None:
    """The clause as a statement that stands alone, or None when it says nothing or leans on what cannot be told.

    `referent` is the last named subject, `topic` what the question is about, `before` the clause before this one.
    """
    plain = _SLIP.sub("its ", " ".join(clause.split()))
    text, example, summary = without_lead(plain)
    text = _presented(_HERALD.sub("", tidy(text), count=1))
    text = _owned(text, topic)
    core = bool(_HERALD.match(tidy(without_lead(plain)[0])))
    text = re.sub(r"^another (?=(?:\w+ ){1,6}?(?:is|are|involves)\b)", "One ", text, flags=_I)
    text = re.sub(r" (?:that )?i(?:['’]ve| have)? (?:\w+ )?(?:used|use|faced|face|found|tried|like|prefer)(?= is\b)", "", text, flags=_I)
    if not text or _FILLER.fullmatch(text.rstrip(".!")) or text.endswith(("?", ":")) or _SITUATIONAL.search(text) or _BECAUSE.match(text):
        return None
    if re.match(r"(?:why|how|which|whose|where|whether|than)\b", text, _I):
        return None
    stated = resolve(text, referent, topic, before)
    if stated is None:
        return None
    neutral = neutral_voice(stated)
    if neutral is not None and leans(neutral):
        neutral = re.sub(
            r",\s+(?:which|then|while|meaning|where|thereby|thus|making|so|as|because|since|[a-z]+ing)\b[^,]*$", "", neutral.rstrip(".")
        )
    if neutral is None or leans(neutral) or len(words(neutral)) < 5:
        return None
    return Statement(_finished(neutral), example=example, summary=summary, resolved=stated != text, core=core)


def _owned(text: str, topic: Referent | None) -> str:
    """ "The first is its graph, which grows" as "PyTorch's graph grows"; "the second advantage is its speed" names its owner."""
    if topic is None or topic.plural:
        return text
    match = _ORDINAL.match(text)
    if match is None:
        return text
    rest = text[match.end() :]
    if match["noun"]:
        return f"{'An' if match['noun'][0] in 'aeiou' else 'A'} {match['noun']}is {topic.possessive} {rest}"
    which = re.match(r"(?P<thing>[^,]{3,60}), which (?P<does>.+)$", rest)
    return f"{topic.possessive} {which['thing']} {which['does']}" if which else text


def _presented(text: str) -> str:
    """ "Then we have X, which does Y" as "X does Y"."""
    match = _PRESENTED.match(text)
    if not match or not (match["verb"].lower() in AUXILIARIES or match["verb"].lower() in BASES or match["verb"].lower() in BY_THIRD):
        return text
    return f"{match['noun']} {text[match.start('verb') :]}"


def _finished(text: str) -> str:
    text = text.strip(" ,;:–-").rstrip(".")
    first = text[:1]
    # A name that begins small keeps it: "word2vec" does, "dropout" does not.
    starts_small = bool(re.match(r"[a-z]+[A-Z0-9]", text))
    return f"{text if starts_small else first.upper() + text[1:]}."
