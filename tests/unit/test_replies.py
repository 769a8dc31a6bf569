"""Replies: made piece by piece, in order, stopped at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from coach.errors import ModelError
from coach.voice.messages import Outgoing, Said, Say, Stop
from coach.voice.replies import LATE, Replies
from coach.voice.sound import Samples
from coach.voice.work import Inline


class Voice:
    """A second of sound for each sentence, in two pieces."""

    name, rate = "voice", 100

    def __init__(self) -> None:
        self.made: list[str] = []
        self.fails = False

    def speak(self, text: str) -> Iterator[Samples]:
        self.made.append(text)
        if self.fails:
            raise ModelError("away")
        for _ in range(2):
            yield np.ones(50, dtype=np.float32)


class Waits(Inline):
    def __init__(self) -> None:
        self.tasks: list[Callable[[], None]] = []

    def spawn(self, task: Callable[[], None]) -> None:
        self.tasks.append(task)

    def run(self) -> None:
        while self.tasks:
            self.tasks.pop(0)()


class Stage:
    def __init__(self, voice: Voice | None = None, work: Inline | None = None) -> None:
        self.sent: list[Outgoing] = []
        self.now = 0.0
        self.voice = voice
        self.replies = Replies(voice, self.sent.append, work or Inline(), lambda: self.now)

    def short(self) -> list[str]:
        """What was sent, in short: a sentence, `~1` for sound of reply 1, `.1` where it is said, `!1` where it is stopped."""
        names = {Said: ".", Stop: "!"}
        return [
            f"~{out[0]}" if isinstance(out, bytes) else out.text if isinstance(out, Say) else f"{names[type(out)]}{out.reply}"  # type: ignore[index, union-attr]
            for out in self.sent
        ]


def test_a_reply_is_sent_sentence_by_sentence_with_its_sound() -> None:
    stage = Stage(Voice())
    assert stage.replies.say("One. Two.") == 1
    assert stage.short() == ["One.", "~1", "~1", "Two.", "~1", "~1", ".1"]
    assert stage.sent[0] == Say(reply=1, text="One.", rate=100, audio=True)


def test_a_reply_may_grow_while_it_is_said() -> None:
    stage = Stage(Voice())
    reply = stage.replies.begin()
    stage.replies.add(reply, "One.")
    assert stage.short() == ["One.", "~1", "~1"]
    stage.replies.add(reply, "Two.")
    stage.replies.end(reply)
    assert stage.short()[-1] == ".1"


def test_replies_are_said_in_their_order_and_one_at_a_time() -> None:
    work = Waits()
    stage = Stage(Voice(), work)
    stage.replies.say("One.")
    stage.replies.say("Two.")
    assert stage.short() == ["One."]
    work.run()
    assert stage.short() == ["One.", "~1", "~1", ".1", "Two.", "~2", "~2", ".2"]


def test_what_was_prepared_needs_no_making() -> None:
    work = Waits()
    stage = Stage(Voice(), work)
    stage.replies.prepare("Okay.")
    work.run()
    stage.replies.say("Okay.")
    assert stage.short() == ["Okay.", "~1", "~1", ".1"]
    assert stage.voice is not None
    assert stage.voice.made == ["Okay."]


def test_stopping_sends_nothing_more_even_of_what_is_being_made() -> None:
    work = Waits()
    stage = Stage(Voice(), work)
    stage.replies.say("One. Two.")
    assert stage.replies.stop()
    work.run()
    assert stage.short() == ["One.", "!1"]
    assert stage.replies.silent
    assert not stage.replies.stop()


def test_a_stopped_reply_does_not_grow() -> None:
    stage = Stage(Voice())
    reply = stage.replies.begin()
    stage.replies.add(reply, "One.")
    stage.replies.stop()
    stage.replies.add(reply, "Two.")
    stage.replies.end(reply)
    assert stage.short()[-1] == "!1"


def test_the_coach_is_audible_until_the_page_has_played_it() -> None:
    stage = Stage(Voice())
    reply = stage.replies.say("One. Two.")
    assert stage.replies.audible == "One. Two."
    stage.replies.played(reply)
    assert stage.replies.silent


def test_a_sentence_that_is_still_being_made_is_not_audible() -> None:
    work = Waits()
    stage = Stage(Voice(), work)
    stage.replies.say("One. Two.")
    assert stage.replies.audible == ""
    assert not stage.replies.silent
    work.run()
    assert stage.replies.audible == "One. Two."


def test_a_page_that_never_says_so_is_not_waited_for() -> None:
    stage = Stage(Voice())
    stage.replies.say("One. Two.")
    stage.now = 2 + LATE - 0.1
    stage.replies.tick()
    assert not stage.replies.silent
    stage.now = 2 + LATE
    stage.replies.tick()
    assert stage.replies.silent


def test_a_page_that_says_too_early_that_it_has_played_a_reply_is_not_believed() -> None:
    stage = Stage(Voice())
    reply = stage.replies.begin()
    stage.replies.add(reply, "One.")
    stage.replies.played(reply)
    stage.replies.add(reply, "Two.")
    assert "Two." in stage.short()


def test_a_voice_that_fails_leaves_the_text() -> None:
    voice = Voice()
    voice.fails = True
    stage = Stage(voice)
    stage.replies.say("One. Two.")
    assert stage.short() == ["One.", "Two.", ".1"]


def test_without_a_voice_the_browsers_is_given_the_time_that_it_takes() -> None:
    stage = Stage()
    stage.replies.speaks = True
    stage.replies.say("One two three four five.")
    assert stage.sent == [Say(reply=1, text="One two three four five.", rate=0, audio=False), Said(reply=1)]
    stage.now = 3.0
    stage.replies.tick()
    assert not stage.replies.silent


def test_with_no_voice_at_all_nothing_is_waited_for() -> None:
    stage = Stage()
    stage.replies.say("One two three four five.")
    stage.replies.tick()
    assert stage.replies.silent
