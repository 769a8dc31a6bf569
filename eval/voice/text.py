"""What was said held against what was heard: errors by word, and domain words that were lost.

Both sides are brought to one spelling first, since none of it can be heard: capitals, punctuation, hyphens, British or American endings,
numbers in words or digits, and where a compound is parted ("data set", "dataset").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from coach.words import words
from eval.voice.data import respellings

ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NUMBERS = {word: value for value, word in enumerate(ONES.split())} | {word: 10 * value for value, word in enumerate(TENS.split(), 2)}
LONGEST_TERM = 8  # words
LONGEST = 4  # words that one word may be parted into: "L S T M"
ENDINGS = (  # beside those that coach.words knows
    (re.compile(r"(?<=[a-z]{2})ll(ed|ing|er|ers)$"), r"l\1"),
    (re.compile(r"(?<=[a-z]{3})tre(s)?$"), r"ter\1"),
)


class Errors(NamedTuple):
    """How many words were said, and how many of them went wrong: replaced, lost, or added to them."""

    words: int
    replaced: int
    lost: int
    added: int

    @property
    def wrong(self) -> int:
        """All that went wrong."""
        return self.replaced + self.lost + self.added


def word_errors(said: str, heard: str) -> Errors:
    """The fewest errors that turn one into the other, by word."""
    import jiwer

    reference = plain_words(said)
    hypothesis = parted_alike(plain_words(heard), reference)
    if not hypothesis:
        return Errors(len(reference), 0, len(reference), 0)
    found = jiwer.process_words(" ".join(reference), " ".join(hypothesis))
    return Errors(len(reference), found.substitutions, found.deletions, found.insertions)


def missed(terms: Iterable[str], heard: str) -> list[str]:
    """The terms that are not in what was heard, letter by letter, however they are parted. A plural that became a singular is missed."""
    found = plain_words(heard)
    runs = {"".join(found[start:end]) for start in range(len(found)) for end in range(start + 1, min(start + LONGEST_TERM, len(found)) + 1)}
    return [term for term in terms if "".join(plain_words(term)) not in runs]


def plain_words(text: str) -> list[str]:
    """The words of a text in one spelling."""
    folded = unicodedata.normalize("NFKD", text).casefold().replace("’", "'")
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter)).replace("'", "")
    found = [part for word in words(re.sub(r"(?<=\d),(?=\d{3})", "", bare)) for part in re.findall(r"[^\W\d]+|\d+", word)]
    return _whole_numbers([_one_spelling(word) for word in found])


def parted_alike(heard: Sequence[str], said: Sequence[str]) -> list[str]:
    """What was heard, with compounds parted where they were parted in what was said: only letters that are the same are moved."""
    wholes = set(said)
    pairs = {one + two: (one, two) for one, two in pairwise(said)}
    found: list[str] = []
    place = 0
    while place < len(heard):
        runs = ((n, "".join(heard[place : place + n])) for n in range(min(LONGEST, len(heard) - place), 1, -1))
        joined = next(((n, run) for n, run in runs if run in wholes), None)
        if joined is not None:
            place += joined[0]
            found.append(joined[1])
            continue
        word = heard[place]
        found.extend(pairs[word] if word in pairs and word not in wholes else (word,))
        place += 1
    return found


def sayable(text: str) -> str:
    """A text as a synthesiser should read it: abbreviations and coined names spelt as they sound."""
    for written, said in respellings().items():
        text = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", said, text)
        text = re.sub(rf"(?<!\w){re.escape(written)}s(?!\w)", f"{said}'s", text)
    return text


def _one_spelling(word: str) -> str:
    if word in NUMBERS:
        return str(NUMBERS[word])
    for ending, other in ENDINGS:
        word = ending.sub(other, word)
    return word


def _whole_numbers(given: Sequence[str]) -> list[str]:
    """`20 5` as `25`, as "twenty-five" is one number."""
    found: list[str] = []
    for word in given:
        tens = found and found[-1].isdigit() and int(found[-1]) in range(20, 100, 10)
        if tens and word.isdigit() and 0 < int(word) < 10:
            found[-1] = str(int(found[-1]) + int(word))
        else:
            found.append(word)
    return found
