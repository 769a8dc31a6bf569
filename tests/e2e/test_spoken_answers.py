"""A spoken answer on the page: its transcript corrected and graded again, and its recording played from where something was said."""

from __future__ import annotations

import math
import secrets
import struct
import wave
from datetime import UTC, datetime
from io import BytesIO

import pages
import pytest
from browsing import Server, Tab
from playwright.sync_api import Page, expect

from coach.domain import Grade, Question, Verdict, VerdictKind, Versions
from coach.events import Answered, Asked, Ended, Event, Graded, NotHeard, QuestionRef, Setup, Started
from coach.recordings import Recordings
from coach.spoken import Spoken, Transcript, Word
from coach.store import Store
from coach.voice.delivery import delivery_of

pytestmark = [pytest.mark.browser, pytest.mark.model]

HEARD = "Um, rail you, maybe. Drop out switches something off, you know, while the network trains."
QUOTE = "switches something off"


def transcript(line: str) -> Transcript:
    """A word every 0.4 s, with a long pause after the first sentence; `Dropout` was mended."""
    words, at = [], 0.0
    for text in line.replace("Drop out", "Dropout").split():
        words.append(Word(text=text, start=at, end=at + 0.4, probability=0.9, heard="Drop out" if text == "Dropout" else None))
        at += 3.0 if text == "maybe." else 0.4
    return Transcript(words=tuple(words), seconds=at, speech=at, recogniser="whisper-base")


def tone(seconds: float) -> bytes:
    """A sound file, 16 kHz mono."""
    buffer = BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        samples = (int(8_000 * math.sin(n / 8)) for n in range(int(16_000 * seconds)))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return buffer.getvalue()


def grade(question: Question) -> Grade:
    """A poor one."""
    points = tuple(
        Verdict(
            id=point.id,
            text=point.text,
            essential=point.essential,
            verdict=VerdictKind.MISSING if number else VerdictKind.PARTIAL,
            quote=None if number else QUOTE,
            confidence=0.9,
            source=None,
        )
        for number, point in enumerate(question.key_points)
    )
    versions = Versions(model=None, prompt=None, calibration=None, embedder=None)
    return Grade(
        bank=question.bank, question_id=question.id, score=12, low=5, high=20, band="not yet", grader="fast", points=points,
        feedback="A start.", versions=versions,
    )  # fmt: skip


def spoken_interview(server: Server, question: Question, *, over: bool) -> str:
    """An interview with one spoken answer, its recording kept: over, or with a follow-up open; gives back the address of its page."""
    now, session = datetime.now(UTC), secrets.token_hex(16)
    heard = transcript(HEARD)
    name = Recordings(server.home).keep(session, 1, tone(heard.seconds))
    spoken = Spoken(transcript=heard, delivery=delivery_of(heard, question), recording=name)
    follow_up = Asked(
        at=now, turn_id=2, role="follow_up", question=question, text="What happens at inference?", point_id=question.key_points[1].id
    )
    events: list[Event] = [
        Started(at=now, setup=Setup(length=1), pool=(QuestionRef.of(question),)),
        Asked(at=now, turn_id=1, role="question", question=question, text=question.text),
        Answered(at=now, turn_id=1, text=heard.text, spoken=spoken),
        Graded(at=now, turn_id=1, grade=grade(question), thread_grade=grade(question)),
        follow_up,
        NotHeard(at=now, turn_id=2, transcript=transcript("mumble"), reason="I heard a sound but made out no words."),
    ]
    if over:
        events.append(Ended(at=now, reason="stopped"))
    store = Store.open(f"sqlite:///{server.home / 'coach.db'}")
    store.create_session(session, events[0])
    for seq, event in enumerate(events[1:], 1):
        store.append(session, event, expected=seq)
    store.close()
    return f"{server.url}/?session={session}"


@pytest.fixture
def dropout(corpus: dict[str, Question]) -> Question:
    return next(question for question in corpus.values() if question.ref == "deep-learning/dropout")


def check_fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"


def test_a_transcript_is_corrected_and_graded_again_and_the_page_shows_what_changed(server: Server, tab: Tab, dropout: Question) -> None:
    page = tab.page
    page.goto(spoken_interview(server, dropout, over=False))
    answer = page.locator(".ic-current .ic-spoken")
    expect(answer.locator("mark")).to_have_text("Dropout")
    expect(answer).to_contain_text("Dropout (heard “Drop out”)")
    expect(answer).to_contain_text("How you sounded:")
    expect(page.locator(".ic-not-heard")).to_contain_text("made out no words")
    answer.get_by_text("Pace, fillers and pauses").click()
    expect(answer.get_by_role("img")).to_be_visible()
    answer.get_by_text("Correct the transcript").click()
    box = answer.get_by_label("What you said, where it was misheard.")
    expect(box).to_have_value(HEARD.replace("Drop out", "Dropout"))
    pages.box(page).fill("A draft that must not be lost.")
    box.fill(f"Dropout it is, maybe. {dropout.key_points[0].text}")
    answer.get_by_role("button", name="Save and grade again").click()
    pages.settled(page)
    expect(answer).to_contain_text("You corrected the transcript.")
    expect(answer).to_contain_text("Score: 12 → ")
    expect(answer).to_contain_text("partly covered → covered")
    expect(answer.locator("mark")).to_have_count(0)
    expect(page.locator(".ic-current .ic-follow-up")).to_contain_text("What happens at inference?")
    expect(pages.box(page)).to_have_value("A draft that must not be lost.")
    answer.get_by_text("What changed in the text").click()
    expect(answer.locator("del").first).to_be_visible()
    check_fits(page)
    page.reload()
    expect(page.locator(".ic-current .ic-spoken")).to_contain_text("Score: 12 → ")


def test_a_recording_plays_from_where_something_was_said_and_goes_with_its_session(server: Server, phone: Tab, dropout: Question) -> None:
    page = phone.page
    address = spoken_interview(server, dropout, over=True)
    page.goto(address)
    expect(page.get_by_role("heading", name="Your report")).to_be_visible()
    expect(page.locator(".ic-report")).to_contain_text("1 answer, 0:")
    page.locator(".ic-past summary").first.click()
    listen = page.locator(".ic-moments").get_by_role("button").first
    expect(listen).to_have_text("Play from 0:04")
    listen.click()
    page.wait_for_function(
        "() => { const it = document.querySelector('audio'); return it.currentTime > 4.2 && !it.paused && it.duration > 8; }"
    )
    check_fits(page)
    page.locator(".ic-spoken").get_by_text("Correct the transcript").click()
    page.locator(".ic-spoken textarea").fill(dropout.key_points[0].text)
    page.get_by_role("button", name="Save and grade again").click()
    expect(page.locator(".ic-report .ic-corrected")).to_contain_text("Score: 12 → ")
    session = address.partition("=")[2]
    assert (server.home / "recordings" / session / "1.wav").is_file()
    page.get_by_role("button", name="Delete this session").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("The session was deleted.")).to_be_visible()
    assert not (server.home / "recordings" / session).exists()
