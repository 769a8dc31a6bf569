"""Which words are ordinary English: told from the pronouncing dictionary that the synthesiser brings along.

Where that package is not installed every word counts as unknown, and the recogniser's own probability has to tell.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from coach.words import words

DICTIONARY = "lexicon_us_gold.json.gz"  # checked by hand; the others hold names and guesses
_ENDINGS = {
    **{ending: ("",) for ending in ("'s", "s", "ly")},
    **{ending: ("", "e") for ending in ("es", "ed", "ing", "er", "est")},
    **{ending: ("y",) for ending in ("ies", "ied", "ier", "iest")},
}  # what a form ends in, and what its base has there
_SHORTEST = 3  # letters of a base


def is_ordinary(word: str) -> bool:
    """Whether the dictionary has the word, or the word that it is a form of, in either spelling. Case does not count."""
    known, folded = _words(), word.casefold().replace("’", "'")
    spellings = {folded, *words(folded)[:1]}  # the second one is American
    if not known.isdisjoint(spellings):
        return True
    return any(base in known for each in spellings for base in _bases(each))


def _bases(form: str) -> Iterator[str]:
    """What a word may be a form of: `getting` of `get`, `applied` of `apply`."""
    for ending, instead in _ENDINGS.items():
        stem = form.removesuffix(ending)
        if stem == form:
            continue
        bases = [stem + each for each in instead] + ([stem[:-1]] if stem[-1:] == stem[-2:-1] else [])
        yield from (base for base in bases if len(base) >= _SHORTEST)


@cache
def _words() -> frozenset[str]:
    """The words of the dictionary, folded. The package is found, not imported: that would load its models' runtime."""
    spec = find_spec("hibari")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(folder, "assets", DICTIONARY)
        if path.is_file():
            return frozenset(map(str.casefold, json.loads(gzip.decompress(path.read_bytes()))))
    return frozenset()
