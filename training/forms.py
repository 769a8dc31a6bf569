"""Other forms of a labelled answer to learn from: those that say the same, and those that deny what was said.

The benchmarks try forms of this kind on answers to questions that the encoder has not seen (eval/robustness.py). Spelling, fillers, case
and order are changed by the same functions; what is said around an answer, and how a sentence is denied, is put in other words here.
"""

from __future__ import annotations

import random
import re

from coach.grading.clauses import sentences
from eval import variants

BEFORE = (
    "Thanks, happy to take that one.", "Right, let me try.", "Good morning, and thanks for making the time.", "Okay, that one I like.",
    "Let me think for a second before I start.", "Yes, I know this from my studies.", "Hello, I am glad to be here.",
    "I will keep it short.", "So, where do I begin?",
)  # fmt: skip
AFTER = (
    "Does that answer what you asked?", "I can go deeper if you like.", "Thanks for listening.", "I hope that came across.",
    "That is the gist of it.", "Please stop me if you want more.", "That would be my answer.", "I could talk about it for hours.",
)  # fmt: skip
BETWEEN = (
    "At least that is how I understand it.", "People put this in different ways.", "There is more to it, naturally.",
    "It always depends on the case at hand.", "I have come across this before.", "You will have heard this many times today.",
    "Let me go on.", "I find this part interesting.",
)  # fmt: skip
ONCE_MORE = ("To sum up.", "In other words, once again.", "So, to repeat it.", "")

VERB = re.compile(
    r"\b(is|are|was|were|can|could|will|would|does|do|did|has|have|had|should|must|may|might)\b(?!n't)(?:\s+(not|never)\b)?",
    re.IGNORECASE,
)
CALLED_FALSE = (
    "It is wrong that", "It is false that", "It is not so that", "It is a myth that", "Nobody can say that", "It is untrue that",
)  # fmt: skip


def same(answer: str, rng: random.Random) -> str:
    """The answer as another person might have given it: one or two of the ways that change nothing of what it says."""
    for change in rng.sample(SAME, rng.choice((1, 1, 2))):
        answer = change(answer, rng)
    return answer


def framed(answer: str, rng: random.Random) -> str:
    """With something polite or idle before it, after it, or both."""
    before, after = rng.choice(((True, False), (False, True), (True, True)))
    return " ".join([*([rng.choice(BEFORE)] if before else []), answer, *([rng.choice(AFTER)] if after else [])])


def padded(answer: str, rng: random.Random) -> str:
    """With one to three sentences among its own that say nothing."""
    units = [unit.text for unit in sentences(answer)]
    for empty in rng.sample(BETWEEN, rng.randint(1, 3)):
        units.insert(rng.randint(0, len(units)), empty)
    return " ".join(units)


def repeated(answer: str, rng: random.Random) -> str:
    """Some of it, or all, said twice."""
    units = [unit.text for unit in sentences(answer)]
    again = units if rng.random() < 0.5 else rng.sample(units, max(1, len(units) // 2))
    return " ".join([answer, *([more] if (more := rng.choice(ONCE_MORE)) else []), *again])


SAME = (
    framed, framed, padded, padded, repeated, variants.disfluent, variants.misspelt, variants.reordered,
    lambda answer, _: variants.lowered(answer), lambda answer, _: variants.in_one_breath(answer),
)  # fmt: skip


def denied(sentence: str, rng: random.Random) -> str:
    """The sentence with a verb denied, or no longer denied, or called false as a whole."""
    found = VERB.search(sentence)
    if found is None or (found[2] is None and rng.random() < 0.3):
        return f"{rng.choice(CALLED_FALSE)} {sentence[:1].lower()}{sentence[1:]}"
    if found[2] is not None:
        return f"{sentence[: found.start()]}{found[1]}{sentence[found.end() :]}"
    return f"{sentence[: found.start()]}{found[1]} {rng.choice(('not', 'not', 'not', 'never'))}{sentence[found.end() :]}"
