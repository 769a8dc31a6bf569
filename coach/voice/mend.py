"""A recogniser's slips on domain words, mended by how they sound. Nothing is invented: what was heard must sound like the term. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from coach.spoken import Transcript, Word
from coach.voice.lexicon import is_ordinary

LONGEST = 3  # heard words that may have been one term
SURE = 0.9  # above it a word stands, whatever it resembles
UNSURE = 0.5  # an ordinary word is doubted only below it
LIKENESS = 0.5  # of spelling, for words that sound like a term without being quite its sound
CODE_LETTERS = 4  # a sound's code of at least so many letters may differ in one
EDGES = re.compile(r"^(\W*)(.*?)((?:['’]s)?\W*)$", re.DOTALL)
DIGITS = {
    word: str(number) for number, word in enumerate("zero one two three four five six seven eight nine ten".split())
} | {"to": "2", "too": "2", "for": "4"}  # fmt: skip
LETTERS = {
    name: letter
    for letter, names in {
        "a": "ay", "b": "bee be", "c": "see sea", "d": "dee", "e": "ee", "f": "ef eff", "g": "gee", "h": "aitch", "i": "eye", "j": "jay",
        "k": "kay cay okay", "l": "el ell elle", "m": "em", "n": "en and", "o": "oh", "p": "pee pea", "q": "cue queue", "r": "are ar",
        "s": "ess es", "t": "tea tee", "u": "you", "v": "vee we", "x": "ex", "y": "why", "z": "zee zed",
    }.items()
    for name in names.split()
}  # fmt: skip


class Target(NamedTuple):
    """A term that a slip may be mended to: as it is written, its letters, and the code of its sound."""

    written: str
    letters: str
    code: str


def mend(transcript: Transcript, terms: Sequence[str]) -> Transcript:
    """The transcript with slips on `terms` mended; each mended word carries in `heard` what the recogniser wrote.

    A word that the recogniser is sure of stands, and so does an ordinary English word unless it is in doubt. The words' punctuation stays,
    since the clauses of an answer are told by it.
    """
    targets = _targets(tuple(terms))
    said = {target.letters for target in targets}
    words: list[Word] = []
    at = 0
    while at < len(transcript.words):
        mended, used = _mended(transcript.words[at : at + max(LONGEST, _letters_ahead(transcript.words, at))], targets, said)
        words.append(mended)
        at += used
    return transcript.model_copy(update={"words": tuple(words)})


def _mended(window: Sequence[Word], targets: Sequence[Target], said: set[str]) -> tuple[Word, int]:
    """The first word or words of the window, mended if need be, and how many of them were used."""
    for length in range(len(window), 0, -1):
        words = window[:length]
        if any(EDGES.sub(r"\3", word.text) for word in words[:-1]):
            continue  # a pause between them: they are no one term
        term = _same_letters(words, targets) or (_sounds_like(words, targets, said) if length <= LONGEST else None)
        if term is not None:
            return _joined(words, term), length
    return window[0], 1


def _same_letters(words: Sequence[Word], targets: Sequence[Target]) -> str | None:
    """The term that these words spell when they are put together: `soft max`, `K means`, `L S T M`, `L two`."""
    cores = [_core(word.text).casefold() for word in words]
    joined = _letters("".join(cores))
    spelled = "".join(LETTERS.get(core, DIGITS.get(core, core)) for core in cores)
    numbered = "".join(DIGITS.get(core, core) for core in cores)
    for target in targets:
        plain = target.written.casefold()
        if len(words) == 1:
            if joined == target.letters and cores[0] != plain and _letters(plain) != plain and cores[0].isalnum():
                return target.written  # only the hyphen is missing
            continue
        if len(joined) > 2 and joined == target.letters:
            return target.written
        if len(joined) > 2 and joined == target.letters + "s":
            return target.written + "s"
        if numbered == target.letters and any(letter.isdigit() for letter in target.letters):
            return target.written
        if len(words) == 2 and spelled == target.letters and target.written[1:2] in "-‐‑" and words[0].probability <= SURE:
            return target.written
        letters_said = sum(len(core) == 1 for core in cores)
        if len(words) == len(target.letters) > 2 and spelled == target.letters and target.written.isupper() and letters_said >= 2:
            return target.written
    return None


def _sounds_like(words: Sequence[Word], targets: Sequence[Target], said: set[str]) -> str | None:
    """The one term that these words sound like, where the recogniser was in doubt about them."""
    cores = [_core(word.text) for word in words]
    heard = _letters("".join(cores))
    if len(heard) < 4 or heard in said or any(_letters(core) in said for core in cores):
        return None
    if any(any(letter.isdigit() for letter in core) for core in cores) or max(word.probability for word in words) > SURE:
        return None
    known = all(is_ordinary(core) for core in cores)
    if known and min(word.probability for word in words) >= UNSURE:
        return None
    found = sorted(((likeness, target) for target in targets if (likeness := _likeness(heard, target, strict=known)) > 0), reverse=True)
    if not found or (len(found) > 1 and found[0][0] == found[1][0]):
        return None
    return found[0][1].written


def _likeness(heard: str, target: Target, *, strict: bool) -> float:
    """How like the term what was heard is, 0 to 1; 0 where it does not sound like it. `strict` takes the same sound alone."""
    import jellyfish

    if target.written.isupper() or len(target.letters) < 4 or heard == target.letters:
        return 0.0
    code = _code(heard)
    spelt = 1 - jellyfish.damerau_levenshtein_distance(heard, target.letters) / max(len(heard), len(target.letters))
    if code == target.code and _beat(heard) == _beat(target.letters):
        return (1 + spelt) / 2
    if strict or code[:1] != target.code[:1]:
        return 0.0
    spare = 1 if min(len(code), len(target.code)) >= CODE_LETTERS else 0
    return spelt if spelt >= LIKENESS and jellyfish.levenshtein_distance(code, target.code) <= spare else 0.0


def _joined(words: Sequence[Word], term: str) -> Word:
    before, _, _ = _edges(words[0].text)
    _, _, after = _edges(words[-1].text)
    first = _core(words[0].text)
    if first.istitle() and len(first) > 1 and term.islower() and not re.match(r"\w\W", term):  # `k-means` stays so
        term = term[0].upper() + term[1:]  # it stood at the beginning of a sentence
    return Word(
        text=f"{before}{term}{after}",
        start=words[0].start,
        end=words[-1].end,
        probability=min(word.probability for word in words),
        heard=" ".join(word.text for word in words),
    )


def _letters_ahead(words: Sequence[Word], at: int) -> int:
    """How many words from here on may be the letters of an abbreviation that was spelled out."""
    count = 0
    for word in words[at : at + 6]:
        core = _core(word.text).casefold()
        if len(core) != 1 and core not in LETTERS:
            break
        count += 1
    return count


@lru_cache(maxsize=64)  # a talk keeps to one question for minutes
def _targets(terms: tuple[str, ...]) -> tuple[Target, ...]:
    """What slips are mended to: the terms of one word, and the words of those of several."""
    found = dict.fromkeys(word for term in terms for word in term.split())
    return tuple(Target(word, _letters(word), _code(_letters(word))) for word in found if len(_letters(word)) > 1)


def _code(letters: str) -> str:
    """The consonants as they sound (Metaphone), without the glides within that stand between two vowels."""
    import jellyfish

    code = jellyfish.metaphone(letters).replace(" ", "")
    return code[:1] + re.sub(r"[YWH]", "", code[1:])


def _beat(letters: str) -> str:
    """Where its vowels are: `genie` and `Gini` are both CVCV, `lace` is CVC and `lasso` is not."""
    spoken = re.sub(r"(?<=[^aeiouy])e$", "", letters)
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[^V]", "C", re.sub(r"[aeiouy]", "V", spoken)))


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _core(text: str) -> str:
    return _edges(text)[1]


def _edges(text: str) -> tuple[str, str, str]:
    match = EDGES.match(text)
    assert match is not None  # the pattern takes any text
    return match[1], match[2], match[3]
