"""The verbs of technical prose, with their forms: what rules need to tell a clause from a phrase."""

from __future__ import annotations

from coach.bank.english import past_participles, word_set

BASES = word_set("verbs")
AUXILIARIES = word_set("auxiliaries")
MODALS = word_set("modals")
AMBIGUOUS = word_set("nouns_or_verbs")  # "results", "models": verbs only before what an object begins with
_IRREGULAR = past_participles()
_DOUBLED = word_set("doubling_verbs")


def third_person(base: str) -> str:
    """`apply` to `applies`."""
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        return base + "es"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    return base + "s"


def gerund(base: str) -> str:
    """`make` to `making`."""
    if base in _DOUBLED:
        return base + base[-1] + "ing"
    if base.endswith("ie"):
        return base[:-2] + "ying"
    if base.endswith("e") and not base.endswith(("ee", "oe", "ye")):
        return base[:-1] + "ing"
    return base + "ing"


def participle(base: str) -> str:
    """`split` to `split`, `apply` to `applied`: the past participle."""
    if base in _IRREGULAR:
        return _IRREGULAR[base]
    if base in _DOUBLED:
        return base + base[-1] + "ed"
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ied"
    return base + "ed"


BY_THIRD = {third_person(base): base for base in BASES}
BY_GERUND = {gerund(base): base for base in BASES}
