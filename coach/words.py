"""Words of a text as retrieval and grading compare them: folded, without stop words, stemmed."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from Stemmer import Stemmer

WORD = re.compile(r"[^\W_]+(?:'[a-z]+)?", re.UNICODE)

# Function words: what remains carries the meaning. Negations and directions are left out on purpose, they are looked for
# by themselves (coach/grading/polarity.py).
STOP = frozenset(
    """a about all also am an and any are as at be because been being both but by can could did do does doing each either else
    etc few for from further had has have having he her here hers him his how i if in into is it its itself just kind let like
    lot lots may me might more most much my of off on once one only or other our ours out over own per quite rather really s
    same she should so some such than that the their theirs them then there these they thing things this those through thus to
    too up us use used using very was way we well were what when where which while who whom whose why will with would you your
    yours um uh er okay yeah basically actually""".split()
)


@cache
def _stemmer() -> Stemmer:
    from Stemmer import Stemmer

    return Stemmer("english")


def words(text: str) -> list[str]:
    """The words of a text, folded, in order. British and American spellings of -ise, -our come out alike."""
    return [_one_spelling(word) for word in WORD.findall(text.casefold().replace("’", "'"))]


def content_stems(text: str) -> list[str]:
    """The stems of the words that carry meaning, in order."""
    stems: list[str] = _stemmer().stemWords([word for word in words(text) if word not in STOP])
    return stems


def _one_spelling(word: str) -> str:
    # isation/ise → ization/ize, and -our → -or, where a longer stem makes a false friend ("rise", "four") unlikely.
    if len(word) > 6:
        word = re.sub(r"is(e|ed|es|er|ers|ing|ation|ations)$", r"iz\1", word)
        word = re.sub(r"our(s|al|able|ed|ing)?$", r"or\1", word)
    return word
