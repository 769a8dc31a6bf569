"""The benchmark of speech: how well we hear, what that does to a grade, whose turn it is, and what it all takes."""

from __future__ import annotations

from coach.wiring import Coach
from eval.bench import Benchmark, Options


def benchmarks(coach: Coach, options: Options) -> list[Benchmark]:
    """All of them; each also goes by its own name. Raises UsageError for a voice or a grader that there is not."""
    from eval.voice import answers, fillers, parts, turns, words

    return [bench for module in (words, fillers, answers, turns, parts) for bench in module.benchmarks(coach, options)]
