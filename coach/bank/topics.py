"""What a question is about: its topic, and the two sides of a comparison."""

from __future__ import annotations

import re
from typing import NamedTuple

from coach.bank.english import word_set
from coach.bank.kinds import kind_of
from coach.bank.sentences import STOPWORDS, content_words
from coach.bank.verbs import AMBIGUOUS, BASES, BY_THIRD

_JOINTS = frozenset(("and", "or", "of"))
_ASKING = word_set("asking")  # words that ask, and name no topic
_ONLY_VERBS = (BASES | BY_THIRD.keys()) - AMBIGUOUS - {BY_THIRD[word] for word in AMBIGUOUS}
_SIDE = r"[^?,;]{2,60}?"
_SIDES = tuple(
    re.compile(wording.format(a=f"(?P<a>{_SIDE})", b="(?P<b>[^?,;]{2,60})", c=f"(?P<b>{_SIDE})"), re.IGNORECASE)
    for wording in (
        r"\bbetween\s+{a}\s+(?:and|vs\.?|versus)\s+{b}",
        r"\b(?:how|is|are|does|do|what makes)\s+{a}\s+(?:differ(?:ent)?|distinct)\s+(?:from|to|than)\s+{b}",
        r"\bcompare\s+{a}\s+(?:and|with|to|vs\.?|versus)\s+{b}",
        r"\b(?:do|does)\s+{a}\s+and\s+{c}\s+(?:differ|compare)\b",
        r"^{a}\s+(?:vs\.?|versus)\s+{b}",
    )
)
_LONGEST = 4  # words


def sides_of(question: str) -> tuple[str, str] | None:
    """The two things that a comparison is about, or None when it does not name them plainly."""
    for pattern in _SIDES:
        match = pattern.search(question)
        if match:
            first, second = (_side(match[name]) for name in ("a", "b"))
            if first and second:
                return first, second
    return None


def _side(phrase: str) -> str:
    phrase = re.split(r"\s+(?:in|when|for|and|used|within|with respect|as)\s+", phrase.strip(" .\"'“”‘’"))[0]
    phrase = re.sub(r"^(?:is|are|does|do|a|an|the)\s+", "", re.sub(r"^(?:is|are|does|do)\s+", "", phrase), flags=re.IGNORECASE)
    return lower_title(phrase) if 1 <= len(phrase.split()) <= 5 else ""


def topic_of(question: str, answer: str = "", *, common: frozenset[str] = frozenset(), fallback: str = "general") -> str:
    """The noun phrase that the question is about: of its phrases, the one that the answer speaks of most.

    `common` are stems that most questions of the document share, and which therefore name no topic.
    """
    sides = sides_of(question) if kind_of(question) == "compare" else None
    if sides:
        return " and ".join(sides)
    said = f" {' '.join(content_words(answer))} "
    opening = f" {' '.join(content_words(answer[:300]))} "
    best, best_score = "", 0.0
    for phrase in _phrases(question):
        stems = content_words(phrase.text)
        telling = sum(stem not in common for stem in stems)
        together = f" {' '.join(stems)} "
        score = (
            (1.0 + 2.0 * min(said.count(together), 4) + 2.0 * (together in opening))
            * (1 + 0.5 * (len(stems) - 1))
            * (1.0 if telling else 0.2)
        )
        score *= 0.75**phrase.run * (0.6 if re.search(r"(?:ed|ly)$|^\w+ing$", phrase.text) or re.match(r"\w+ed\b", phrase.text) else 1.0)
        score *= phrase.wholeness
        if score > best_score:
            best, best_score = phrase.text, score
    return lower_title(_with_pair(question, best), answer) if best else fallback


def _with_pair(question: str, phrase: str) -> str:
    """The phrase with what "and" or "or" pairs it with: "weights" with "and biases"."""
    runs = {found.text for found in _phrases(question) if found.wholeness == 1.0 and len(found.text.split()) <= _LONGEST + 1}
    wider = [run for run in runs if re.search(rf"\b(?:and|or) {re.escape(phrase)}$|^{re.escape(phrase)} (?:and|or)\b", run)]
    return max(wider, key=len, default=phrase)


class _Phrase(NamedTuple):
    text: str
    run: int  # how many runs of content words stand before it
    wholeness: float  # less than 1 when its run goes on to the left or right


def _phrases(question: str) -> list[_Phrase]:
    """Every run of up to four words of the question that could name a topic, in their order, the longer first."""
    plain = re.sub(r"\([^)]*\)", " , ", re.sub(r"\b(?:an?|the|last|first) times?\b", " , ", question, flags=re.IGNORECASE))
    plain = re.sub(r"^\s*(?:please )?list\b", " , ", plain, flags=re.IGNORECASE)
    plain = re.sub(r"\bwrite an? \w+ (?:that|which|to|for)\b", " , ", plain, flags=re.IGNORECASE)
    runs: list[list[str]] = [[]]
    for match in re.finditer(r"[^\W_]+(?:[-'’./+#][^\W_]+|\+\+|#)*|[^\w\s]", plain):
        word = match[0]
        low = re.sub(r"['’]s$", "", word.casefold())
        if not re.match(r"\w", word) or low in STOPWORDS or low in _ASKING or low in _ONLY_VERBS:
            if low in _JOINTS and runs[-1]:
                runs[-1].append(low)
            elif runs[-1]:
                runs.append([])
        else:
            runs[-1].append(word)
    found: list[_Phrase] = []
    for number, run in enumerate(runs):
        for start in range(len(run)):
            for size in range(min(_LONGEST + 1, len(run) - start), 0, -1):
                end = start + size
                if run[start] not in _JOINTS and run[end - 1] not in _JOINTS:
                    left = 1.0 if start == 0 else 0.8 if run[start - 1] in _JOINTS else 0.7
                    right = 1.0 if end >= len(run) - (run[-1] in _JOINTS) else 0.8 if run[end] in _JOINTS else 0.5
                    found.append(_Phrase(" ".join(run[start:end]), number, left * right))
    return found


def lower_title(phrase: str, answer: str = "") -> str:
    """Title Case to lower case; acronyms stay (LSTM, PyTorch), and a phrase with a word that the answer never writes small."""
    small = set(content_words(" ".join(re.findall(r"\b[a-z][\w-]*", answer))))
    titles = [word for word in phrase.split() if re.fullmatch(r"[A-Z][a-z]+(?:-[A-Za-z][a-z]+)*", word)]
    if answer and not all(small.issuperset(content_words(word)) for word in titles):
        return phrase  # a name, such as Keras
    return " ".join(word.lower() if word in titles else word for word in phrase.split())
