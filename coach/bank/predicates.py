"""What one subject is said to do in one clause, taken apart: a second verb, "…, reducing the error", "…, which shows …"."""

from __future__ import annotations

import re

from coach.bank.clauses import (
    ADVERBS,
    DETERMINERS,
    OBJECT_STARTS,
    PREPOSITIONS,
    RELATIVES,
    Token,
    finite_verb,
    is_plural,
    main_start,
    subject_of,
    tokenise,
)
from coach.bank.english import word_set
from coach.bank.verbs import AMBIGUOUS, AUXILIARIES, BASES, BY_GERUND, BY_THIRD, third_person

_NOT_STATEMENTS = word_set("no_predicates")
_NO_SECOND = frozenset(("mean", "range", "start", "train", "learn", "model", "test", "pool", "process"))
_OWNERS = RELATIVES | frozenset(
    ("when", "if", "because", "while", "whether", "how", "what", "so", "until", "it", "they", "we", "you", "there")
)


def predicates(text: str) -> list[str]:
    """A clause, and apart from it what its subject is said to do besides: after "and", or as ", reducing …" at its end.

    The subject is put before each: "X adds a penalty, reducing the error" gives "X adds a penalty" and "X reduces the error".
    """
    tokens = tokenise(text)
    start = main_start(tokens)
    verb = finite_verb(tokens, start)
    subject = subject_of(text)
    if verb is None or not subject or subject.casefold() in ("we", "you", "i", "there", "one", "it"):
        return [text]
    parts = _named(text, tokens, verb, start, subject) or _defined(text, tokens, verb, subject)
    if parts:
        return [parts[0], *predicates(parts[1])]
    plural = is_plural(subject)
    for index in range(verb + 3, len(tokens) - 2):
        if tokens[index].inside or _relative_open(tokens, verb, index):
            continue
        second = _second_verb(tokens, index, plural, verb)
        if second is None:
            continue
        at, form = second
        head, tail = text[: tokens[index - 1].end].rstrip(" ,"), text[tokens[at].end :]
        enabled = re.match(r"\s+(?:them|it|itself) to\b", tail)
        if enabled and BY_GERUND.get(tokens[at].low) in ("allow", "enable"):
            form, tail = "can", tail[enabled.end() :]  # "…, allowing it to learn": the subject can learn
        elif tokens[at + 1].low in ("it", "them") and tokens[at].low in BY_GERUND:
            continue
        if tokens[at].low in BY_GERUND and not re.search(r"\b(?:by|of|for|from|in|to) \w+ing\b", tail):
            tail = re.sub(r"(?<=\band )\w+ing\b", lambda match: _agreeing(match[0], plural), tail, count=1)
        if len(head.split()) >= 5 and tail.strip(" ."):
            return [head, *predicates(f"{subject} {form}{tail}")]
    return [text, *_which(text, tokens, verb)]


def _agreeing(verb: str, plural: bool) -> str:
    base = BY_GERUND.get(verb.casefold())
    return verb if base is None else base if plural else third_person(base)


def _named(text: str, tokens: list[Token], verb: int, start: int, subject: str) -> list[str] | None:
    """ "X, which is a Y, does Z" as "X is a Y" and "X does Z"."""
    after = text.find(subject) + len(subject)
    match = re.match(r"(?:\s*\([^)]*\))?,\s+which\s+", text[after:])
    if start or not match or tokens[verb - 1].text != ",":
        return None
    aside = text[after + match.end() : tokens[verb - 1].start]
    return [f"{subject} {aside}", f"{subject} {text[tokens[verb].start :]}"] if len(aside.split()) >= 4 else None


def _defined(text: str, tokens: list[Token], verb: int, subject: str) -> list[str] | None:
    """A long "X is a Y that does Z" as "X is a Y" and "X does Z"."""
    if (
        tokens[verb].low not in ("is", "are")
        or len(text.split()) <= 25
        or verb + 1 >= len(tokens)
        or tokens[verb + 1].low not in ("a", "an", "the", "one")
    ):
        return None
    for index in range(verb + 3, min(verb + 12, len(tokens) - 4)):
        token, after = tokens[index], tokens[index + 1]
        if token.text == "," and not token.inside:
            return None
        if token.inside or token.low not in ("that", "which") or after.low not in BY_THIRD or tokens[index - 1].low in PREPOSITIONS:
            continue
        head = text[: tokens[index - 1].end].rstrip(" ,")
        form = BY_THIRD[after.low] if is_plural(subject) else after.text
        return [head, f"{subject} {form}{text[after.end :]}"] if len(head.split()) >= 6 else None
    return None


def _which(text: str, tokens: list[Token], verb: int) -> list[str]:
    """What a closing ", which …" says of the noun phrase right before it, where number and form leave no doubt."""
    for index in range(verb + 2, len(tokens) - 4):
        if tokens[index].text != "," or tokens[index].inside:
            continue
        if tokens[index + 1].low != "which":
            return []  # after another comma, "which" may mean what stood before that
        form = tokens[index + 2].low
        singular = form in BY_THIRD or form in ("is", "has")
        if not singular and form not in BASES and form not in ("are", "have"):
            return []
        start = index
        while start - 1 > verb and (tokens[start - 1].inside or tokens[start - 1].text == ")" or _in_noun_phrase(tokens[start - 1].low)):
            start -= 1
        noun = text[tokens[start].start : tokens[index - 1].end]
        if not 1 <= len(noun.split()) <= 6 or is_plural(noun) == singular or tokens[index - 1].low.endswith(("ly", "er")):
            return []
        before = tokens[start - 1].low
        article = "A " if before in ("a", "an") else "The " if before in DETERMINERS else ""
        if not article and noun[:1].islower() and singular:
            return []
        return [f"{article}{noun} {text[tokens[index + 2].start :]}"]
    return []


def _in_noun_phrase(low: str) -> bool:
    return (
        low not in PREPOSITIONS | DETERMINERS | AUXILIARIES
        and low not in BY_THIRD
        and low not in BY_GERUND
        and bool(re.match(r"\w", low))
        and low not in ("and", "or", "that", "not")
    )


def _relative_open(tokens: list[Token], verb: int, index: int) -> bool:
    """Whether a "that", "which" or "when" since the main verb may own what follows."""
    return any(token.low in _OWNERS and not token.inside for token in tokens[verb + 1 : index])


def _second_verb(tokens: list[Token], index: int, plural: bool, verb: int) -> tuple[int, str] | None:
    """The index of a second predicate's first word and the finite form it takes, when one begins at `index`."""
    token, after = tokens[index], tokens[index + 1]
    if token.text == ",":
        at = index + 1
        while tokens[at].low in (
            "thus",
            "thereby",
            "hence",
            "therefore",
            "ultimately",
            "and",
            "essentially",
            "often",
            "in",
            "turn",
            "effectively",
            "also",
        ) and at + 2 < len(tokens):
            at += 1
        low = tokens[at].low
        if (
            low in BY_GERUND
            and low not in _NOT_STATEMENTS
            and tokens[at + 1].text not in (",", "and", "or")
            and not _listing(tokens, verb, index)
        ):
            base = BY_GERUND[low]
            if base in ("mean", "range", "start", "train", "learn", "model", "test", "pool", "process"):
                return None
            return at, base if plural else third_person(base)
    if token.low == "and" or (token.text == "," and after.low == "and"):
        first = at = index + 1 if token.low == "and" else index + 2
        while at + 2 < len(tokens) and (
            tokens[at].low in ADVERBS or tokens[at].low in ("thereby", "consequently") or tokens[at].low.endswith("ly")
        ):
            at += 1
        low = tokens[at].low
        if at > first and low in BY_GERUND:  # "… and thus reducing the error"
            return at, _agreeing(low, plural)
        head = tokens[verb].low
        if (
            not plural
            and low in BY_THIRD
            and (head in BY_THIRD or head in ("is", "has"))
            and (low not in AMBIGUOUS or tokens[at + 1].low in OBJECT_STARTS)
        ):
            return at, tokens[at].text
        if low in ("is", "has", "are", "have", "can", "will") and (head in AUXILIARIES or head in BY_THIRD):
            return at, tokens[at].text
        plainly_a_verb = third_person(low) not in AMBIGUOUS and tokens[at + 1].low in PREPOSITIONS
        if plural and low in BASES and head in BASES and (tokens[at + 1].low in OBJECT_STARTS or plainly_a_verb):
            return at, tokens[at].text
    return None


def _listing(tokens: list[Token], verb: int, index: int) -> bool:
    """Whether a gerund is one of a list ("for cutting, pasting, …")."""
    return any(token.low in BY_GERUND for token in tokens[verb + 1 : index])
