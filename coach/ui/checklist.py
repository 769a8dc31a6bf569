"""The key points beside the conversation: hidden until they are judged, then each with its verdict and what lies behind it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from coach.domain import Frozen, Grade, Question, Source, Verdict, VerdictKind
from coach.ui import wording
from coach.ui.dispute import Disputing, dispute_box
from coach.ui.markup import Html, icon, join, tag, text_block

ICON: dict[VerdictKind, str] = {
    VerdictKind.COVERED: '<circle cx="12" cy="12" r="9"/><path d="m8 12.5 2.7 2.7L16 9.5"/>',
    VerdictKind.PARTIAL: '<circle cx="12" cy="12" r="9"/><path d="M12 3v18"/><path d="M12 3a9 9 0 0 0 0 18z" fill="currentColor"/>',
    VerdictKind.MISSING: '<circle cx="12" cy="12" r="9"/><path d="M8 12h8"/>',
    VerdictKind.CONTRADICTED: '<circle cx="12" cy="12" r="9"/><path d="m9 9 6 6m0-6-6 6"/>',
}
UNKNOWN = '<circle cx="12" cy="12" r="9" stroke-dasharray="3 3.3"/>'


EXAMPLE = (
    Verdict(
        id="example-1",
        text="During training, units are switched off at random.",
        essential=True,
        verdict=VerdictKind.COVERED,
        quote="each step it mutes some of the neurons by chance",
        confidence=0.94,
        source=Source(
            document="dropout.md", passage="While the network is learning, dropout flips a biased coin for every unit in the layer."
        ),
    ),
    Verdict(
        id="example-2",
        text="At inference dropout is off, so that every unit takes part.",
        essential=True,
        verdict=VerdictKind.CONTRADICTED,
        quote="it also drops neurons when the model predicts",
        confidence=0.9,
        source=Source(document="dropout.md", passage="When we predict, the coins are put away and the entire network is used."),
    ),
)


class Progress(Frozen):
    """Where a check stands while it runs: the verdicts so far of `total` points, and the place in the queue (0: it is our turn)."""

    judged: Mapping[str, Verdict] = Field(default_factory=dict)
    total: int = 0
    place: int = 0

    @property
    def sentence(self) -> str:
        """What is going on, for the candidate."""
        if self.place:
            ahead = wording.plural(self.place, "answer")
            return f"Waiting for the full check: {ahead} ahead of yours."
        if len(self.judged) < self.total:
            return f"Still checking: point {len(self.judged) + 1} of {self.total}…"
        return "Putting the grade together…"


def checklist(
    question: Question | None,
    grade: Grade | None = None,
    *,
    progress: Progress | None = None,
    open_gap: bool = False,
    probed: str | None = None,
    mock: bool = False,
    heading: str = "Key points",
    disputing: Disputing | None = None,
) -> Html:
    """The panel. `open_gap`: a follow-up is still open, so the points it may ask for keep their text behind a click.

    `probed` is the id of the point that the follow-up asks about; `disputing` is given where the verdicts can be disagreed with.
    """
    if question is None:
        return tag(
            "div",
            _head(heading, None),
            tag("p", "The points of a good answer fill in here as yours is checked.", class_="ic-quiet"),
            _example(),
        )
    if mock:
        count = wording.plural(len(question.key_points), "key point")
        return tag(
            "div",
            _head(heading, None),
            tag("p", f"{count}. In a mock interview you see them, and your grades, at the end.", class_="ic-quiet"),
        )
    judged = {point.id: point for point in grade.points} if grade else {}
    fresh = dict(progress.judged) if progress else {}
    rows = []
    for number, point in enumerate(question.key_points, start=1):
        verdict = fresh.get(point.id) or judged.get(point.id)
        if verdict is None:
            rows.append(_placeholder(number, point.essential))
            continue
        hidden = open_gap and (verdict.verdict == VerdictKind.MISSING or point.id == probed)
        settled = progress is None or point.id in fresh
        rows.append(verdict_row(verdict, number, hidden=hidden, settled=settled, key=f"{question.id}-{point.id}", disputing=disputing))
    covered = sum(1 for point in {**judged, **fresh}.values() if point.verdict == VerdictKind.COVERED)
    tally = f"{covered} of {len(question.key_points)} covered" if judged or fresh else wording.plural(len(question.key_points), "point")
    note = None if judged or fresh else tag("p", "Hidden until you have answered.", class_="ic-quiet")
    return tag("div", _head(heading, tally), note, tag("ol", *rows, class_="ic-points"))


def verdict_row(
    verdict: Verdict, number: int, *, hidden: bool = False, settled: bool = True, key: str = "", disputing: Disputing | None = None
) -> Html:
    """One judged point: icon and word, its text, and behind a click the candidate's words and the passage it rests on.

    With `disputing`, a form to disagree with the verdict, unless its text is hidden.
    """
    name = verdict.verdict.value
    label = tag("span", icon(ICON[verdict.verdict]), wording.VERDICT[verdict.verdict], class_="ic-verdict")
    if verdict.essential:
        label = join([label, tag("span", "Essential", class_="ic-tag")])
    if not settled:
        label = join([label, tag("span", "quick look", class_="ic-quiet ic-small")])
    if hidden:
        text = tag(
            "details", tag("summary", f"Point {number}: show what it asks for"), tag("p", verdict.text), id=f"reveal-{key or verdict.id}"
        )
    else:
        text = tag("p", verdict.text, class_="ic-point-text")
    doubt = wording.confidence(verdict)
    return tag(
        "li",
        tag("div", label, class_="ic-point-head"),
        text,
        tag("p", doubt, class_="ic-doubt") if doubt and not hidden else None,
        _evidence(verdict, number, key or verdict.id) if not hidden else None,
        dispute_box(verdict, number, disputing, key=key or verdict.id) if disputing is not None and not hidden else None,
        class_=f"ic-point ic-{name}",
        data_verdict=name,
    )


def _evidence(verdict: Verdict, number: int, key: str) -> Html | None:
    quote = tag("blockquote", text_block(f"“{verdict.quote}”"), class_="ic-quote") if verdict.quote else None
    source = None
    if verdict.source:
        source = tag(
            "figure",
            text_block(verdict.source.passage),
            tag("figcaption", "From ", tag("cite", verdict.source.document)),
            class_="ic-source",
        )
    if quote is None and source is None:
        return None
    label = "Your words and the source" if quote and source else "Your words" if quote else "The source"
    reader = tag("span", f" for point {number}", class_="ic-sr")
    return tag(
        "details",
        tag("summary", label, reader),
        tag("h4", "You said", class_="ic-label") if quote else None,
        quote,
        tag("h4", "The source says", class_="ic-label") if source else None,
        source,
        id=f"evidence-{key}",
        class_="ic-evidence",
    )


def _example() -> Html:
    rows = [verdict_row(verdict, number, key=verdict.id) for number, verdict in enumerate(EXAMPLE, start=1)]
    return tag(
        "div",
        tag("h3", "An example: “What does dropout do?”", class_="ic-label"),
        tag("ol", *rows, class_="ic-points"),
        class_="ic-example",
    )


def _placeholder(number: int, essential: bool) -> Html:
    del essential  # which points are essential would already say where to aim
    return tag(
        "li",
        tag("div", tag("span", icon(UNKNOWN), f"Point {number}", class_="ic-verdict"), class_="ic-point-head"),
        class_="ic-point ic-unknown",
    )


def _head(heading: str, tally: str | None) -> Html:
    return tag("div", tag("h2", heading), tag("span", tally, class_="ic-quiet") if tally else None, class_="ic-panel-head")
