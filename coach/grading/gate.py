"""Answers that need no look at the points: empty, an echo, a list of words, nothing but steering, another language.

Each gate gives its reason in words for the candidate. What is cut here never reaches a chat model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal

from coach.domain import Frozen, Question
from coach.grading.clauses import clauses, sentences
from coach.words import STOP, content_stems, words

GateKind = Literal["empty", "dont_know", "echo", "keywords", "steering", "gibberish", "language"]

REASONS: dict[GateKind, str] = {
    "empty": "There was nothing to grade.",
    "dont_know": "You said that you don't know this one, and that is fine: have a look at the model answer.",
    "echo": "This says the question again without answering it.",
    "keywords": "This is a list of terms. Say in sentences what they do and how they belong together.",
    "steering": "This speaks to the grader instead of answering the question.",
    "gibberish": "This could not be read as an answer.",
    "language": "This answer does not seem to be in English, the only language that can be graded so far.",
}
UNGRADED: frozenset[GateKind] = frozenset({"language"})  # a reason instead of a number: it may be a fine answer

MIN_NEW_STEMS = 3  # content words beyond the question's own
ECHO_REPEATED = 0.4  # an echo has at least this share of its content words from the question
ECHO_RUN = 0.6  # or, where there is little to say, at least this share of them in the question's order
RICH = 36  # content words that bear on the answer: a rubric has as many, and what says hardly any of them says nothing
KEYWORD_PIECE = 2.6  # words between two separators; statements have more
KEYWORD_FUNCTION_SHARE = 0.2  # sentences have a third or more of function words
STATEMENT = 5  # words between two separators, a function word and three others among them: terse notes have such pieces
STATED = 0.15  # and at least this share of their words is in them; a list of terms has hardly one
BARE_FUNCTION_SHARE = 0.06  # a list without separators has hardly any
FORMULA_SHARE = 0.25  # of the words hold a digit or are single letters: a calculation is no list of terms, and no language either
ENGLISH_FUNCTION_SHARE = 0.12
NOISE = re.compile(r"[!?#$@~%]{3}")
NOTATION = re.compile(r"(?<!\w)[^\W\d_]{1,3}\s?\(([\w\s+*/^,|-]{1,30})\)")  # "O(n)", "f(x, y)", "Θ(n + m)"
NOTATION_LETTERS = 3  # at most, in each word inside: "log", not "nnnnnn"
EPONYM = re.compile(r"(?<!\w)[^\W\d_]+(?:[-‐‑–][^\W\d_]+)+(?!\w)")  # "Erdős–Rényi", where each part begins with a capital

STEERING = re.compile(
    r"""
    \b(full|maximum|top|perfect|highest)\s+(marks?|credit)\b
    | \b(mark|tick|award)\b.{0,20}\b(every|each|all|the|these|my)\b.{0,20}(?<!data\s)\b(points?|criteri\w+|rubric|items?|verdicts?|answer)\b
    | \bscore\W{1,4}(10|100|ten)\b
    | ["'](verdicts?|score|assessment|grade|points?|covered)["']\s*[:,\]]
    | \b(note|message|memo)\s+(to|for)\s+(the\s+)?(grader|assessor|evaluator|examiner|system|model|assessment|ai)\b
    | (^|[\[(<\n])\s*(system|admin|developer)\s*(note|message|prompt|update)?\s*:
    | \byou\s+are\s+(now\s+)?(a\s+|an\s+|the\s+)?\w*(grader|assessor|evaluator|examiner|professor\w*|bot)\b
    | \bgrading\s+(policy|system|engine)\b | \bcopy\s+it\s+as\s+it\s+stands\b | \blet's\s+play\s+a\s+game\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# What steering says and an honest answer may say too ("the evaluator reports recall", "fits 10 trees"): such a sentence stays
# where it bears on the question.
MAYBE_STEERING = re.compile(
    r"""
    \b(ignore|disregard|forget|override)\b.{0,30}
      \b(instructions?|rubric|prompt|guidelines?|key\s+points?|criteria|everything\s+above|previous\s+(messages?|rules?|texts?))\b
    | \b(full|maximum|top|perfect|highest)\s+(grade|rating)\b
    | \b(mark|count|treat|rate|grade|score)\s+(it|this|me|everything|all)\b.{0,30}\b(covered|correct|right|passed|full|ten|10)\b
    | (?<![\d/])(10|ten)\s*(/|out\s+of)\s*(10|ten)\b(?![/\d]) | (?<![\d/])100\s*(/|out\s+of)\s*100\b(?![/\d])
    | \b(set|put|make)\s+(the\s+|my\s+)?(overall\s+|final\s+)?score\b
    | \b(assign|give|award|put\s+down)\b.{0,20}\b(10|ten|100|full\s+\w+|maximum)\b
    | \b(system|admin|developer)\s*(prompt|update)
    | \b(graders?|assessors?|evaluators?|examiners?|rubrics?)\b
    | \b(above|following|this)\s+(json|verdicts?|result)\b
    | \bdo\s+not\s+(mention|evaluate|grade)\b | \bin\s+character\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
DONT_KNOW = re.compile(
    r"""
    \bidk\b | (\b(I|we)\b(\s+\w+){0,2}\s+|^\W*(\w+\W+){0,2})
      (do(n'?t|\s+not)|did(n'?t|\s+not)|couldn'?t|can'?t|cannot|could\s+not|wouldn'?t|would\s+not)\s+(really\s+|honestly\s+|actually\s+)?
      (know|remember|recall|tell\s+you|say|explain|answer|have\s+an?\s+(answer|idea)|guess|want\s+to\s+(guess|make))
    | \bno\s+(idea|clue)\b | \bnot\s+sure\b | \bI(\s+have|'ve)\s+forgotten\b
    | (\bI(\s+have|'ve)?\s+never|^\W*(\w+\W+){0,2}never|not\s+something)\b.{0,20}
        \b(heard|looked|used|learned|studied|done|come\s+across|met|worked|asked|saw)\b
    | \bI\s+have(n't|\s+not)\s+(used|done|met|heard|seen|worked|learned|studied)\b
    | \bI('d|'ll|\s+would|\s+will|\s+have\s+to|\s+need\s+to|\s+should)\b.{0,20}\b(look\s+(it|that|this)\s+up|read\s+up\s+on)\b
    | \brather\s+(not\s+(guess|make)|say\s+so)\b | \b(I|me|I'd|we)\b.{0,20}\b(making\s+it\s+up|make\s+something\s+up|invent(ing)?)\b
    | (^\W*|[.,;]\s*|\b(I|I'll|I'd|we|let's|please|can\s+we|to|sorry)\W+)((will|would|just|have\s+to|better|rather)\s+){0,2}
        (pass|skip)(\s+(on|over)?\s*(this|that|it|here)?(\s+(one|question))?)?\s*($|[.,;!]|\bI'm\b|\bplease\b)
    | \bnothing\s+to\s+offer\b | \banother\s+question\b | ^\W*next\s+question\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
REASON = re.compile(r"\b(because|since|as|if|when|that|so)\W*(\w+\W+){0,2}$", re.IGNORECASE)  # "…, because I don't know the path": a reason
FRAME = frozenset(content_stems("well good great important interesting question answer topic thing think know ask say want talk"))


class Gate(Frozen):
    """Why an answer was stopped, and what of it remains to be read (empty when nothing does)."""

    kind: GateKind | None
    text: str  # the answer without the sentences that speak to the grader
    steered: bool = False  # whether such sentences were left out

    @property
    def reason(self) -> str | None:
        """The reason in words, if the answer was stopped."""
        return REASONS[self.kind] if self.kind else None


def check(question: Question, answer: str) -> Gate:
    """Look at an answer before anything is read into it."""
    if not words(answer):
        return Gate(kind="empty", text="")
    if _unreadable(answer):
        return Gate(kind="gibberish", text="")
    if _not_english(question, answer):
        return Gate(kind="language", text="")
    text = without_steering(question, answer)
    steered = text != answer
    bearing = _bearing(question, text)
    if steered and len(bearing) < MIN_NEW_STEMS:
        return Gate(kind="steering", text="", steered=True)
    if _admits_ignorance(question, text):
        return Gate(kind="dont_know", text="", steered=steered)
    if _is_echo(question, text, bearing):
        return Gate(kind="echo", text="", steered=steered)
    if _is_list_of_words(text):
        return Gate(kind="keywords", text="", steered=steered)
    return Gate(kind=None, text=text, steered=steered)


def without_steering(question: Question, answer: str) -> str:
    """The answer without the sentences that speak to a grader instead of to the interviewer."""
    kept = [unit.text for unit in sentences(answer) if not _steers(question, unit.text)]
    return answer if len(kept) == len(sentences(answer)) else " ".join(kept)


def _steers(question: Question, sentence: str) -> bool:
    plain = sentence.replace("’", "'")
    if STEERING.search(plain):
        return True
    enough = min(MIN_NEW_STEMS, max(1, len(_material(question)) // MIN_NEW_STEMS))
    return MAYBE_STEERING.search(plain) is not None and len(_bearing(question, sentence)) < enough


def _bearing(question: Question, text: str) -> set[str]:
    """Content words of a text that bear on the answer: the rubric has them and the question has not."""
    return set(content_stems(text)) & _material(question)


def _material(question: Question) -> set[str]:
    """The content words that bear on an answer."""
    claims = [item.claim for item in question.misconceptions]
    material = " ".join([question.answer, *(point.text for point in question.key_points), *claims])
    return set(content_stems(material)) - set(content_stems(question.text))


def _admits_ignorance(question: Question, text: str) -> bool:
    """Whether the answer says that it has none: an admission, and hardly anything that bears on the question beside it."""
    plain = text.replace("’", "'")
    admitted = [unit for unit in sentences(plain) if _admits(unit.text)]
    if not admitted:
        return False
    # "I'm not sure about the ratios, but …" admits one clause, not the sentence.
    rest = _bearing(question, " ".join(unit.text for unit in clauses(plain) if not DONT_KNOW.search(unit.text)))
    enough = 2 * MIN_NEW_STEMS + 1 if len(admitted) > 1 else MIN_NEW_STEMS + 1
    return len(rest) < min(enough, max(1, len(_material(question)) // MIN_NEW_STEMS))


def _admits(sentence: str) -> bool:
    found = DONT_KNOW.search(sentence)
    return found is not None and REASON.search(sentence[: found.start()]) is None


def _is_echo(question: Question, text: str, bearing: set[str]) -> bool:
    """Whether the answer says what was asked, and hardly anything of what there is to say; which may be little, such as "push and pop"."""
    asked = set(content_stems(question.text))
    stems = [stem for stem in content_stems(text) if stem in asked or stem not in FRAME]
    new = set(stems) - asked
    if not new and not bearing:
        numbers = set(re.findall(r"\d+", text)) - set(re.findall(r"\d+", question.text))
        return bool(asked) and not numbers
    if len(_material(question)) >= RICH:
        repeated = sum(stem in asked for stem in stems) >= ECHO_REPEATED * len(stems)
        return len(new) < MIN_NEW_STEMS or (len(bearing) < MIN_NEW_STEMS and repeated)
    return not bearing and len(new) <= MIN_NEW_STEMS and _in_order(stems, content_stems(question.text)) >= ECHO_RUN * len(stems)


def _in_order(said: Sequence[str], asked: Sequence[str]) -> int:
    """How many words of one text stand in the other in the same order."""
    blocks = SequenceMatcher(None, said, asked, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks)


def _is_list_of_words(text: str) -> bool:
    found = words(text)
    if len(found) < 2 * MIN_NEW_STEMS or _is_formula(found):
        return False
    pieces = [said for piece in re.split(r"[,;:.•|\n]", text) if (said := words(piece))]
    terms = [piece for piece in pieces if len(piece) <= 3 * _content(piece)]  # without "and so on"
    if len(terms) >= MIN_NEW_STEMS:
        pieces = terms
    found = [word for piece in pieces for word in piece]
    function_share = sum(word in STOP for word in found) / max(1, len(found))
    length = len(found) / max(1, len(pieces))
    if function_share < BARE_FUNCTION_SHARE:
        return True
    stated = sum(len(piece) for piece in pieces if len(piece) >= STATEMENT and any(word in STOP for word in piece) and _content(piece) >= 3)
    return function_share < KEYWORD_FUNCTION_SHARE and length <= KEYWORD_PIECE and stated < STATED * len(found)


def _content(piece: Sequence[str]) -> int:
    return sum(word not in STOP for word in piece)


def _is_formula(found: Sequence[str]) -> bool:
    return sum(len(word) == 1 or any(letter.isdigit() for letter in word) for word in found) >= FORMULA_SHARE * len(found)


def _unreadable(answer: str) -> bool:
    """Letters without vowels, one character again and again, or hardly any letters at all."""
    letters = [c for c in answer if not c.isspace()]
    if len(letters) < 4 or _is_notation(answer):
        return False
    alphabetic = [c.casefold() for c in letters if c.isalpha()]
    if len(alphabetic) < 0.4 * len(letters) and not (any(c.isdigit() for c in letters) and NOISE.search(answer) is None):
        return True  # but "1500" and "a[i] = 2*i" may be right
    latin = [c for c in alphabetic if c.isascii()]
    found = [word for word in words(answer) if word.isascii() and word.isalpha()]
    odd = [
        word
        for word in found
        if len(word) > 5 and (not re.search(r"[aeiouy]", word) or re.search(r"(.)\1{3}|[bcdfghjklmnpqrstvwxz]{6}", word))
    ]
    return bool(latin) and ((len(latin) > 5 and len(set(latin)) < 4) or (len(found) > 0 and len(odd) / len(found) > 0.3))


def _is_notation(answer: str) -> bool:
    """Whether there is nothing but terms such as O(n) and what stands between them."""
    left = NOTATION.sub(lambda term: " " if all(len(word) <= NOTATION_LETTERS for word in words(term[1])) else term[0], answer)
    return left != answer and not words(left)


def _not_english(question: Question, answer: str) -> bool:
    found = [word for word in words(answer) if word.isalpha() and len(word) > 1]
    if len(found) < 8:
        names = _names(question, answer)
        foreign = [word for word in found if not word.isascii() and word not in names]
        return len(foreign) > len(found) / 2
    if sum(not word.isascii() for word in found) / len(found) > 0.4:
        return True
    if sum(word in STOP for word in found) / len(found) >= ENGLISH_FUNCTION_SHARE:
        return False
    return sum(word in FOREIGN for word in found) / len(found) > 0.1


def _names(question: Question, answer: str) -> set[str]:
    """Words that are no sign of another language for all their accents: those that the rubric itself has, and parts of an eponym."""
    joined = [found for found in EPONYM.findall(answer) if all(part[:1].isupper() for part in re.split("[-‐‑–]", found))]
    rubric = [question.text, question.answer, *(point.text for point in question.key_points)]
    return {word for text in (*joined, *rubric) for word in words(text) if re.search("[a-z]", word)}


# The commonest words of languages that candidates write instead; only asked when English function words are rare.
FOREIGN = frozenset(
    """der die das und ist nicht ein eine mit für auf dem den von werden wird durch les des une est dans pour qui que avec sur pas sont
    par el los las una es en por para con del como más y o il lo gli una di che non per sono della nel um uma os da não com mais een het
    van niet zijn voor met op te och att det som på för är""".split()
)
