"""The words the page and the terminal use for verdicts, graders, bands and amounts: one place, so that they never disagree."""

from __future__ import annotations

from collections.abc import Sequence

from coach.domain import Grade, Level, Verdict, VerdictKind

VERDICT: dict[VerdictKind, str] = {
    VerdictKind.COVERED: "Covered",
    VerdictKind.PARTIAL: "Partly covered",
    VerdictKind.MISSING: "Not mentioned",
    VerdictKind.CONTRADICTED: "Contradicted",
}
NOTED = "Noted. Your score stays; this helps to improve the grader."
LEVEL: dict[Level, str] = {"core": "Core", "intermediate": "Intermediate", "advanced": "Advanced"}
UNSURE_BELOW = 0.6


def confidence(verdict: Verdict) -> str | None:
    """How sure the coach is, in words; None when it is sure enough."""
    return "The coach is unsure about this one." if verdict.confidence < UNSURE_BELOW else None


def unsure(grade: Grade | None) -> str:
    """What stands before a clarifying question. Without a grade, since a mock interview keeps it back, nothing is said of the score."""
    if grade is None or grade.low is None or grade.high is None:
        return "I am not sure that I understood one of your points. One question to settle it:"
    return (
        f"I am not sure whether you said one of the key points, so your score lies somewhere from {grade.low} to {grade.high}. "
        "One question to settle it; if you skip it, your grade stays as it is."
    )


def grader(grade: Grade, *, local: bool = True) -> str:
    """Who spoke: the quick check without a language model, or the full one with it."""
    if grade.grader == "fast":
        return "Quick check"
    return "Full check — local model" if local else f"Full check — {grade.versions.model or 'remote model'}"


def counts(points: Sequence[Verdict]) -> str:
    """`3 covered, 1 partly covered, 1 not mentioned`."""
    amounts = [(kind, sum(point.verdict == kind for point in points)) for kind in VerdictKind]
    return ", ".join(f"{amount} {VERDICT[kind].lower()}" for kind, amount in amounts if amount)


def plural(count: int, noun: str, many: str | None = None) -> str:
    """`1 question`, `2 questions`."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def size(count: float) -> str:
    """Bytes as a person reads them: `34 MB`."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def duration(seconds: float) -> str:
    """Seconds as a person reads them: `40 s`, `3 min`."""
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
