"""One answer in other forms: ways to fake it, each of which must lose its score, and ways to say it that must change nothing.

Each is a function of the answer and a random generator, and the same for the same seed. None of them looks at a label.
"""

from __future__ import annotations

import random
import re

from coach.grading.clauses import sentences
from coach.words import STOP, words

AUXILIARY = re.compile(
    r"\b(is|are|was|were|can|could|will|would|does|do|has|have|should|must|may)\b(?!n't|'t)(?:\s+(not)\b)?|\b(\w+n't|cannot)\b",
    re.IGNORECASE,
)
DENIED = {"can't": "can", "won't": "will", "cannot": "can", "shan't": "shall"}  # others lose their last three letters
FILLERS = ("um", "uh", "you know", "like", "I mean", "so", "well")
SLIPS = 0.06  # the share of words that are misspelt: about one in seventeen, as in a chat
HESITATIONS = 0.12  # the share of words after which a speaker hesitates

LONGER = re.compile(r"[A-Za-z]{5,}")

UNKNOWN = "I don't know."
AGAIN = "Let me say all of that once more."
POLITE = (
    "Thank you for the question, it is a pleasure to answer it. ",
    " I hope that this answers your question, and thank you for your time.",
)
PADDING = (
    " That is how I would put it if a colleague asked me.",
    " Of course there is always more that one could say about this, and it depends on the situation.",
    " I have thought about this before, and I would say the same thing again today.",
)


def negated(answer: str) -> str:
    """Every sentence says the opposite: its first auxiliary verb is denied, or no longer; one without any is called untrue."""
    return " ".join(_denied(unit.text) for unit in sentences(answer))


def _denied(sentence: str) -> str:
    found = AUXILIARY.search(sentence)
    if found is None:
        return f"It is not true that {sentence[:1].lower()}{sentence[1:]}"
    if found[3] is not None:
        plain = DENIED.get(found[3].lower(), found[3][:-3])
        return f"{sentence[: found.start()]}{plain}{sentence[found.end() :]}"
    return f"{sentence[: found.start()]}{found[1]}{'' if found[2] else ' not'}{sentence[found.end() :]}"


def keyword_bag(reference: str, rng: random.Random) -> str:
    """The reference's content words, each once, in any order: all the right terms, and nothing said."""
    return " ".join(_terms(reference, rng))


def keyword_bag_with_commas(reference: str, rng: random.Random) -> str:
    """The same bag as a list with commas, which a reader of clauses takes apart in another way."""
    return ", ".join(_terms(reference, rng))


def _terms(reference: str, rng: random.Random) -> list[str]:
    found = list(dict.fromkeys(word for word in words(reference) if word not in STOP))
    rng.shuffle(found)
    return found


def parroted(question: str) -> str:
    """The question, said back as if it were an answer."""
    return f"Well, {question[:1].lower()}{question[1:].rstrip('?.! ')}. That is the question, and it is an important one."


def disfluent(answer: str, rng: random.Random) -> str:
    """As it might be spoken: fillers, and words that are said twice."""
    said: list[str] = []
    for word in answer.split():
        said.append(word)
        if rng.random() < HESITATIONS:
            said.append(f"{rng.choice(FILLERS)}," if rng.random() < 0.6 else word.strip(".,;:!?"))
    return " ".join(["Um, so,", *said])


def polite(answer: str) -> str:
    """With thanks before and after."""
    return f"{POLITE[0]}{answer}{POLITE[1]}"


def padded(answer: str) -> str:
    """Longer by three sentences that say nothing."""
    return answer + "".join(PADDING)


def repeated(answer: str) -> str:
    """Twice as long: everything is said once more."""
    return f"{answer} {AGAIN} {answer}"


def misspelt(answer: str, rng: random.Random) -> str:
    """Some longer words, and where there is any at least one, with two letters changed round, or one left out or doubled."""
    longer = list(LONGER.finditer(answer))
    if not longer:
        return answer
    slipped = [found for found in longer if rng.random() < SLIPS] or [rng.choice(longer)]
    places = {found.start() for found in slipped}
    return LONGER.sub(lambda found: _slip(found[0], rng) if found.start() in places else found[0], answer)


def _slip(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 2)
    ways = (word[:at] + word[at + 1] + word[at] + word[at + 2 :], word[:at] + word[at + 1 :], word[: at + 1] + word[at:])
    return rng.choice([way for way in ways if way != word])  # two letters that are the same change nothing when they change places


def reordered(answer: str, rng: random.Random) -> str:
    """The sentences in another order; as it is where there is only one."""
    units = [unit.text for unit in sentences(answer)]
    turned = rng.sample(units, len(units))
    return " ".join(turned if turned != units else [*units[1:], *units[:1]])


def lowered(answer: str) -> str:
    """As a recogniser without punctuation writes it: no capitals, and full stops only."""
    return re.sub(r"[,;:()\"]", "", answer.lower())


def in_one_breath(answer: str) -> str:
    """As a recogniser writes what is said without a pause: the sentences run on, with a comma where a full stop was."""
    units = [unit.text for unit in sentences(answer)]
    going_on = [re.sub(r"[.!?;]+$", ",", unit) for unit in units[:-1]]
    return " ".join([*going_on, *units[-1:]])
