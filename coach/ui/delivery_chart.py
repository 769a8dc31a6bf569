"""How an answer sounded, as a small drawing with its figures and one suggestion. It stands apart from the score."""

from __future__ import annotations

from coach.report import SessionDelivery
from coach.spoken import LengthFit, SpokenDelivery
from coach.transcripts import clock
from coach.ui import wording
from coach.ui.markup import Html, join, tag

WIDTH, HEIGHT, LEFT, TOP, FLOOR, LANE = 360, 118, 34, 8, 78, 94  # of the drawing, in its own units
COMFORT = (110, 170)  # words a minute that are easy to follow
LEAST_TOP = 200  # words a minute at the upper edge
FIT: dict[LengthFit, str] = {"short": "shorter than is fit", "fit": "a fit length", "long": "longer than is fit"}


def delivery_section(delivery: SpokenDelivery, *, key: str) -> Html:
    """The suggestion, and behind a click the drawing and the figures."""
    return tag(
        "section",
        tag("p", tag("span", "How you sounded: ", class_="ic-strong"), delivery.suggestion) if delivery.suggestion else None,
        tag(
            "details",
            tag("summary", "Pace, fillers and pauses"),
            delivery_drawing(delivery),
            _figures(_facts(delivery)),
            tag("p", "Not part of your score. Some fillers are not heard, so there may have been more.", class_="ic-quiet ic-small"),
            id=f"delivery-{key}",
        ),
        class_="ic-delivery",
        aria_label="Delivery",
    )


def session_delivery_card(delivery: SessionDelivery) -> Html:
    """How the whole interview sounded, for the report."""
    facts = [
        ("Spoken", f"{wording.plural(delivery.answers, 'answer')}, {clock(delivery.seconds)} of talk"),
        ("Pace", f"{delivery.words_per_minute:.0f} words a minute"),
        ("Fillers", f"{delivery.fillers} ({delivery.fillers_per_minute:.1f} a minute)"),
        ("Long pauses", str(delivery.pauses)),
        ("Hedges", f"{delivery.hedge_share:.0%} of the words"),
        ("Length", f"{delivery.short} shorter, {delivery.long} longer than is fit"),
    ]
    return tag(
        "section",
        tag("h3", "How you sounded"),
        tag("p", delivery.suggestion),
        _figures(facts),
        tag("p", "Not part of your score.", class_="ic-quiet ic-small"),
        class_="ic-card ic-delivery",
    )


def delivery_drawing(delivery: SpokenDelivery) -> Html:
    """Bars of words a minute over time on the comfortable range; fillers as dots and long pauses as dashes on a lane below."""
    end = _end(delivery)
    top = max([LEAST_TOP, *(stretch.words_per_minute for stretch in delivery.pace)])
    parts = [
        _rectangle(LEFT, _height(COMFORT[1], top), WIDTH - LEFT, _height(COMFORT[0], top) - _height(COMFORT[1], top), "ic-comfort"),
        *(_label(LEFT - 4, _height(pace, top) + 4, str(pace)) for pace in COMFORT),
        *_bars(delivery, end, top),
        *(
            _rectangle(_across(pause.start, end), LANE - 2, _across(pause.end, end) - _across(pause.start, end), 4, "ic-pause")
            for pause in delivery.pauses
        ),
        *(
            tag("circle", cx=round(_across(filler.at, end), 1), cy=LANE, r=3.5, class_="ic-filler")
            for filler in delivery.fillers
        ),
        _label(LEFT, HEIGHT - 4, "0:00", anchor="start"),
        _label(WIDTH, HEIGHT - 4, clock(end)),
    ]  # fmt: skip
    spoken = f"Pace over time: {', '.join(f'{stretch.words_per_minute:.0f}' for stretch in delivery.pace)} words a minute. "
    counts = f"{wording.plural(len(delivery.fillers), 'filler')}, {wording.plural(len(delivery.pauses), 'long pause')}."
    legend = tag("span", tag("span", class_="ic-key-filler"), "filler ", tag("span", class_="ic-key-pause"), "long pause")
    return tag(
        "figure",
        tag("svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=spoken + counts, class_="ic-pace"),
        tag("figcaption", "Words a minute, the shaded range is easy to follow. ", legend, class_="ic-quiet ic-small"),
    )


def _bars(delivery: SpokenDelivery, end: float, top: float) -> list[Html]:
    edges = [*(stretch.at for stretch in delivery.pace), end]
    bars = []
    for stretch, until in zip(delivery.pace, edges[1:], strict=True):
        x, y = _across(stretch.at, end), _height(stretch.words_per_minute, top)
        bars.append(_rectangle(x + 1, y, _across(until, end) - x - 2, FLOOR - y, "ic-pace-bar"))
    return bars


def _facts(delivery: SpokenDelivery) -> list[tuple[str, str]]:
    said = [filler.text for filler in delivery.fillers]
    fillers = ", ".join(f"{text} {said.count(text)}" for text in dict.fromkeys(said))
    pauses = ", ".join(f"{pause.end - pause.start:.1f} s at {clock(pause.start)}" for pause in delivery.pauses)
    hedges = ", ".join(f"“{text}”" for text in dict.fromkeys(delivery.hedges))
    least, most = delivery.fit_seconds
    return [
        ("Pace", f"{delivery.words_per_minute:.0f} words a minute"),
        ("Fillers", f"{len(said)} ({fillers})" if said else "none heard"),
        ("Long pauses", f"{len(delivery.pauses)} ({pauses})" if delivery.pauses else "none"),
        ("Hedges", f"{delivery.hedge_share:.0%} of the words ({hedges})" if delivery.hedges else "none"),
        ("Length", f"{delivery.seconds:.0f} s, {FIT[delivery.length]} ({least:.0f} to {most:.0f} s)"),
    ]


def _figures(facts: list[tuple[str, str]]) -> Html:
    return tag("dl", *(join([tag("dt", name), tag("dd", value)]) for name, value in facts), class_="ic-facts")


def _end(delivery: SpokenDelivery) -> float:
    first = delivery.pace[0].at if delivery.pace else 0.0
    return max(first + delivery.seconds, 1.0)


def _across(seconds: float, end: float) -> float:
    return LEFT + (WIDTH - LEFT) * min(seconds / end, 1.0)


def _height(pace: float, top: float) -> float:
    return FLOOR - (FLOOR - TOP) * min(pace / top, 1.0)


def _rectangle(x: float, y: float, width: float, height: float, class_: str) -> Html:
    return tag("rect", x=round(x, 1), y=round(y, 1), width=round(max(width, 1), 1), height=round(max(height, 1), 1), class_=class_)


def _label(x: float, y: float, text: str, anchor: str = "end") -> Html:
    return tag("text", text, x=round(x, 1), y=round(y, 1), text_anchor=anchor, class_="ic-axis")
