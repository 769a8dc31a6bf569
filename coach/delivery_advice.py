"""One suggestion on how an answer sounded, or a whole interview: the thing that stands out most, with its figure. Pure."""

from __future__ import annotations

import re

from coach.spoken import SpokenDelivery

SLOW, FAST = 100, 175  # words a minute; talks are given at 130 to 160
MANY_FILLERS = 5.0  # a minute
MANY_HEDGES = 0.06  # of the words
MANY_PAUSES_A_MINUTE = 2.0  # long ones, and two of them at least
ENOUGH_WORDS = 12  # fewer say nothing about pace or habits


def advice(delivery: SpokenDelivery) -> str:
    """The one thing to try next: what stands out most, or what to keep. Empty where nothing was said."""
    if not delivery.words:
        return ""
    wanted = [
        (1.5 if delivery.length == "short" else 0.0, _longer),
        (1.5 if delivery.length == "long" else 0.0, _shorter),
    ]
    if delivery.words >= ENOUGH_WORDS:
        minutes = delivery.seconds / 60
        wanted += [
            (delivery.words_per_minute / FAST, _slower),
            (SLOW / max(delivery.words_per_minute, 1), _fewer_pauses if delivery.pauses else _faster),
            (len(delivery.fillers) / minutes / MANY_FILLERS if len(delivery.fillers) > 2 else 0.0, _fewer_fillers),
            (delivery.hedge_share / MANY_HEDGES if len(delivery.hedges) > 1 else 0.0, _fewer_hedges),
            (len(delivery.pauses) / minutes / MANY_PAUSES_A_MINUTE if len(delivery.pauses) > 1 else 0.0, _fewer_pauses),
        ]
    strength, words = max(wanted, key=lambda each: each[0])
    if strength > 1:
        return words(delivery)
    if delivery.words < ENOUGH_WORDS:
        return "That was short and to the point."
    return f"Keep this pace: {delivery.words_per_minute:.0f} words a minute are easy to follow."


def _slower(delivery: SpokenDelivery) -> str:
    return (
        f"Slow down a little: you spoke at {delivery.words_per_minute:.0f} words a minute, and {FAST - 25} are easier to follow. "
        "Stop for a breath after each point."
    )


def _faster(delivery: SpokenDelivery) -> str:
    return (
        f"Pick up the pace: {delivery.words_per_minute:.0f} words a minute is slow. "
        "Say the main point in one sentence first, then explain it."
    )


def _fewer_fillers(delivery: SpokenDelivery) -> str:
    said = [filler.text for filler in delivery.fillers]
    often = max(said, key=said.count, default="um")
    return f"You said “{often}” {_times(said.count(often))}. Try a silent pause in its place: it sounds surer."


def _fewer_hedges(delivery: SpokenDelivery) -> str:
    often = max(delivery.hedges, key=delivery.hedges.count, default="i think")
    said = re.sub(r"^i\b", "I", often)
    return f"Say what you know without “{said}”: you softened {_times(len(delivery.hedges))} where a plain statement would do."


def _fewer_pauses(delivery: SpokenDelivery) -> str:
    longest = max((pause.end - pause.start for pause in delivery.pauses), default=0.0)
    count = len(delivery.pauses)
    paused = "There was one long pause" if count == 1 else f"There were {count} long pauses"
    return f"{paused}, up to {longest:.0f} seconds. Before you start, name two or three points to yourself and take them in order."


def _longer(delivery: SpokenDelivery) -> str:
    return (
        f"You spoke for {delivery.seconds:.0f} seconds; this question is good for {delivery.fit_seconds[0]:.0f} or more. "
        "Add why it works, or an example."
    )


def _shorter(delivery: SpokenDelivery) -> str:
    return (
        f"You spoke for {delivery.seconds:.0f} seconds; {delivery.fit_seconds[1]:.0f} are enough here. "
        "Begin with the answer in one sentence, and stop when the points are said."
    )


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
