"""An answer without what says nothing: hesitations, words said twice, pleasantries, and sentences that were said before.

A verdict should hang on what an answer says, not on how it is wrapped. What is left out here is read by no encoder for its verdict;
quotes are still taken from the answer as it was given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from coach.domain import normalise
from coach.grading.clauses import sentences
from coach.words import content_stems

HESITATION = re.compile(r"(?<![\w'-])(?:u+m+|u+h+|e+r+m*|h+m+|a+h+)(?![\w'-])[,.…]*\s*", re.IGNORECASE)
ASIDE = re.compile(r"(?:(?<=^)|(?<=,)|(?<=[.!?;]))\s*(?:you know|I mean|like|so|well|okay|right|let's see|sort of|kind of),", re.IGNORECASE)
TWICE = re.compile(r"\b([a-z']+)(?:,?\s+\1\b)+(?![-'])", re.IGNORECASE)

# Stems of the words that talk about talking: a sentence that has no other word of content tells nothing about its subject.
TALK = frozenset(
    content_stems(
        """
        thank thanks thankful grateful pleasure pleased happy glad sorry welcome hello hi morning afternoon evening day today time moment
        second minute question questions answer answers answering asked ask asking say saying said tell telling told talk talking speak
        speaking explain explaining explanation put describe mention mentioned repeat repeating repeated hear heard hearing listen
        listening know knowing known think thinking thought believe guess suppose feel feeling hope wish want try trying see
        understand understanding understood remember look sure certain honest honestly frankly good great nice fine well important
        interesting big long short whole way ways sum summary word words gist bit little point points thing things topic subject matter
        case cases situation depends depend depending course naturally course maybe perhaps probably always often usually sometimes
        again before already once twice now first last start begin beginning end finish finally go going come came let please stop
        colleague colleagues people somebody someone anyone everybody everyone nobody friend friends opinion view mind head idea
        like love enjoy clear helpful detail details deeper further same similar different differently make makes made sense right
        okay yes no not never
        """
    )
)


def substance(answer: str, rubric: Iterable[str]) -> str:
    """The sentences of an answer that say something, each once and without hesitations; the answer as it is where none does.

    A word of talk that the rubric has, such as "long" or "twice", may be what is asked for, and counts as saying something.
    """
    talk = TALK - {stem for text in rubric for stem in content_stems(text)}
    kept: dict[str, str] = {}
    for unit in sentences(answer):
        said = fluent(unit.text)
        if set(content_stems(said)) - talk:
            kept.setdefault(normalise(said), said)
    return " ".join(kept.values()) or answer


def fluent(sentence: str) -> str:
    """A sentence without its hesitations, the asides between its commas, and words that were said twice in a row."""
    calm = HESITATION.sub("", sentence)
    calm = ASIDE.sub(" ", calm)
    calm = TWICE.sub(r"\1", calm)
    return " ".join(calm.split()).lstrip(",.;: ") or sentence
