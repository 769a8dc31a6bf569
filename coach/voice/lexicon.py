"""Which words are ordinary English: told from the pronouncing dictionary that the synthesiser brings along.

Where that package is not installed every word counts as unknown, and the recogniser's own probability has to tell.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from coach.words import words

DICTIONARY = "lexicon_us_gold.json.gz"  # checked by hand; the others hold names and guesses
_ENDINGS = (("'s", ""), ("ies", "y"), ("es", ""), ("s", ""), ("ied", "y"), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ly", ""))
_SHORTEST = 3  # letters of a stem


def is_ordinary(word: str) -> bool:
    """Whether the dictionary has the word, or the word that it is a form of, in either spelling. Case does not count."""
    known, folded = _words(), word.casefold().replace("’", "'")
    spellings = {folded, *words(folded)[:1]}  # the second one is American
    if not known.isdisjoint(spellings):
        return True
    stems = (each[: -len(ending)] + instead for each in spellings for ending, instead in _ENDINGS if each.endswith(ending))
    return any(len(stem) >= _SHORTEST and stem in known for stem in stems)


@cache
def _words() -> frozenset[str]:
    """The words of the dictionary, folded. The package is found, not imported: that would load its models' runtime."""
    spec = find_spec("hibari")
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(folder, "assets", DICTIONARY)
        if path.is_file():
            return frozenset(map(str.casefold, json.loads(gzip.decompress(path.read_bytes()))))
    return frozenset()
