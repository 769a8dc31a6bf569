"""A grade in the conversation: the score with its range and band, who gave it, and what to take from it."""

from __future__ import annotations

from coach.domain import Band, Grade, WrongClaim
from coach.ui import wording
from coach.ui.checklist import Progress
from coach.ui.markup import Html, icon, join, tag, text_block

SPARK = '<path d="M13 3 5 14h6l-1 7 8-11h-6z"/>'
SHIELD = '<path d="M12 3l7 3v6c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6z"/><path d="m9 12 2.2 2.2L15.5 10"/>'


def grade_card(grade: Grade, *, progress: Progress | None = None, open_gap: bool = False, local: bool = True, key: str = "") -> Html:
    """The card. While `progress` runs it says what is still checked; while a follow-up is open the feedback waits behind a click."""
    if grade.ungraded is not None:
        return tag(
            "section",
            tag("h3", "No grade for this answer"),
            tag("p", grade.ungraded),
            class_="ic-card ic-grade ic-ungraded",
            aria_label="Grade",
        )
    still = tag("p", tag("span", class_="ic-pulse", aria_hidden="true"), progress.sentence, class_="ic-still") if progress else None
    return tag(
        "section",
        tag("div", grade_line(grade), _who(grade, local=local), class_="ic-grade-head"),
        still,
        tag("p", grade.reason, class_="ic-text") if grade.reason else None,
        tag("p", _tally(grade), class_="ic-quiet") if grade.points and not grade.reason else None,
        *(wrong_claim(claim) for claim in grade.wrong_claims),
        _feedback(grade, open_gap=open_gap, key=key) if not progress else None,
        class_="ic-card ic-grade",
        aria_label="Grade",
        data_grader=grade.grader,
    )


def score_line(score: int, low: int, high: int, band: Band | None) -> Html:
    """`62 of 100, likely 50 to 74, solid`, as text and as a bar."""
    bar = tag(
        "span",
        tag("span", class_="ic-bar-range", style=f"left:{low}%;width:{max(1, high - low)}%"),
        tag("span", class_="ic-bar-mark", style=f"left:{score}%"),
        class_="ic-bar",
        aria_hidden="true",
    )
    spread = tag("span", f"likely {low} to {high}", class_="ic-quiet ic-small") if high > low else None
    return tag(
        "div",
        tag("p", tag("strong", str(score), class_="ic-score"), tag("span", " of 100", class_="ic-quiet"), class_="ic-score-line"),
        tag("div", tag("p", band_chip(band), spread, class_="ic-band-line"), bar, class_="ic-score-side"),
        class_="ic-score-box",
    )


def grade_line(grade: Grade) -> Html:
    """The score of a grade, its range and its band."""
    score = grade.score or 0
    return score_line(score, score if grade.low is None else grade.low, score if grade.high is None else grade.high, grade.band)


def band_chip(band: Band | None) -> Html | None:
    """The band as a word in a coloured chip."""
    return tag("span", band.capitalize(), class_=f"ic-chip ic-band-{band.replace(' ', '-')}") if band else None


def _who(grade: Grade, *, local: bool) -> Html:
    return tag("p", icon(SPARK if grade.grader == "fast" else SHIELD), wording.grader(grade, local=local), class_="ic-who")


def _tally(grade: Grade) -> str:
    return wording.counts(grade.points).capitalize() + "."


def wrong_claim(claim: WrongClaim) -> Html:
    """Something that is not so, and what is."""
    return tag(
        "div",
        tag("p", tag("strong", "Not right: "), tag("q", claim.quote)),
        tag("p", claim.correction) if claim.correction else None,
        class_="ic-wrong ic-text",
    )


def _feedback(grade: Grade, *, open_gap: bool, key: str) -> Html | None:
    if not grade.feedback:
        return None
    body = text_block(grade.feedback, class_="ic-feedback")
    if not open_gap:
        return body
    label = join(["Feedback so far ", tag("span", "(it may give the follow-up away)", class_="ic-quiet")])
    return tag("details", tag("summary", label), body, id=f"feedback-{key}")
