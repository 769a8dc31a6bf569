"""Whether a line asks: questions, and requests that an interviewer makes without a question mark."""

from __future__ import annotations

import re

from coach.bank.english import pattern, word_set
from coach.bank.sentences import STOPWORDS, sentences, words

LONGEST = 420  # characters; what asks for longer than this is a story, not a heading
_OPENER = pattern("opener")
_WH_CLAUSE = pattern("wh_clause")
_REQUEST = pattern("request")
_TASK = pattern("task")
_TOPIC_ONLY = pattern("topic_only")
_DISCOURSE = pattern("discourse")
_SELLING = pattern("selling_question")
_SETTING = re.compile(r"(?:suppose|imagine|assume|say|let['’]?s say|consider|you\b|your\b|given|if)\b", re.IGNORECASE)
_ANAPHORS = word_set("anaphors")
_GENERIC = word_set("question_words")


def plain(text: str) -> str:
    """A line without Markdown's emphasis, links and backslashes; code marks stay."""
    if not re.search(r"[*_\[\\]", text):
        return " ".join(text.split())
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text)
    text = re.sub(r"\[([^\]]+)\]\([^)\s]*(?:\s[^)]*)?\)", r"\1", text)
    text = re.sub(r"\*\*|__(?=\S)|(?<=\S)__", "", text)
    text = re.sub(r"(?<![\w*])[*_](\S(?:[^*_]*\S)?)[*_](?![\w*])", r"\1", text)
    text = re.sub(r"\\([\\`*_{}\[\]()#+.!?-])", r"\1", text)
    return " ".join(text.split())


def asks(text: str, *, marked: bool) -> bool:
    """Whether the whole of a plain line is a question or a request to the candidate.

    `marked` says that the page sets the line apart (a heading, a number, bold): then less is asked of its wording.
    """
    text = text.strip(" \t\"'“”‘’:")
    if not text or len(text) > LONGEST or len(words(text)) < 2 or _SELLING.match(text):
        return False
    if not marked and "?" not in text and not _REQUEST.match(text) and not _WH_CLAUSE.match(text) and not _SETTING.match(text):
        return False
    parts = sentences(text)
    if marked:
        return _asks_loosely(parts[-1]) or _asks_loosely(parts[0]) or bool(_TOPIC_ONLY.match(text))
    if _DISCOURSE.match(text) or not _stands_alone(text):
        return False
    return all(_asks_plainly(part) or _is_setting(part) for part in parts) and any(_asks_plainly(part) for part in parts)


def _asks_loosely(part: str) -> bool:
    return part.rstrip("\"'”’)*_. ").endswith("?") or bool(_REQUEST.match(part) or _TASK.match(part) or _WH_CLAUSE.match(part))


def _asks_plainly(part: str) -> bool:
    if part.rstrip("\"'”’)").endswith("?"):
        return bool(_OPENER.match(part) or _REQUEST.match(part))
    short = len(words(part)) <= 40
    if short and _REQUEST.match(part) and not part.endswith(("!", ":")):
        return True
    return bool(_WH_CLAUSE.match(part)) and len(words(part)) <= 15 and part[-1:] not in ".!:;,"


def _is_setting(part: str) -> bool:
    """A sentence that may stand beside a question in one heading: "Suppose your loss is flat." """
    return bool(_SETTING.match(part)) and len(words(part)) <= 40


def _stands_alone(text: str) -> bool:
    """Whether the question names its subject before it refers back ("Why does this help?" does not)."""
    for word in words(text):
        if word in _ANAPHORS:
            return False
        if word not in STOPWORDS and word not in _GENERIC:
            return True
    # "Tell me about yourself" and "Where do you see yourself?" name no subject, and refer to nothing either.
    return bool(re.search(r"\byou(?:r|rself)?\b", text, re.IGNORECASE))
