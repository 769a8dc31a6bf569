"""The page's views are pure: from a state, a grade or a document to HTML."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from coach.domain import Document, Grade, KeyPoint, Question, Source, Verdict, VerdictKind, Versions, WrongClaim
from coach.events import Answered, Asked, Disputed, Ended, Event, Graded, Hinted, ModelAnswerShown, Passed, QuestionRef, Setup, Started
from coach.interview import InterviewState, fold
from coach.report import report_of
from coach.ui import library, status, wording
from coach.ui.checklist import Progress, checklist, verdict_row
from coach.ui.conversation import Live, conversation
from coach.ui.gradecard import grade_card
from coach.ui.interview_view import after, before, during
from coach.ui.markup import Html, escape, join, tag
from coach.ui.phase import Phase
from coach.ui.report import report_view
from coach.ui.setup import bank_choices, setup_of, summary
from coach.ui.shelves import bank_name
from coach.ui.theme import VARIABLES, build_theme, style_sheet

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
POINTS = (
    KeyPoint.of("Units are dropped at random.", essential=True),
    KeyPoint.of("It curbs overfitting."),
    KeyPoint.of("Nothing is dropped later."),
)
QUESTION = Question(
    id="dropout",
    bank="dl",
    text="What does dropout do?",
    answer="It drops units.",
    topic="regularisation",
    key_points=POINTS,
    source="dropout.md",
)
HOSTILE = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[click](javascript:alert(1))",
    "![x](http://example.com/x.png)",
    "javascript:alert(1)",
    '"><svg onload=alert(1)>',
    "</textarea><iframe src=//example.com>",
    "${alert(1)} {{value}} `x`",
    "&lt;script&gt; &amp; \x00",
)


def verdict(point: KeyPoint, kind: VerdictKind = VerdictKind.COVERED, **changes: object) -> Verdict:
    values = {"id": point.id, "text": point.text, "essential": point.essential, "verdict": kind, "quote": "my own words", "confidence": 0.9}
    source = Source(document="dropout.md", passage="The passage behind it.")
    return Verdict.model_validate(values | {"source": source} | changes)


def grade(*kinds: VerdictKind, **changes: object) -> Grade:
    points = tuple(verdict(point, kind) for point, kind in zip(POINTS, kinds, strict=False))
    values = {"question_id": "dropout", "score": 62, "low": 50, "high": 74, "band": "solid", "grader": "full", "points": points}
    versions = Versions(model="m", prompt=None, calibration=None, embedder=None)
    return Grade.model_validate(values | {"feedback": "Well said.", "versions": versions} | changes)


def state(*events: Event, question: Question = QUESTION, mode: str = "practice") -> InterviewState:
    setup = Setup.model_validate({"mode": mode, "length": 2})
    pool = (QuestionRef.of(question), QuestionRef(bank="dl", id="other", topic="t", level="core", kind="concept"))
    first = Asked(at=NOW, turn_id=1, role="question", question=question, text=question.text)
    return fold([Started(at=NOW, setup=setup, pool=pool), first, *events])


ANSWER = Answered(at=NOW, turn_id=1, text="It drops units.")
GRADED = Graded(
    at=NOW, turn_id=1, grade=grade(VerdictKind.MISSING, VerdictKind.COVERED), thread_grade=grade(VerdictKind.MISSING, VerdictKind.COVERED)
)
FOLLOW_UP = Asked(at=NOW, turn_id=2, role="follow_up", question=QUESTION, text="What happens to a unit?", point_id=POINTS[0].id)
NEXT = Asked(
    at=NOW,
    turn_id=2,
    role="question",
    question=QUESTION.model_copy(update={"id": "other", "text": "And the other?"}),
    text="And the other?",
)


class Tags(HTMLParser):
    """All tags and attributes of some HTML, as a browser would see them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, list[str | None]] = {}
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(name)
        if name not in ("input", "br", "hr"):
            self.open.append(name)
        for key, value in attrs:
            self.attributes.setdefault(key, []).append(value)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name


def everything(text: str) -> str:
    """Every view, with this text in every place that a person or a document fills."""
    points = tuple(KeyPoint(id=f"p{n}", text=text, essential=n == 0) for n in range(3))
    question = QUESTION.model_copy(update={"text": text, "answer": text, "topic": text, "source": text, "bank": text, "key_points": points})
    verdicts = tuple(
        verdict(p, kind, quote=text, source=Source(document=text, passage=text)) for p, kind in zip(points, VerdictKind, strict=False)
    )
    bad = grade(points=verdicts, feedback=text, wrong_claims=(WrongClaim(quote=text, correction=text),), reason=text)
    events = (
        Hinted(at=NOW, turn_id=1, level=1, text=text, point_id="p0"),
        ModelAnswerShown(at=NOW, turn_id=1),
        Answered(at=NOW, turn_id=1, text=text),
        Graded(at=NOW, turn_id=1, grade=bad, thread_grade=bad, note=text),
        Disputed(at=NOW, turn_id=1, point_id="p0", verdict=VerdictKind.MISSING, why=text),
        Asked(at=NOW, turn_id=2, role="question", question=question.model_copy(update={"id": "other"}), text=text),
    )
    shown = state(*events, question=question)
    setup = shown.model_copy(update={"setup": Setup(banks=(text,), topics=(text,), length=2)})
    over = fold(
        [
            Started(at=NOW, setup=Setup(length=2), pool=shown.pool),
            Asked(at=NOW, turn_id=1, role="question", question=question, text=text),
            *events,
        ]
    )
    over = over.model_copy(update={"ended": "stopped", "ended_at": NOW})
    document = Document(name=text, bank=text, sha256="x", questions=(question,), passages=(), left_out=(text,), warnings=(text,))
    view = during(shown, session_id="s", message=text)
    return join(
        Html(part)
        for part in (
            view.conversation,
            view.side,
            view.notice,
            summary(setup, session_id="s"),
            report_view(report_of("s", over), session_id="s"),
            library.found(document),
            library.accepted(document),
            library.reading(text),
            library.shelf([_Row(text, text)]),
            status.status_line([_Load(text, "failed", message=text), _Load(text, "loading", message=text)], leaves_to=text),
            checklist(question, bad),
        )
    )


class _Row:
    def __init__(self, name: str, bank: str) -> None:
        self.name, self.bank, self.questions, self.added_at = name, bank, 1, NOW


class _Load:
    def __init__(self, name: str, state: str, done: int = 0, total: int = 0, message: str = "") -> None:
        self.name, self.state, self.done, self.total, self.message = name, state, done, total, message


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_person_or_a_document_wrote_adds_no_tag_and_no_attribute(text: str) -> None:
    plain, hostile = Tags(everything("words")), Tags(everything(text))
    assert hostile.tags == plain.tags
    assert set(hostile.attributes) == set(plain.attributes)
    assert not {"script", "img", "iframe"} & hostile.tags
    assert not any(name.startswith("on") for name in hostile.attributes)
    assert all(not (value or "").lower().startswith("javascript") for value in hostile.attributes.get("href", []))


def test_text_is_escaped_and_markup_is_kept() -> None:
    assert tag("p", "a < b", tag("b", "&")) == "<p>a &lt; b<b>&amp;</b></p>"
    assert tag("input", type="checkbox", checked=True, disabled=False, title=None) == '<input type="checkbox" checked>'
    assert escape("\x00") == "\N{REPLACEMENT CHARACTER}"


def test_the_points_are_placeholders_until_the_answer_is_graded() -> None:
    html = checklist(QUESTION)
    assert [f"Point {n}" in html for n in (1, 2, 3)] == [True] * 3
    assert not any(point.text in html for point in POINTS)
    assert "Essential" not in html


def test_each_verdict_says_itself_in_words_with_an_icon() -> None:
    for number, kind in enumerate(VerdictKind):
        html = verdict_row(verdict(POINTS[0], kind), number)
        assert wording.VERDICT[kind] in html
        assert "<svg" in html
        assert 'aria-hidden="true"' in html


def test_quote_and_passage_are_behind_a_click() -> None:
    html = verdict_row(verdict(POINTS[0]), 1)
    inside = html[html.index("<details") : html.index("</details>")]
    assert "my own words" in inside
    assert "The passage behind it." in inside
    assert "dropout.md" in inside


def test_a_verdict_of_low_confidence_says_so_in_words() -> None:
    assert "unsure" in verdict_row(verdict(POINTS[0], confidence=0.5), 1)
    assert "unsure" not in verdict_row(verdict(POINTS[0], confidence=0.9), 1)


def test_while_a_follow_up_is_open_what_is_missing_waits_behind_a_click() -> None:
    view = during(state(ANSWER, GRADED, FOLLOW_UP), session_id="s")
    before_click = re.sub(r"<details.*?</details>", "", view.side)
    assert POINTS[0].text not in before_click
    assert POINTS[1].text in before_click
    assert view.phase == Phase.ASKING
    assert "may give the follow-up away" in view.conversation


def test_a_running_check_shows_its_verdicts_as_they_come() -> None:
    progress = Progress(judged={POINTS[0].id: verdict(POINTS[0], VerdictKind.PARTIAL)}, total=3)
    quick = grade(VerdictKind.MISSING, VerdictKind.MISSING, VerdictKind.MISSING, grader="fast")
    view = during(state(ANSWER), session_id="s", live=Live(grade=quick, progress=progress))
    assert view.phase == Phase.CHECKING
    assert "Still checking: point 2 of 3…" in view.conversation
    assert "Quick check" in view.conversation
    assert "Partly covered" in view.side
    assert view.side.count("quick look") == 2
    assert view.announcement == "Essential point 1 of 3: partly covered."
    assert view.parts.stop
    assert not view.parts.send


def test_the_place_in_the_queue_is_shown() -> None:
    assert Progress(total=5, place=2).sentence == "Waiting for the full check: 2 answers ahead of yours."


def test_a_question_that_is_over_stays_until_the_candidate_goes_on() -> None:
    over = state(ANSWER, GRADED, NEXT)
    reading = during(over, session_id="s", pause=1)
    assert reading.phase == Phase.READING
    assert "And the other?" not in reading.conversation
    assert POINTS[0].text in reading.side
    assert reading.parts.next
    going_on = during(over, session_id="s")
    assert going_on.phase == Phase.ASKING
    assert "And the other?" in going_on.conversation
    assert "Earlier questions" in going_on.conversation


def test_a_mock_interview_shows_no_grade_and_no_point_before_its_end() -> None:
    view = during(state(ANSWER, GRADED, NEXT, mode="mock"), session_id="s", pause=1)
    assert view.phase == Phase.ASKING
    assert "62" not in view.conversation
    assert "Solid" not in view.conversation
    assert not any(point.text in view.side + view.conversation for point in POINTS)
    assert not view.parts.hint
    assert not view.parts.model


def test_the_card_names_who_graded() -> None:
    assert "Quick check" in grade_card(grade(grader="fast"))
    assert "Full check — local model" in grade_card(grade())
    assert "Full check — gpt" in grade_card(
        grade(versions=Versions(model="gpt", prompt=None, calibration=None, embedder=None)), local=False
    )


def test_the_card_shows_score_range_and_band() -> None:
    html = grade_card(grade(VerdictKind.COVERED, VerdictKind.MISSING))
    assert all(words in html for words in ("62", "likely 50 to 74", "Solid", "1 covered, 1 not mentioned", "Well said."))


def test_an_ungraded_answer_gives_its_reason_and_no_number() -> None:
    html = grade_card(grade(score=None, low=None, high=None, band=None, ungraded="This is in another language."))
    assert "This is in another language." in html
    assert "of 100" not in html


def test_a_skipped_question_and_a_hint_are_told() -> None:
    hint = Hinted(at=NOW, turn_id=1, level=2, text="Think of noise.", point_id=POINTS[0].id)
    html = conversation(state(hint, Passed(at=NOW, turn_id=1)), session_id="s")
    assert "Hint 2 of 3" in html
    assert "You skipped this one." in html


def test_an_answer_keeps_its_lines() -> None:
    html = conversation(state(Answered(at=NOW, turn_id=1, text="one\n\ntwo")), session_id="s")
    assert '<div class="ic-text">one\n\ntwo</div>' in html
    assert "stored and not graded yet" in html


def test_the_conversation_carries_the_session_id_and_nothing_else_of_the_session() -> None:
    attributes = Tags(conversation(state(ANSWER, GRADED), session_id="0" * 32)).attributes
    assert attributes["data-session"] == ["0" * 32]


def test_the_report_has_scores_gaps_and_downloads() -> None:
    ended = state(ANSWER, GRADED, Ended(at=NOW, reason="stopped"))
    view = after(ended, report_of("s1", ended), session_id="s1")
    assert view.phase == Phase.FINISHED
    for words in (
        "Your report",
        "To work on",
        POINTS[0].text,
        "What you covered",
        "Model answer",
        "session/s1/report.md",
        "session/s1/report.json",
    ):
        assert words in view.conversation


def test_a_session_that_is_not_there_leaves_the_address() -> None:
    view = before(leave="missing")
    assert view.phase == Phase.GONE
    assert Tags(view.conversation).attributes["data-leave"] == ["missing"]
    assert view.parts.setup


def test_the_status_line_shows_bytes_rate_and_time_left() -> None:
    rates = status.Rates()
    load = _Load("chat", "fetching", done=100_000_000, total=1_100_000_000)
    assert rates.look(load, 0.0) == 0
    later = _Load("chat", "fetching", done=120_000_000, total=1_100_000_000)
    rate = rates.look(later, 2.0)
    html = status.status_line([later], rates={"chat": rate})
    assert "120 MB of 1.1 GB" in html
    assert "10 MB/s, 98 s left" not in html
    assert "10 MB/s, 2 min left" in html


def test_the_status_line_says_when_answers_leave_the_machine() -> None:
    html = status.status_line([_Load("chat", "ready")], leaves_to="openai:gpt")
    assert "Answers leave this machine: they are sent to openai:gpt." in html


def test_a_load_that_failed_gives_its_reason() -> None:
    assert "No space is left." in status.status_line([_Load("chat", "failed", message="No space is left.")])


def test_a_load_that_waits_says_what_for_and_the_page_goes_on_looking() -> None:
    busy = _Load("library", "waiting", message="Another coach is using this library for writing.")
    assert "Library: waiting. Another coach is using this library" in status.status_line([busy])
    assert "waiting for its turn" in status.status_line([_Load("library", "waiting")])
    assert not status.settled([busy])


def test_every_question_found_has_a_tick_with_its_text_as_label() -> None:
    document = Document(name="notes.md", bank="b", sha256="x", questions=(QUESTION,), passages=(), left_out=("An advertisement",))
    html = library.found(document)
    assert re.search(
        r'<label class="ic-check"><input type="checkbox" data-question="dropout" checked><span>1\. What does dropout do\?', html
    )
    assert "3 key points" in html
    assert "An advertisement" in html


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        ("My Notes", "my-notes"),
        ("../../etc/passwd", "etc-passwd"),
        ("<script>", "script"),
        ("…", "own"),
        ("Überblick 2", "uberblick-2"),
    ],
)
def test_a_bank_gets_a_plain_name(wish: str, name: str) -> None:
    assert bank_name(wish) == name


def test_all_banks_come_first_with_their_counts() -> None:
    assert bank_choices([_Row("a", "a")]) == [("All banks (1)", ""), ("a (1)", "a")]


def test_a_choice_becomes_a_setup() -> None:
    setup = setup_of("", None, "core", 3, "mock", seed=1)
    assert setup == Setup(level="core", length=3, mode="mock", seed=1)


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("body_text_color", "body_background_fill"),
        ("body_text_color_subdued", "body_background_fill"),
        ("body_text_color_subdued", "background_fill_primary"),
        ("body_text_color_subdued", "background_fill_secondary"),
        ("link_text_color", "body_background_fill"),
        ("input_placeholder_color", "input_background_fill"),
        ("button_primary_text_color", "button_primary_background_fill"),
        ("button_primary_text_color", "button_primary_background_fill_hover"),
        ("button_secondary_text_color", "button_secondary_background_fill_hover"),
        ("checkbox_label_text_color_selected", "checkbox_label_background_fill_selected"),
        ("error_text_color", "error_background_fill"),
    ],
)
def test_text_stands_out_from_its_ground_in_both_themes(ink: str, paper: str) -> None:
    for side in (0, 1):
        assert contrast(VARIABLES[ink][side], VARIABLES[paper][side]) >= 4.5


@pytest.mark.parametrize("theme", [":root", ".dark"])
@pytest.mark.parametrize("name", ["covered", "partial", "missing", "contradicted"])
def test_verdict_colours_stand_out_on_every_ground(theme: str, name: str) -> None:
    block = re.search(re.escape(theme) + r" \{(.*?)\}", style_sheet(), re.DOTALL)
    assert block
    colours = dict(re.findall(r"--ic-([\w-]+): (#\w+);", block[1]))
    for ground in ("page", "surface", f"{name}-soft"):
        assert contrast(colours[f"{name}"], colours[ground]) >= 4.5


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (WCAG 2.2, 1.4.3)."""

    def light(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_neither_theme_nor_style_sheet_fetches_anything() -> None:
    theme = build_theme()
    assert not theme._stylesheets
    assert not theme._font_css
    assert "url(" not in style_sheet()
    assert "@import" not in style_sheet()


# Disagreeing, and being asked to be sure

WHICH = Asked(at=NOW, turn_id=2, role="clarification", question=QUESTION, text="What happens to a unit?", point_id=POINTS[1].id)
DISPUTED = Disputed(at=NOW, turn_id=1, point_id=POINTS[0].id, verdict=VerdictKind.COVERED, why="It says so in line two.")


def test_a_verdict_can_be_disagreed_with_in_plain_words_for_each_other_verdict() -> None:
    side = during(state(ANSWER, GRADED, NEXT), session_id="s", pause=1).side
    first = side[side.index(f"dispute-dropout-{POINTS[0].id}") : side.index(f"dispute-dropout-{POINTS[1].id}")]
    assert [words in first for words in ("I said it", "I said part of it", "I did not say it", "I said the opposite")] == [
        True,
        True,
        False,  # that is what the coach says
        True,
    ]
    assert Tags(side).open == []


def test_a_dispute_that_was_sent_says_that_the_score_stays_and_can_be_taken_back() -> None:
    side = during(state(ANSWER, GRADED, DISPUTED, NEXT), session_id="s", pause=1).side
    for words in ("You disagree: I said it.", "It says so in line two.", wording.NOTED, "Take it back"):
        assert words in side
    assert side.count("I disagree") == 1  # about the other point


def test_disputes_go_with_a_question_into_the_past_and_into_the_report() -> None:
    running = state(ANSWER, GRADED, DISPUTED, NEXT)
    assert "You disagree: I said it." in during(running, session_id="s").conversation
    report = report_view(report_of("s", running), session_id="s")
    for words in ("Where you disagree", "The coach: not mentioned. You: I said it.", "You disagree with one verdict"):
        assert words in report
    assert "Where you disagree" not in report_view(report_of("s", state(ANSWER, GRADED)), session_id="s")


def test_nothing_can_be_disagreed_with_while_it_is_checked_or_hidden_or_in_a_mock_interview() -> None:
    checking = Live(grade=GRADED.grade, progress=Progress(total=3))
    assert "I disagree" not in during(state(ANSWER), session_id="s", live=checking).side
    assert "I disagree" not in during(state(ANSWER, GRADED, mode="mock"), session_id="s").side
    followed = during(state(ANSWER, GRADED, FOLLOW_UP), session_id="s").side
    assert followed.count("I disagree") == 1  # the missing point keeps its text to itself


def test_an_open_clarification_says_what_is_unsure_and_how_much_hangs_on_it_and_hides_the_point() -> None:
    view = during(state(ANSWER, GRADED, WHICH), session_id="s")
    assert "To be sure" in view.conversation
    assert "I am not sure whether you said one of the key points, so your score lies somewhere from 50 to 74." in view.conversation
    assert "What happens to a unit?" in view.conversation
    assert POINTS[1].text not in view.side.replace(f"<p>{POINTS[1].text}</p></details>", "")
    assert view.phase is Phase.ASKING


def test_a_mock_interview_asks_to_be_sure_without_a_word_of_the_score() -> None:
    view = during(state(ANSWER, GRADED, WHICH, mode="mock"), session_id="s")
    assert "One question to settle it" in view.conversation
    assert "from 50 to 74" not in view.conversation


def test_a_clarification_that_was_skipped_says_that_the_grade_stays_and_is_no_follow_up() -> None:
    passed = state(ANSWER, GRADED, WHICH, Passed(at=NOW, turn_id=2), NEXT.model_copy(update={"turn_id": 3}))
    view = during(passed, session_id="s", pause=1)
    assert "Your grade stays as it was." in view.conversation
    assert "I am not sure" not in view.conversation
    follow_up = FOLLOW_UP.model_copy(update={"turn_id": 3})
    again = state(ANSWER, GRADED, WHICH, Answered(at=NOW, turn_id=2, text="x"), GRADED.model_copy(update={"turn_id": 2}), follow_up)
    assert "Follow-up 1" in during(again, session_id="s").conversation
