"""Spoken answers on the page and in the report: mended words marked, corrections shown, delivery apart from the score, nothing unsafe."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from interviews import COVERED, FIRST, MISSING, NOON, SECOND, THIRD, grade, question
from spoken_answers import spoken, transcript

from coach.corrections import changes_of
from coach.domain import Grade
from coach.events import Answered, Asked, Corrected, Ended, Event, Graded, Mode, NotHeard, QuestionRef, Setup, Started
from coach.interview import InterviewState, fold
from coach.report import report_of, to_markdown
from coach.spoken import Spoken, SpokenDelivery, Word
from coach.transcripts import clock, lines_of, mended, moment_of
from coach.ui.conversation import Live, conversation
from coach.ui.delivery_chart import delivery_drawing, delivery_section
from coach.ui.interview_view import during
from coach.ui.report import report_view
from coach.voice.delivery import delivery_of

QUESTION = question()
LINE = "Um, each unit is switched off at random. [3] At inference all of them are back."
TEXT = " ".join(token for token in LINE.split() if not token.startswith("["))
HALF = grade({FIRST.id: COVERED, SECOND.id: MISSING, THIRD.id: MISSING}, quote="switched off at random")
WHOLE = grade({FIRST.id: COVERED, SECOND.id: COVERED, THIRD.id: MISSING}, quote="all of them are back")
HOSTILE = "<script>alert(1)</script>"
SESSION = "0" * 32


def said(*, recording: str | None = None, mend: bool = False) -> Spoken:
    answer = spoken(LINE, QUESTION, recording=recording)
    if not mend:
        return answer
    words = list(answer.transcript.words)
    words[2] = words[2].model_copy(update={"heard": "you nit"})
    return answer.model_copy(update={"transcript": answer.transcript.model_copy(update={"words": tuple(words)})})


def state(*events: Event, answer: Spoken | None = None, mode: Mode = "practice", graded: Grade = HALF) -> InterviewState:
    setup = Setup(mode=mode, length=1)
    first: list[Event] = [
        Started(at=NOON, setup=setup, pool=(QuestionRef.of(QUESTION),)),
        Asked(at=NOON, turn_id=1, role="question", question=QUESTION, text=QUESTION.text),
        Answered(at=NOON, turn_id=1, text=TEXT, spoken=answer or said()),
        Graded(at=NOON, turn_id=1, grade=graded, thread_grade=graded),
    ]
    return fold([*first, *events])


def corrected(text: str = TEXT.replace("all", "each")) -> list[Event]:
    return [Corrected(at=NOON, turn_id=1, text=text), Graded(at=NOON, turn_id=1, grade=WHOLE, thread_grade=WHOLE)]


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def words_of(html: str) -> str:
    parser = _Words()
    parser.feed(html)
    return " ".join(" ".join(parser.words).split())


# The transcript


def test_a_transcript_is_read_in_sentences_with_their_times() -> None:
    lines = lines_of(said().transcript)
    assert [line.text for line in lines] == ["Um, each unit is switched off at random.", "At inference all of them are back."]
    assert [clock(line.at) for line in lines] == ["0:00", "0:06"]


def test_talk_without_full_stops_is_cut_at_pauses_and_after_a_quarter_of_a_minute() -> None:
    lines = lines_of(transcript("one two [2.5] three " + "and on " * 30))
    assert lines[0].text == "one two"
    assert len(lines) > 2


@pytest.mark.parametrize(
    ("quote", "at"),
    [
        ("switched off at random", 1.6),
        ("Switched  OFF", 1.6),
        ("At inference all of them are back.", 6.2),
        ("at inference all of those are back", 6.2),
        ("something else entirely that nobody said", None),
        ("—", None),
    ],
)
def test_a_quote_is_found_where_it_was_said(quote: str, at: float | None) -> None:
    assert moment_of(quote, said().transcript) == (pytest.approx(at) if at is not None else None)


# The page


def test_a_mended_word_is_marked_and_what_was_heard_is_said_in_words() -> None:
    html = conversation(state(answer=said(mend=True)), session_id=SESSION)
    assert '<mark title="Heard: you nit" class="ic-mended">unit</mark>' in html
    assert "Mended to the question's terms: unit (heard “you nit”)." in words_of(html)


def test_a_spoken_answer_can_be_corrected_and_a_typed_one_not() -> None:
    assert 'data-correct="1"' in conversation(state(), session_id=SESSION)
    typed = fold(
        [
            Started(at=NOON, setup=Setup(length=1), pool=(QuestionRef.of(QUESTION),)),
            Asked(at=NOON, turn_id=1, role="question", question=QUESTION, text=QUESTION.text),
            Answered(at=NOON, turn_id=1, text="Typed."),
        ]
    )
    assert "data-correct" not in conversation(typed, session_id=SESSION)


def test_there_is_no_form_while_the_answer_is_checked() -> None:
    waiting = state(Corrected(at=NOON, turn_id=1, text="Something else."))
    assert "data-correct" not in conversation(waiting, session_id=SESSION, live=Live())


def test_a_correction_shows_what_changed_in_text_verdicts_and_score() -> None:
    html = conversation(state(*corrected()), session_id=SESSION)
    assert "<del>all</del> <ins>each</ins>" in html
    assert f"Score: {HALF.score} → {WHOLE.score} of 100" in words_of(html)
    assert f"{SECOND.text} not mentioned → covered" in words_of(html)


def test_a_correction_does_not_tell_the_points_that_an_open_follow_up_may_ask_for() -> None:
    follow_up = Asked(at=NOON, turn_id=2, role="follow_up", question=QUESTION, text="And later?", point_id=SECOND.id)
    words = words_of(conversation(state(follow_up, *corrected()), session_id=SESSION))
    assert "A point that the follow-up may ask for: not mentioned → covered" in words
    assert SECOND.text not in words


def test_a_mock_interview_shows_a_correction_s_text_and_keeps_grades_and_delivery_back() -> None:
    html = conversation(state(*corrected(), mode="mock"), session_id=SESSION)
    assert "<ins>each</ins>" in html
    assert "Score:" not in words_of(html)
    assert SECOND.text not in words_of(html)
    assert "How you sounded" not in words_of(html)


def test_two_corrections_are_shown_against_what_was_heard_first() -> None:
    again = state(*corrected(), *corrected("Quite another text."))
    changes = changes_of(again.threads[0].turns[0])
    assert changes is not None
    assert (changes.heard, changes.score_before, changes.score_after) == (TEXT, HALF.score, WHOLE.score)


def test_what_was_not_heard_says_why_while_the_question_is_open() -> None:
    events: list[Event] = [
        Started(at=NOON, setup=Setup(length=1), pool=(QuestionRef.of(QUESTION),)),
        Asked(at=NOON, turn_id=1, role="question", question=QUESTION, text=QUESTION.text),
        NotHeard(at=NOON, turn_id=1, transcript=transcript("mumble"), reason="I could not make that out."),
    ]
    html = during(fold(events), session_id=SESSION).conversation
    assert "I could not make that out." in words_of(html)
    assert "What I heard: “mumble”" in words_of(html)
    answered = fold([*events, Answered(at=NOON, turn_id=1, text=TEXT, spoken=said())])
    assert "could not make that out" not in conversation(answered, session_id=SESSION)


def test_while_an_earlier_answer_is_graded_again_the_page_says_so() -> None:
    following: list[Event] = [
        Asked(at=NOON, turn_id=2, role="follow_up", question=QUESTION, text="And at inference?", point_id=SECOND.id),
        Corrected(at=NOON, turn_id=1, text="Something else."),
    ]
    view = during(state(*following), session_id=SESSION, live=Live())
    assert "Grading your corrected answer…" in words_of(view.conversation)


def test_one_answer_at_a_time_is_checked_where_a_correction_has_a_clarification_read_again() -> None:
    clarified: list[Event] = [
        Asked(at=NOON, turn_id=2, role="clarification", question=QUESTION, text="Which?", point_id=SECOND.id),
        Answered(at=NOON, turn_id=2, text="All of them."),
        Graded(at=NOON, turn_id=2, grade=WHOLE, thread_grade=WHOLE),
        Corrected(at=NOON, turn_id=1, text="Something else."),
    ]
    view = during(state(*clarified), session_id=SESSION, live=Live())
    assert words_of(view.conversation).count("Reading your answer…") == 1


# Delivery


def test_how_it_sounded_is_one_suggestion_and_a_drawing_that_says_it_is_no_part_of_the_score() -> None:
    delivery = said().delivery
    html = delivery_section(delivery, key="1")
    assert delivery.suggestion in words_of(html)
    assert "Not part of your score." in words_of(html)
    assert "1 (um 1)" in words_of(html)
    assert "3.0 s at 0:03" in words_of(html)


def test_the_drawing_has_a_bar_a_stretch_a_dot_a_filler_and_a_dash_a_pause_all_within_it() -> None:
    delivery = delivery_of(transcript(" ".join([LINE] * 5)), QUESTION)
    html = delivery_drawing(delivery)
    assert html.count("ic-pace-bar") == len(delivery.pace)
    assert html.count("<circle") == len(delivery.fillers)
    assert html.count('class="ic-pause"') == len(delivery.pauses)
    for x, width in re.findall(r'<rect x="([\d.-]+)" y="[\d.-]+" width="([\d.]+)"', html):
        assert 0 <= float(x) <= float(x) + float(width) <= 361
    assert 'role="img"' in html
    assert "words a minute. 5 fillers, 5 long pauses." in html


def test_an_answer_whose_pace_is_not_known_is_drawn_without_bars() -> None:
    html = delivery_drawing(SpokenDelivery(words=0, seconds=0.0, words_per_minute=0.0))
    assert "ic-pace-bar" not in html
    assert "0 fillers, 0 long pauses." in html


# The report


def test_the_report_has_the_transcript_with_times_delivery_and_no_player_without_a_recording() -> None:
    report = report_of(SESSION, state(Ended(at=NOON, reason="finished")))
    assert report.delivery is not None
    assert (report.delivery.answers, report.delivery.fillers, report.delivery.pauses) == (1, 1, 1)
    html = report_view(report, session_id=SESSION)
    assert "0:06 At inference all of them are back." in words_of(html)
    assert "<audio" not in html
    assert 'data-correct="1"' in html


def test_a_recording_plays_from_where_the_words_behind_a_verdict_were_said() -> None:
    report = report_of(SESSION, state(Ended(at=NOON, reason="finished"), answer=said(recording="1.wav")))
    (moment,) = report.threads[0].turns[0].moments
    assert (moment.point_id, moment.at) == (FIRST.id, pytest.approx(1.6))
    html = report_view(report, session_id=SESSION)
    assert f'src="session/{SESSION}/recording/1.wav"' in html
    assert 'data-listen="recording-1" data-at="1.60"' in html


def test_the_markdown_report_says_how_it_sounded_what_was_mended_and_what_was_corrected() -> None:
    text = to_markdown(report_of(SESSION, state(answer=said(mend=True))))
    assert "## How you sounded" in text
    assert "None of this is part of the score." in text
    assert "- 0:06 At inference all of them are back." in text
    assert "Mended: unit (heard: you nit)." in text
    text = to_markdown(report_of(SESSION, state(*corrected())))
    assert f"You corrected the transcript: {HALF.score} → {WHOLE.score}." in text
    assert "missing → covered" in text
    assert "As it was heard:" in text
    assert "what was heard is kept beside it" in text


def test_the_json_report_has_every_word_with_its_times() -> None:
    kept = json.loads(report_of(SESSION, state()).model_dump_json())
    words = kept["threads"][0]["turns"][0]["spoken"]["transcript"]["words"]
    assert len(words) == len(TEXT.split())
    assert words[1]["start"] == pytest.approx(0.4)


def test_an_interview_that_was_typed_has_no_delivery() -> None:
    typed = fold(
        [
            Started(at=NOON, setup=Setup(length=1), pool=(QuestionRef.of(QUESTION),)),
            Asked(at=NOON, turn_id=1, role="question", question=QUESTION, text=QUESTION.text),
            Answered(at=NOON, turn_id=1, text="Typed."),
            Ended(at=NOON, reason="stopped"),
        ]
    )
    report = report_of(SESSION, typed)
    assert report.delivery is None
    assert "How you sounded" not in to_markdown(report)
    assert "How you sounded" not in report_view(report, session_id=SESSION)


def test_nothing_that_was_heard_or_corrected_builds_markup() -> None:
    hostile = transcript(f"{HOSTILE} um, [3] {HOSTILE}")
    words = tuple(word.model_copy(update={"heard": f'"{HOSTILE}"'}) for word in hostile.words)
    heard = hostile.model_copy(update={"words": words})
    answer = Spoken(transcript=heard, delivery=delivery_of(heard, QUESTION), recording='"><x')
    changed = state(*corrected(f"</textarea>{HOSTILE}"), answer=answer)
    ended = state(Ended(at=NOON, reason="finished"), answer=answer)
    pages = [
        conversation(changed, session_id=SESSION),
        conversation(state(answer=answer), session_id=SESSION),
        report_view(report_of(SESSION, ended), session_id=SESSION),
        report_view(report_of(SESSION, changed), session_id=SESSION),
    ]
    for page in pages:
        assert "<script" not in page
        assert "</textarea><" not in page.replace("</textarea></label>", "")
        assert 'title="Heard: "' not in page


def test_each_mended_word_is_listed_once() -> None:
    twice = Word(text="ReLU", start=0, end=1, probability=0.4, heard="rail you")
    heard = transcript("a b").model_copy(update={"words": (twice, twice.model_copy(update={"start": 1, "end": 2}))})
    assert len({(word.text, word.heard) for word in mended(heard)}) == len(mended(heard)) == 1
