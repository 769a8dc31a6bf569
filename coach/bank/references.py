"""What "it", "they" and "this method" stand for, where that can be told; and whether a statement leans on what is not in it."""

from __future__ import annotations

import re
from typing import NamedTuple

from coach.bank.clauses import DETERMINERS, is_plural, main_start, subject_of, tokenise
from coach.bank.english import pattern, word_set
from coach.bank.leads import without_lead
from coach.bank.sentences import words
from coach.bank.verbs import AMBIGUOUS, AUXILIARIES, BASES, BY_GERUND, BY_THIRD

_I = re.IGNORECASE
_EXPLETIVE = pattern("expletive")
_UNNAMED = pattern("unnamed")
_GENERIC_NOUNS = word_set("generic_nouns")
_VAGUE_NOUNS = word_set("vague_nouns")
_SUBCLAUSE_OPENERS = word_set("subclause_openers") | {"as", "after", "before"}
_PLACEHOLDERS = word_set("placeholders")
_DANGLING = word_set("dangling")


class Referent(NamedTuple):
    """What "it" or "they" stands for: a noun phrase as it reads within a sentence, its number, and whether "this" may mean it too."""

    text: str
    plural: bool
    acts: bool = True

    @property
    def possessive(self) -> str:
        """Its genitive: "dropout's", "layers'"."""
        return f"{self.text}'" if self.text.endswith("s") else f"{self.text}'s"


def referent_of(clause: str, answer: str) -> Referent | None:
    """The referent that a clause's subject leaves behind; None for pronouns, placeholders and what is too long to repeat."""
    clause = without_lead(clause)[0]
    noun = re.sub(r"\s*\([^)]*\)", "", subject_of(clause)).strip(" ,\"'“”‘’")
    noun = re.sub(r"^(?:both|all|only|even|just|while|also|typically|usually)\s+", "", noun, flags=_I)
    noun = re.sub(r"['’]s? (?:\w+ ){0,2}\w+$", "", noun) if re.search(r"\w['’]s? ", noun) else noun
    low = words(noun)
    if (
        not low
        or len(low) > 6
        or low[-1] in ("reason", "idea", "point", "goal", "upside", "downside", "thing")
        or low[0] in _DANGLING
        or low[0] in _PLACEHOLDERS
        or (len(low) > 1 and low[0] in BY_GERUND)
    ):
        return None
    small = noun[:1].lower() + noun[1:]
    is_name = noun[:1].isupper() and low[0] not in DETERMINERS and not re.search(rf"(?<!^)\b{re.escape(small)}", answer)
    passive = bool(re.search(r"\b(?:is|are|be|been|was|were|being) (?:\w+ly )?\w+(?:ed|en|lt|wn)\b", clause))
    return Referent(noun if is_name else small, is_plural(noun), not passive)


def topic_referent(topic: str) -> Referent | None:
    """What the question is about, as something that a pronoun may stand for."""
    return Referent(topic, is_plural(topic)) if topic else None


def resolve(text: str, referent: Referent | None, topic: Referent | None, before: str) -> str | None:
    """The clause with its leading pronoun replaced by what it stands for."""
    tokens = tokenise(text)
    start = main_start(tokens)
    if start >= len(tokens):
        return None
    head, body = text[: tokens[start].start], text[tokens[start].start :]
    low = tokens[start].low.split("'")[0]
    if _EXPLETIVE.match(body):
        return text
    if low in ("it", "they") and re.match(r"(?:when|because|if|while|once|after|since|although|as|before|unless)\s", head, _I):
        if not re.search(r"\b(?:both|it|they|this|these|those)\b", head, _I):
            return text  # its noun stands in the clause before the comma
        head, body = "", body[:1].upper() + body[1:]
    if low in ("its", "their"):
        chosen = _choose(referent, topic, plural=low == "their")
        return f"{head}{chosen.possessive}{body[len(low) :]}" if chosen else None
    general = re.match(r"the (\w+)(?= )", body, _I)
    if general and referent and general[1].casefold() in _GENERIC_NOUNS and subject_of(body).casefold() == general[0].casefold():
        own = [word for word in words(referent.text) if word != "the"]
        told_apart = len(own) > 1 and own[-1] == general[1].casefold()  # "the function" after "the tanh function"
        return f"{head}{referent.text}{body[general.end() :]}" if told_apart else text
    if low in ("it", "this", "that", "they", "these", "those", "both") and _is_whole_subject(body):
        plural = low in ("they", "these", "those", "both")
        chosen = _choose(referent, topic, plural=plural, acting=low in ("this", "that", "these", "those"))
        return f"{head}{chosen.text}{_uncontracted(body[len(low) :])}" if chosen else None
    if low in ("this", "these", "those"):
        return _demonstrative(head, body, referent, topic, before)
    return None if low == "that" else text


def _choose(referent: Referent | None, topic: Referent | None, *, plural: bool, acting: bool = False) -> Referent | None:
    """The last subject, else the topic, of the right number. "This" may mean all that was said, unless a subject acted in it."""
    if acting and referent is not None and not referent.acts:
        return None
    return next((candidate for candidate in (referent, topic) if candidate and candidate.plural == plural), None)


def _is_whole_subject(body: str) -> bool:
    """Whether a clause's first word is all of its subject: "this leads to", not "this loop leads to"."""
    tokens = tokenise(body)
    if "'" in tokens[0].low:
        return True
    index = 1
    while index + 1 < len(tokens) and (tokens[index].low in ("also", "often", "then", "all", "only") or tokens[index].low.endswith("ly")):
        index += 1
    if index >= len(tokens):
        return False
    low, after = tokens[index].low, tokens[index + 1].low if index + 1 < len(tokens) else ""
    if low in AUXILIARIES:
        return True
    if low in BY_THIRD:
        return (
            low not in AMBIGUOUS
            or after in DETERMINERS
            or after in ("in", "to", "how", "that", "us", "on", "more", "better", "from", "as", "with")
        )
    return low in BASES and tokens[0].low in ("they", "these", "those", "both")


def _uncontracted(rest: str) -> str:
    rest = re.sub(r"^['’]s been\b", " has been", rest)
    return re.sub(r"^['’]re\b", " are", re.sub(r"^['’]s\b", " is", rest))


def _demonstrative(head: str, body: str, referent: Referent | None, topic: Referent | None, before: str) -> str | None:
    """ "This method models…": the last subject for a generic noun; "the" for a noun that says enough by itself."""
    subject = subject_of(body)
    low = words(subject)
    if len(low) < 2:
        return None
    noun, rest = low[1:], body[len(subject) :]
    if len(noun) == 1 and noun[0] in _GENERIC_NOUNS:
        # "this function" is no reference to the last subject when that sentence has a function of its own.
        stem = noun[0].rstrip("s")
        if stem in before.casefold() and not (referent and stem in referent.text.casefold()):
            named = re.sub(r"\b(?:another|one|a|an|the)\b[^.]*\bis\b.*", "", before, flags=_I)
            if stem in named.casefold():
                return None
        chosen = _choose(referent, topic, plural=low[0] != "this")
        return f"{head}{chosen.text}{rest}" if chosen else None
    vague = noun[-1] in _GENERIC_NOUNS | _VAGUE_NOUNS and (len(noun) < 3 or noun[0] in ("two", "three", "four", "five"))
    if vague or noun[0] in ("kind", "type", "kinds", "types", "sort"):
        return None
    return f"{head}{'the' if head else 'The'} {subject.split(maxsplit=1)[1]}{rest}"


def leans(text: str) -> bool:
    """Whether a statement still refers to something outside of it."""
    tokens = tokenise(text)
    start = main_start(tokens)
    own_noun = tokens[0].low in _SUBCLAUSE_OPENERS and tokens[start].low.split("'")[0] in ("it", "they")  # "When a lock is held, it …"
    if (
        tokens[start].low.split("'")[0] in _DANGLING - {"one", "each"}
        and not own_noun
        and not _EXPLETIVE.match(text[tokens[start].start :])
    ):
        return True
    if _UNNAMED.match(text[tokens[start].start :]):
        return True
    seen_noun = bool(_EXPLETIVE.match(text[tokens[start].start :]))
    for index, token in enumerate(tokens):
        before = tokens[index - 1].low if index else ""
        after = tokens[index + 1].low if index + 1 < len(tokens) else ""
        if token.low in ("this", "these", "those") and before not in ("how", "whether"):
            return True
        if token.low == "that" and before in ("of", "for", "with", "to", "from", "in", "at", "by", "on"):
            return True
        if token.low in ("it", "they", "them", "its", "their") and not seen_noun:
            return True
        if token.low == "ones" or (token.low in ("such",) and after not in ("as", "that", "a")):
            return True
        if re.match(r"\w{3,}", token.text) and token.low not in DETERMINERS and index >= start:
            seen_noun = True
        if (
            re.match(r"\w{4,}", token.text)
            and index < start
            and token.low
            not in ("when", "because", "while", "since", "once", "after", "before", "unless", "although", "unlike", "with", "from")
        ):
            seen_noun = True
    return False
