"""Feedback in at most five sentences, composed from verdicts and the rubric's own words.

It praises only what was judged covered, asks only for what was judged missing, and is the same for the same verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from coach.domain import Question, Verdict, VerdictKind, WrongClaim, content_id
from coach.words import STOP

MAX_SENTENCES = 5

CORE_PRAISE = (
    "You have the heart of it: {0}.",
    "The core is there: {0}.",
    "You got the main thing across: {0}.",
    "Good, you were clear on what matters most: {0}.",
)
MORE_PRAISE = ("You also brought in that {0}.", "It helps that you mentioned that {0}.", "Nice addition: {0}.", "And you knew that {0}.")
SIDE_PRAISE = ("You did bring out that {0}.", "You are right that {0}.", "What you said holds: {0}.")
CONTRADICTION = (
    "One thing is the wrong way round: {0}.",
    "Careful with one part, as it is the other way about: {0}.",
    "Here you went astray: {0}.",
)
NEXT = (
    "What an interviewer would still wait for: {0}.",
    "The gap to close first: {0}.",
    "Next time, say this too: {0}.",
    "Still missing: {0}.",
)
THEN = ("After that, add that {0}.", "It would be rounder if you added that {0}.", "For a stronger answer, mention that {0}.")
TOUCHED = ("You touched on one point, so say it outright: {0}.", "Nearly there on one point; spell it out: {0}.")
NOTHING = (
    "None of the points that this question asks for came across yet.",
    "The points that this question is after did not come across yet.",
)
COMPLETE = ("There is nothing essential to add.", "That is the whole of it.", "I would not ask for more.")

# An experience point says what a story does ("Names the platform…"): it is told to "you" in the past, or as advice.
IRREGULAR = {"says": "said", "gives": "gave", "draws": "drew", "tells": "told", "shows": "showed", "makes": "made", "puts": "put"}
STORY_DONE = ("Your story works where you {0}.", "It is good that you {0}.", "You {0}, which is what they listen for.")
STORY_ADVICE = ("Next time, {0}.", "Make it stronger: {0}.", "One thing to add: {0}.")


def compose(question: Question, verdicts: Sequence[Verdict], wrong_claims: Sequence[WrongClaim] = ()) -> str:
    """Feedback on an answer, at most five sentences; a correction first where something was turned round."""
    seed = content_id(question.ref, *(f"{verdict.id}{verdict.verdict}" for verdict in verdicts))
    by_kind = {kind: _essential_first([verdict for verdict in verdicts if verdict.verdict is kind]) for kind in VerdictKind}
    said = _praise(question, by_kind[VerdictKind.COVERED], seed)
    said += _corrections(question, by_kind[VerdictKind.CONTRADICTED], wrong_claims, seed)
    room = MAX_SENTENCES - len(said)
    said += _gaps(question, by_kind[VerdictKind.MISSING], by_kind[VerdictKind.PARTIAL], seed)[:room]
    if all(verdict.verdict is VerdictKind.COVERED for verdict in verdicts) and verdicts:
        said.append(_pick(COMPLETE, seed, "complete"))
    return " ".join(said[:MAX_SENTENCES])


def _praise(question: Question, covered: Sequence[Verdict], seed: str) -> list[str]:
    if not covered:
        return [_pick(NOTHING, seed, "nothing")]
    first, *rest = covered
    if question.kind == "experience" and (done := _as_done(first.text)):
        return [_pick(STORY_DONE, seed, "done").format(done)]
    opening = _pick(CORE_PRAISE if first.essential else SIDE_PRAISE, seed, "core").format(as_clause(first.text))
    return [opening, _pick(MORE_PRAISE, seed, "more").format(as_clause(rest[0].text))] if rest else [opening]


def _corrections(question: Question, turned: Sequence[Verdict], wrong: Sequence[WrongClaim], seed: str) -> list[str]:
    if question.kind == "experience":
        return [claim.correction for claim in wrong[:1]]
    corrections = [claim.correction for claim in wrong] or [verdict.text for verdict in turned]
    template = _pick(CONTRADICTION, seed, "turned")
    return [template.format(as_clause(corrections[0])), *(_sentence(text) for text in corrections[1:2])] if corrections else []


def _gaps(question: Question, missing: Sequence[Verdict], partial: Sequence[Verdict], seed: str) -> list[str]:
    if question.kind == "experience":
        todo = [advice for verdict in [*missing, *partial] if (advice := _as_advice(verdict.text))]
        return [_pick(STORY_ADVICE, seed, f"todo{n}").format(text) for n, text in enumerate(todo[:2])]
    gaps = [(_pick(NEXT, seed, "next"), verdict) for verdict in missing[:1]]
    gaps += [(_pick(TOUCHED, seed, "touched"), verdict) for verdict in partial[:1]]
    gaps += [(_pick(THEN, seed, "then"), verdict) for verdict in missing[1:2]]
    return [template.format(as_clause(verdict.text)) for template, verdict in gaps]


def _essential_first(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return sorted(verdicts, key=lambda verdict: not verdict.essential)


def _pick(options: Sequence[str], seed: str, slot: str) -> str:
    return options[int(content_id(seed, slot, length=8), 16) % len(options)]


def as_clause(sentence: str) -> str:
    """A sentence to stand inside another: no full stop, a small first letter unless the word is a name."""
    text = sentence.strip().rstrip(".!?")
    first = re.match(r"[A-Za-z'-]+", text)
    if (first and first.group(0).casefold() in STOP | LOWERED) or (first and _plural_or_noun(first.group(0))):
        return text[0].lower() + text[1:]
    return text


LOWERED = frozenset("no not without during training given unlike instead rather later early deep neural most".split())


def _plural_or_noun(word: str) -> bool:
    """Whether a capitalised first word is an ordinary one: small letters after the first, and known as such."""
    from coach.grading.evidence import idf
    from coach.words import content_stems

    names = {
        "adam",
        "keras",
        "python",
        "pytorch",
        "tensorflow",
        "gibbs",
        "bernoulli",
        "bayesian",
        "gaussian",
        "docker",
        "glove",
        "markov",
        "bellman",
    }
    stems = content_stems(word)
    return word[1:].islower() and word.casefold() not in names and bool(stems) and stems[0] in idf()


def _sentence(text: str) -> str:
    stripped = text.strip()
    return stripped if stripped.endswith((".", "!", "?")) else f"{stripped}."


def _as_done(point: str) -> str | None:
    """«Names the platform.» as «named the platform»; None when the point does not begin with such a verb."""
    verb, _, rest = point.strip().rstrip(".").partition(" ")
    low = verb.casefold()
    if not rest or not low.endswith("s") or low in STOP:
        return None
    base = _base(low)
    past = IRREGULAR.get(low) or (
        f"{base}d" if base.endswith("e") else f"{base[:-1]}ied" if re.search(r"[^aeiou]y$", base) else f"{base}ed"
    )
    return f"{past} {rest}".replace("the speaker's", "your").replace("the speaker", "you")


def _as_advice(point: str) -> str | None:
    """«Names the platform.» as «name the platform»."""
    verb, _, rest = point.strip().rstrip(".").partition(" ")
    low = verb.casefold()
    if not rest or not low.endswith("s") or low in STOP:
        return None
    return f"{_base(low)} {rest}".replace("the speaker's", "your").replace("the speaker", "you")


def _base(verb: str) -> str:
    if verb.endswith("ies"):
        return f"{verb[:-3]}y"
    return verb[:-2] if re.search(r"(ss|sh|ch|x|zz)es$", verb) else verb[:-1]
