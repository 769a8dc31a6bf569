"""The plots of a benchmark: each a drawing with a title and a sentence that says what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter

from eval.bench import Result
from eval.report import figures
from eval.report.graded import GradedCase, LabelledCase, LabelledPoint, graded_cases, labelled_cases, labelled_points
from eval.report.svg import INK, LABEL, LINE, QUIET, SCORE, drawing, inline_svg
from eval.report.wording import count, milliseconds, percent, shortened

SEED = 20260101
FEWEST_KEPT = 0.05  # the error of fewer is noise
MOST_DOTS = 2000
MOST_KINDS = 24
SQUARE = 3.9  # inches high, with room for the axes' names beside a square of WIDTH


class Plot(NamedTuple):
    """A drawing as an `<svg>` element, safe to put into a page."""

    title: str
    caption: str
    svg: str
    tall: bool = False  # more than the others


def plots_of(result: Result) -> list[Plot]:
    """All plots for which the benchmark has the numbers; those of one height beside each other."""
    cases = graded_cases(result.rows)
    labelled, points = labelled_cases(cases), labelled_points(cases)
    ranged = [case for case in labelled if case.case.width is not None]
    times = [row.outcome.ms for row in result.rows if row.outcome.ms > 0]
    plots = [
        agreement_matrix(result.name, labelled) if labelled else None,
        score_against_label(result.name, labelled) if labelled else None,
        reliability_curve(result.name, points) if points else None,
        kind_bars(result.name, cases) if cases else None,
        scores_held_back(result.name, ranged) if ranged else None,
        verdicts_held_back(result.name, points) if points else None,
        latency_histogram(result.name, times) if times else None,
    ]
    return [plot for plot in plots if plot is not None]


def agreement_matrix(salt: str, cases: Sequence[LabelledCase]) -> Plot:
    """How many answers have each pair of marks; needs one case."""
    counts = figures.agreement(cases)
    with drawing(SQUARE) as figure:
        axes = figure.add_subplot()
        for (label, score), n in np.ndenumerate(counts):
            if n:
                shade = 0.1 + 0.5 * float(np.sqrt(n / counts.max()))
                axes.add_patch(Rectangle((score - 0.5, label - 0.5), 1, 1, facecolor=SCORE, alpha=shade, linewidth=0))
                axes.text(score, label, str(n), ha="center", va="center", fontsize=8 if n < 1000 else 6)
        for mark in range(figures.MARKS):
            axes.add_patch(Rectangle((mark - 0.5, mark - 0.5), 1, 1, fill=False, edgecolor=QUIET, linewidth=0.8))
        axes.grid(visible=False)
        axes.set(xlim=(-0.6, 10.6), ylim=(-0.6, 10.6), xticks=range(11), yticks=range(11), aspect="equal")
        axes.set(xlabel="score, in marks of 0 to 10", ylabel="label")
        svg = inline_svg(figure, f"{salt} agreement")
    ungraded = sum(case.case.values.score is None for case in cases)
    caption = (
        f"Answers by the mark that they got and the mark of their label. {percent(figures.within(counts, 0))} are in an outlined cell, "
        f"where both agree; {percent(figures.within(counts, 1))} are at most one mark off."
    )
    return Plot("Agreement", caption + (f" {count(ungraded, 'answer')} came back ungraded, counted as 0." if ungraded else ""), svg)


def score_against_label(salt: str, cases: Sequence[LabelledCase]) -> Plot:
    """A dot an answer; needs one case."""
    rng = np.random.default_rng(SEED)
    shown = cases if len(cases) <= MOST_DOTS else [cases[i] for i in rng.choice(len(cases), MOST_DOTS, replace=False)]
    labels, scores = (
        np.array(values) + rng.uniform(-1.8, 1.8, len(shown)) for values in zip(*((c.label, c.score) for c in shown), strict=True)
    )
    with drawing(SQUARE) as figure:
        axes = figure.add_subplot()
        axes.plot([0, 100], [0, 100], color=QUIET, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.scatter(labels, scores, s=14, color=SCORE, alpha=0.4, linewidths=0)
        axes.set(xlim=(-4, 104), ylim=(-4, 104), xticks=range(0, 101, 20), yticks=range(0, 101, 20), aspect="equal")
        axes.set(xlabel="label", ylabel="score")
        svg = inline_svg(figure, f"{salt} scatter")
    sample = f" A random {MOST_DOTS:,} of {len(cases):,} are shown." if len(shown) < len(cases) else ""
    return Plot("Score against label", f"A dot an answer, moved a little so that equal ones do not hide each other.{sample}", svg)


def reliability_curve(salt: str, points: Sequence[LabelledPoint]) -> Plot:
    """The share of right verdicts at each confidence; needs one point."""
    bins = figures.reliability(points)
    with drawing(SQUARE) as figure:
        axes, below = _above_and_below(figure)
        axes.plot([0, 1], [0, 1], color=QUIET, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.plot([b.confidence for b in bins], [b.right for b in bins], color=SCORE, linewidth=1.6, marker="o", markersize=4.5)
        axes.set(xlim=(0, 1), ylim=(0, 1.02), ylabel="share that is right")
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        places = [min(int(b.confidence * 10), 9) / 10 + 0.05 for b in bins]
        below.bar(places, [b.n for b in bins], width=0.085, color=SCORE, alpha=0.35, linewidth=0)
        for place, b in zip(places, bins, strict=True):
            below.text(place, b.n, str(b.n), ha="center", va="bottom", fontsize=7, color=INK)
        below.set(ylim=(0, 1.35 * max(b.n for b in bins)), yticks=[], xlabel="confidence")
        below.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        below.grid(visible=False)
        svg = inline_svg(figure, f"{salt} reliability")
    error = sum(b.n * abs(b.right - b.confidence) for b in bins) / len(points)
    caption = (
        f"How often the verdict on a key point is right, by how sure the grader was; below, how many points. On the dashed line confidence "
        f"means what it says: here the two are {percent(error, 1)} apart on average."
    )
    return Plot("Reliability", caption, svg)


def verdicts_held_back(salt: str, points: Sequence[LabelledPoint]) -> Plot:
    """The share of wrong verdicts among the surest; needs one point."""
    curve = figures.held_back([-point.confidence for point in points], [float(not point.right) for point in points])
    caption = "The share of wrong verdicts among the points that are kept, when the least sure are held back."
    return _coverage(f"{salt} verdicts", "Verdicts, held back when unsure", caption, "points kept", "wrong", curve, shares=True)


def scores_held_back(salt: str, cases: Sequence[LabelledCase]) -> Plot:
    """The mean error of the scores with the narrowest ranges; needs one case, and each a range."""
    curve = figures.held_back([case.case.width or 0.0 for case in cases], [case.distance for case in cases])
    caption = "How far the score is from the label on average, of 100, when the answers with the widest ranges are held back."
    return _coverage(f"{salt} scores", "Scores, held back when unsure", caption, "answers kept", "mean distance", curve, shares=False)


def kind_bars(salt: str, cases: Sequence[GradedCase]) -> Plot:
    """The mean score and the mean label of each kind of answer; needs one case."""
    means = figures.by_kind(cases)
    shown = means
    if len(means) > MOST_KINDS:
        most = set(sorted(means, key=lambda mean: -mean.n)[:MOST_KINDS])
        shown = [mean for mean in means if mean in most]
    with drawing(0.9 + 0.36 * len(shown)) as figure:
        axes = figure.add_subplot()
        rows = np.arange(len(shown))
        axes.barh(rows, [mean.score for mean in shown], height=0.56, color=SCORE, alpha=0.55, linewidth=0, label="mean score")
        judged = [(row, mean.label) for row, mean in zip(rows, shown, strict=True) if mean.label is not None]
        if judged:
            axes.plot(
                [label for _, label in judged],
                [row for row, _ in judged],
                "D",
                color=LABEL,
                markersize=5,
                clip_on=False,
                label="mean label",
            )
        axes.set_yticks(rows, [f"{shortened(mean.kind or 'no kind', 22)} ({mean.n:,})" for mean in shown])
        axes.tick_params(axis="y", labelcolor=INK)
        axes.set(xlim=(0, 100), ylim=(len(shown) - 0.4, -0.6))
        axes.grid(visible=False, axis="y")
        figure.legend(loc="outside upper left", ncols=2)
        svg = inline_svg(figure, f"{salt} kinds")
    fewer = f" The {MOST_KINDS} most frequent of {len(means)} kinds are shown." if len(shown) < len(means) else ""
    return Plot("By kind of answer", f"Means of 0 to 100; in brackets the number of answers.{fewer}", svg, tall=len(shown) > 8)


def latency_histogram(salt: str, times: Sequence[float]) -> Plot:
    """How long cases took, in milliseconds; needs one."""
    half, most, nearly_all = (float(value) for value in np.percentile(times, [50, 90, 99]))
    with drawing(2.9) as figure:
        axes = figure.add_subplot()
        axes.hist(
            np.clip(times, 0, nearly_all),
            bins=min(30, 4 + len(times) // 8),
            range=(0, 1.01 * nearly_all),
            color=SCORE,
            alpha=0.55,
            linewidth=0,
        )
        for value, style, name in ((half, "-", "median"), (most, (0, (4, 2)), "90 %"), (nearly_all, (0, (1, 2)), "99 %")):
            axes.axvline(value, color=LABEL, linewidth=1.4, linestyle=style, label=f"{name}: {milliseconds(value)}")
        axes.set(xlim=(0, 1.04 * nearly_all), xlabel="milliseconds a case", ylabel="cases")
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.xaxis.set_major_formatter("{x:,g}")
        figure.legend(loc="outside upper left", ncols=3, columnspacing=1.2, handlelength=1.6)
        svg = inline_svg(figure, f"{salt} latency")
    caption = (
        f"Half of the cases took at most {milliseconds(half)}, nine of ten at most {milliseconds(most)}; the slowest took "
        f"{milliseconds(max(times))} and is counted in the last bar. What was kept took so long in the run that tried it."
    )
    return Plot("Latency", caption, svg)


def _coverage(salt: str, title: str, caption: str, x: str, y: str, curve: figures.Curve, *, shares: bool) -> Plot:
    with drawing(2.9) as figure:
        axes = figure.add_subplot()
        shown = curve.kept >= FEWEST_KEPT
        axes.plot(curve.kept[shown], curve.error[shown], color=SCORE, linewidth=1.6, marker="o" if shown.sum() < 3 else "")
        top = float(curve.error[shown].max()) * 1.1
        axes.set(xlim=(0, 1.01), ylim=(0, top or 1), xlabel=x, ylabel=y)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
        if shares:
            axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
            axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0 if top > 0.05 else 1, symbol=" %"))
        svg = inline_svg(figure, salt)
    all_of_it, half = float(curve.error[-1]), float(curve.error[np.searchsorted(curve.kept, 0.5)])
    end = (
        f"{percent(all_of_it, 1)} of all, {percent(half, 1)} of the surer half."
        if shares
        else f"{all_of_it:.1f} over all, {half:.1f} over the surer half."
    )
    return Plot(title, f"{caption} It is {end}", svg)


def _above_and_below(figure: Figure) -> tuple[Axes, Axes]:
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    below.spines["left"].set_visible(False)
    below.spines["bottom"].set_color(LINE)
    return above, below
