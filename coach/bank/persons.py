"""Advice in the first or second person as neutral statements: "we feed the images into a network" as "the images are fed …"."""

from __future__ import annotations

import re

from coach.bank.clauses import PREPOSITIONS, is_plural
from coach.bank.english import pattern, word_set
from coach.bank.sentences import words
from coach.bank.verbs import BASES, MODALS, participle, third_person

_I = re.IGNORECASE
_PERSONAL = re.compile(r"\b(?:i|i['’](?:m|ve|d|ll)|my|me|mine|myself)\b", _I)
_GROUP = re.compile(r"\b(?:we|we['’](?:re|ve|ll|d)|our|us|ours)\b", _I)
_READER = re.compile(r"\b(?:you|you['’](?:re|ve|ll|d)|your|yours)\b", _I)
_SAID_BY = pattern("said_by")
_OBJECT_END = pattern("object_end")
_DANGLING = word_set("dangling")
_NO_PASSIVE = word_set("no_passive")
_NO_ADVICE = word_set("no_advice")
_UNCLEAR = frozenset(("how", "what", "that", "whether", "up", "on", "in", "more"))  # no object begins with these
_KEPT_ADVERBS = frozenset(("often", "usually", "typically", "first", "then", "normally", "generally", "also", "frequently"))


def neutral_voice(text: str) -> str | None:
    """The statement without "I", "we" and "you": advice in the passive, or None for a biography."""
    if not (_PERSONAL.search(text) or _GROUP.search(text) or _READER.search(text)):
        return text
    match = _SAID_BY.match(text)
    if match:
        passive = _passive(match)
        if passive is not None:
            text = passive
    text = (
        re.sub(r"\b(?:of|to|for|that) (?:us|you|me)\b(?=[ ,.])", "", text)
        if re.search(r"\b(?:allows?|enables?|lets?|helps?) (?:us|you)\b", text, _I) is None
        else text
    )
    text = re.sub(r"\b(allow|enable|help|let)(s?) (?:us|you|me)\b", r"\1\2 one", text)
    text = re.sub(r"\b(?:our|your|my) own\b", "one's own", text)
    text = re.sub(r"(^|[.;] )(?:our|your) ", r"\1The ", text, flags=_I)
    text = re.sub(r"\b(?:our|your)\b", "the", text)
    text = re.sub(r"\b(?:we|you)(?:['’]re| are) (trying|using|working|dealing|looking|training|building)\b", r"one is \1", text)
    if _PERSONAL.search(text):
        return None
    text = re.sub(
        r"\b(?:if|when|whenever|unless|that|which|because|before|after|once|while|where|how|what) (?:we|you)(?:['’]re| are)\b",
        lambda found: found[0].split()[0] + " one is",
        text,
        flags=_I,
    )
    text = re.sub(
        r"\b(until|when|if|once|as|before|after|where|because|that|what|which|how|while|whenever|so) (?:we|you) (\w+)", _one, text, flags=_I
    )
    return None if _GROUP.search(text) or _READER.search(text) else text


def _one(match: re.Match[str]) -> str:
    verb = match[2].lower()
    form = {"are": "is", "have": "has", "do": "does"}.get(verb) or (verb if verb in MODALS or verb not in BASES else third_person(verb))
    return f"{match[1]} one {form}"


def _passive(match: re.Match[str]) -> str | None:
    """ "We feed the images into a network" as "The images are fed into a network", where verb and object are plain."""
    verb, rest = match["verb"].lower(), match["rest"].rstrip(".")
    contracted = (match["contracted"] or "").lower()
    if contracted in ("re", "ve", "m"):
        return None
    modal = "can" if contracted == "d" else (match["modal"] or "").strip().lower()
    cut = _OBJECT_END.search(rest)
    thing, tail = (rest[: cut.start()].strip(), rest[cut.start() :]) if cut else (rest, "")
    if _is_advice(match, verb, thing, tail):
        return _advice(match, verb, modal)
    low = words(thing)
    if not low or low[0] in _DANGLING or low[0] in _UNCLEAR or (low[0] in BASES and len(low) == 1):
        return None
    thing = re.sub(r"^(?:our|your|my)\s", "the ", thing, flags=_I)
    adverb = (match["adverb"] or "").strip().lower()
    doing = _passive_verb(verb, modal, adverb if adverb in _KEPT_ADVERBS else "", plural=is_plural(thing))
    lead = match["lead"] or ""
    subject = thing if lead else thing[:1].upper() + thing[1:]
    return f"{lead}{subject} {doing}{' ' if tail.startswith('(') else ''}{tail}"


def _is_advice(match: re.Match[str], verb: str, thing: str, tail: str) -> bool:
    """Whether the passive would be clumsy or wrong: no plain verb, a long object, a preposition, or a second verb after "and"."""
    if verb not in BASES or verb in _NO_PASSIVE or re.match(r"by \w+", match["lead"] or "", _I):
        return True
    second = [word for word in re.findall(r"\band (?:then )?(?:\w+ly )?(\w+)", tail) if word in BASES]
    if second and not re.search(r"\bto \w+\b.*\band\b", tail):
        return True
    low = words(thing)
    return len(low) > 8 or bool(low and low[0] in PREPOSITIONS)


def _passive_verb(verb: str, modal: str, adverb: str, *, plural: bool) -> str:
    if modal in ("can", "could"):
        return f"can be {participle(verb)}"
    if modal in ("may", "might"):
        return f"may be {participle(verb)}"
    if modal in ("must", "should", "have to", "need to"):
        return f"should be {participle(verb)}"
    return " ".join(filter(None, ("are" if plural else "is", adverb, participle(verb))))


def _advice(match: re.Match[str], verb: str, modal: str) -> str | None:
    """ "I often start with a small rate" as "It is common to start with a small rate"; for habits and advice."""
    if verb not in BASES:
        return None
    lead, rest = match["lead"] or "", match["rest"]
    adverb = (match["adverb"] or "").strip().lower()
    it = "it" if lead else "It"
    by = re.match(r"by ((?:\w+ly )?\w+ing\b.*),\s$", lead, _I)
    if by:  # "By averaging, we reduce the noise" is "Averaging reduces the noise"
        form = f"can {verb}" if modal in ("can", "could", "may", "might") else third_person(verb)
        return f"{by[1][:1].upper()}{by[1][1:]} {form} {rest}"
    if verb == "need" and rest.startswith("to "):
        return f"{lead}{it} {'may be' if modal in ('may', 'might', 'could') else 'is'} necessary {rest}"
    if verb in _NO_ADVICE and not modal:
        return None
    first = f"{adverb} " if adverb in ("first", "then") else ""
    if modal in ("can", "could", "may", "might"):
        how = "possible"
    elif modal in ("must", "have to", "need to"):
        how = "necessary"
    else:
        how = "useful" if match["who"].lower() == "i" and adverb not in ("often", "usually", "typically", "generally") else "common"
    return f"{lead}{it} is {how} to {first}{verb} {rest}"
