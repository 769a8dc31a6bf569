"""Clauses, by rules: where a subject ends, where its verb is, and where a second whole clause begins."""

from __future__ import annotations

import re
from typing import NamedTuple

from coach.bank.english import word_set
from coach.bank.verbs import AMBIGUOUS, AUXILIARIES, BASES, BY_GERUND, BY_THIRD, MODALS, third_person

DETERMINERS = word_set("determiners")
OBJECT_STARTS = DETERMINERS | word_set("object_starts")
PREPOSITIONS = word_set("prepositions")
RELATIVES = word_set("relatives")
ADVERBS = word_set("adverbs")
_SUBORDINATORS = word_set("subordinators")
_OPENERS = RELATIVES | word_set("clause_openers")  # of a clause that is not whole
_STOPS = word_set("subclause_openers")  # what follows has a verb of its own
_CONTRACTED = re.compile(r"(?:it|they|that|there|what|we|you|i|he|she)['’](?:s|re|ve|ll|d|m)$", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+(?:[-'’./_^][^\W_]+)*|[^\w\s]", re.UNICODE)


class Token(NamedTuple):
    """A word or a mark with its place in the clause, and whether it stands inside brackets or quotation marks."""

    text: str
    start: int
    end: int
    inside: bool

    @property
    def low(self) -> str:
        """The word in lower case, with a plain apostrophe."""
        return self.text.casefold().replace("’", "'")


def tokenise(text: str) -> list[Token]:
    """The words and marks of a clause."""
    tokens: list[Token] = []
    depth, quoted = 0, False
    for match in _TOKEN.finditer(text):
        mark = match[0]
        opening = mark in "([{"
        if mark == '"' or mark in "“”":
            quoted = mark == "“" or (mark == '"' and not quoted)
        depth = max(0, depth - (mark in ")]}")) if not opening else depth
        tokens.append(Token(mark, match.start(), match.end(), depth > 0 or opening or quoted))
        depth += opening
    return tokens


def finite_verb(tokens: list[Token], start: int = 0) -> int | None:
    """The index of the first finite verb of a main clause that begins at `start`, or None."""
    known = _known_verb(tokens, start)
    return _likely_verb(tokens, start) if known is None else known


def _likely_verb(tokens: list[Token], start: int) -> int | None:
    """A verb that no list has: "a worker naps for a while", told by its ending and its neighbours, right after a short subject."""
    for index in range(start + 1, min(start + 5, len(tokens) - 1)):
        low, before, after = tokens[index].low, tokens[index - 1].low, tokens[index + 1].low
        if tokens[index].inside or not re.fullmatch(r"[a-z]{3,}", low) or not _is_noun_like(before) or before in DETERMINERS:
            continue
        ends_so = low.endswith("s") and not low.endswith(("ss", "us", "is", "ous")) and not before.endswith("s")
        if (
            ends_so
            and (after in OBJECT_STARTS or after in PREPOSITIONS or after in ("out", "off", "away", "back"))
            and tokens[start].low in DETERMINERS
        ):
            return index
    return None


def _known_verb(tokens: list[Token], start: int) -> int | None:
    relative = False
    for index in range(start, len(tokens)):
        token = tokens[index]
        if token.inside:
            continue
        before = tokens[index - 1].low if index > start else ""
        if token.low in RELATIVES and index > start and before not in PREPOSITIONS and _is_noun_like(before):
            relative = True
            continue
        if token.low in (";", ":"):
            return None
        if token.low in _SUBORDINATORS - PREPOSITIONS and index > start and token.low in _STOPS:
            return None
        if is_finite(tokens, index, start):
            if relative:
                relative = False
                continue
            return index
    return None


def is_finite(tokens: list[Token], index: int, start: int = 0) -> bool:
    """Whether the word is a finite verb here, as far as its form and its neighbours tell."""
    low = tokens[index].low
    before = _before(tokens, index, start)
    after = tokens[index + 1].low if index + 1 < len(tokens) else ""
    if _CONTRACTED.match(low):
        return low not in ("that's", "what's") or index == start
    if low in AUXILIARIES:
        return index > start and before not in ("to",)
    if index == start or before in DETERMINERS or before in PREPOSITIONS or before in MODALS:
        return False
    if low in BY_THIRD:
        return low not in AMBIGUOUS or (after in OBJECT_STARTS and before not in ("and", "or", ",") and not before.endswith("s"))
    if low in BASES:
        return before in ("they", "we", "you", "i", "which", "that", "these", "those", "both") or _plural_predicate(
            tokens, index, start, before, after
        )
    return False


def _plural_predicate(tokens: list[Token], index: int, start: int, before: str, after: str) -> bool:
    """Whether a verb's plain form follows a plural subject ("layers learn", "libraries like X allow")."""
    if (
        after in (",", ".", "and", "or", "")
        or (after == "of" and tokens[index].low not in ("consist", "think"))
        or (before in BY_THIRD and before not in AMBIGUOUS)
    ):
        return False
    if before.endswith("s") and not before.endswith(("ss", "us", "is", "ous")):
        return True
    if third_person(tokens[index].low) in AMBIGUOUS and after not in OBJECT_STARTS:
        return False
    if not _is_noun_like(before) or before in AUXILIARIES or before in (",", "to", "or"):
        return False
    if before in BASES and third_person(before) not in AMBIGUOUS:
        return False
    return is_plural(" ".join(token.text for token in tokens[start:index] if not token.inside))


def _before(tokens: list[Token], index: int, start: int) -> str:
    """The word before, past adverbs and brackets."""
    for position in range(index - 1, start - 1, -1):
        token = tokens[position]
        if token.inside or token.text == ")" or token.low in ADVERBS or (token.low.endswith("ly") and len(token.low) > 4):
            continue
        return token.low
    return ""


def _is_noun_like(word: str) -> bool:
    return (
        bool(word)
        and word not in PREPOSITIONS
        and word not in AUXILIARIES
        and word not in BY_THIRD
        and word not in ("so", "such", ",", "and", "note", "that")
    )


def main_start(tokens: list[Token]) -> int:
    """The index at which the main clause begins: after a leading "When …," or "In practice,"."""
    if len(tokens) > 3 and tokens[1].text == "," and (tokens[0].low.endswith("ly") or tokens[0].low in ADVERBS):
        return 2  # "Historically, …"
    if not tokens or tokens[0].low not in _SUBORDINATORS:
        return 0
    for index, token in enumerate(tokens):
        if token.text == "," and not token.inside and index + 2 < len(tokens):
            following = tokens[index + 1]
            if following.low in ("and", "or", "but") or following.low in BY_GERUND or following.low in RELATIVES - {"that"}:
                continue
            verb = finite_verb(tokens, index + 1)
            if verb is not None and not any(t.text == "," and not t.inside for t in tokens[index + 1 : verb]):
                return index + 1
    return 0


def subject_of(text: str) -> str:
    """The subject of a clause, or nothing when it cannot be told; relative clauses and asides are not part of it."""
    tokens = tokenise(text)
    start = main_start(tokens)
    verb = finite_verb(tokens, start)
    if verb is None or verb == start or (tokens[start].low in BY_THIRD and tokens[start].low not in AMBIGUOUS):
        return ""
    end = verb
    while end - 1 > start and (tokens[end - 1].low in ADVERBS or tokens[end - 1].low.endswith("ly")):
        end -= 1
    for index in range(start + 1, end):
        if not tokens[index].inside and (tokens[index].text == "," or tokens[index].low in RELATIVES):
            end = index
            break
    return text[tokens[start].start : tokens[end - 1].end]


def is_plural(noun: str) -> bool:
    """Whether a noun phrase is plural: its head's form, or "and"."""
    plain = re.sub(r"\([^)]*\)", " ", noun)
    head = re.split(r"\b(?:of|in|for|with|on|to|from|at|between|like|such)\b", plain)[0].split()
    if re.search(r"\band\b", plain) and not re.match(r"each|every", plain, re.IGNORECASE):
        return True
    last = head[-1].casefold() if head else ""
    return last in ("data", "people", "criteria", "media") or (
        last.endswith("s") and not last.endswith(("ss", "us", "is", "ics", "as", "'s", "’s"))
    )


def independent_clauses(text: str) -> list[tuple[int, int]]:
    """The places of the whole clauses of a sentence, in order: split at "; ", " – ", ", and" and the like."""
    todo = [(0, len(text))]
    found: list[tuple[int, int]] = []
    while todo:
        start, end = todo.pop(0)
        cut = _independent(text[start:end])
        if cut:
            todo[:0] = [(start, start + cut[0]), (start + cut[1], end)]
        else:
            found.append((start, end))
    return found


def _independent(text: str) -> tuple[int, int] | None:
    """Where the first statement ends and the second begins, when both are whole clauses."""
    tokens = tokenise(text)
    for index, token in enumerate(tokens):
        if token.inside or index < 2 or index + 2 >= len(tokens):
            continue
        right = index + 1
        if token.text in ("–", "—", ";") or (token.text == "-" and text[token.start - 1] == " "):
            strong = True
        elif token.text == "," and tokens[right].low in ("and", "but", "so", "while", "whereas", "yet", "though", "although"):
            strong = True
            right += 1
        elif token.text == "," and index > 4 and tokens[right].low in ("the", "a", "an", "each") and main_start(tokens) == 0:
            if tokens[right + 1].low in ("more", "less", "better", "worse", "higher", "lower") or tokens[right + 1].low.endswith("er"):
                continue  # "the more …, the better …" is one statement
            strong = True  # two sentences with only a comma between them
        elif token.low == "and" and tokens[right].low in ("it", "they", "this", "these"):
            strong = False
        else:
            continue
        right = _past_connective(tokens, right)
        if right < len(tokens) and _is_clause(tokens[:index]) and _starts_clause(tokens, right, strong):
            return tokens[index - 1].end, tokens[right].start
    return None


def _past_connective(tokens: list[Token], index: int) -> int:
    while index + 1 < len(tokens) and (
        tokens[index].low in ("hence", "thus", "therefore", "however", "then", "also", "instead", "so", "consequently")
        or tokens[index].text == ","
    ):
        index += 1
    return index


def _is_clause(tokens: list[Token]) -> bool:
    start = main_start(tokens)
    verb = finite_verb(tokens, start)
    return verb is not None and tokens[0].low not in _OPENERS


def _starts_clause(tokens: list[Token], index: int, strong: bool) -> bool:
    """Whether a subject and its verb follow: a noun phrase of at most eight words, or a pronoun."""
    if tokens[index].low in RELATIVES or tokens[index].low in ("to", "then"):
        return False
    start = index + main_start(tokens[index:])
    verb = finite_verb(tokens, start)
    if verb is None or verb > start + (10 if strong else 2):
        return False
    if verb == start:
        return bool(_CONTRACTED.match(tokens[start].low))
    return not any(token.text in (",", "-", "–") and not token.inside for token in tokens[start:verb])
