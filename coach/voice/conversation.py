"""A spoken interview over one socket: what the page sends goes in, what it is to show and play comes out.

The socket makes one for each connection, from the coach's parts, the desk and a session that exists:

    def send(out: Outgoing) -> None:                       # called from the conversation's own thread: hand it to the event loop
        loop.call_soon_threadsafe(outbox.put_nowait, out)

    conversation = Conversation(coach, desk, session_id, send)
    conversation.open()                                    # returns at once; the models load behind a `loading` state
    conversation.message(messages.read(text_frame))        # every text frame, `Hello` first: the interview begins with it
    conversation.hear(messages.heard_in(binary_frame))     # every binary frame
    conversation.close()                                   # when the socket is gone, however it went; returns at once

`Outgoing` is bytes for a binary frame, else a value for `messages.write`. These methods may be called from any thread, return at
once and raise nothing. An answer that was said to its end and read is stored even when the socket closes before it was: `wait`
waits for that.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

from coach.errors import CoachError
from coach.voice.dialogue import Dialogue
from coach.voice.messages import ClientMessage, Outgoing, Problem, State
from coach.voice.screen import STOPPED, WORDS
from coach.voice.sound import Samples
from coach.voice.tools import Desk, Tools
from coach.voice.work import Work

TICK = 0.1  # seconds between two looks at what else is going on
BACKLOG = 600  # pieces that may wait: a minute of live sound, after which something is badly stuck; ten of an answer that is recorded first

log = logging.getLogger(__name__)

Event = Callable[[Dialogue], None]


class Conversation:
    """One candidate's talk with the coach, in a thread of its own."""

    def __init__(self, tools: Tools, desk: Desk, session_id: str, send: Callable[[Outgoing], None]) -> None:
        """Nothing runs yet. `send` is called from the conversation's thread with all that is for the page, in order."""
        self._tools, self._desk, self._session_id, self._send = tools, desk, session_id, send
        self._inbox: queue.Queue[Event] = queue.Queue()
        self._ready = False  # the models are there: what was said before is for nobody
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="conversation", daemon=True)

    def open(self) -> None:
        """Start: load the models, and put the question that is open as soon as the page has said hello."""
        self._thread.start()

    def hear(self, samples: Samples) -> None:
        """Sound from the microphone, 16 kHz mono, which follows that of the last call."""
        if self._ready and not self._closed.is_set() and self._inbox.qsize() < BACKLOG:
            self._inbox.put(lambda dialogue: dialogue.hear(samples))

    def message(self, message: ClientMessage) -> None:
        """A message of the page."""
        if not self._closed.is_set():
            self._inbox.put(lambda dialogue: dialogue.message(message))

    def close(self) -> None:
        """The page is gone."""
        self._closed.set()

    def wait(self, seconds: float) -> None:
        """Wait until what was said is stored once it is closed, for so long at most."""
        self._thread.join(seconds)

    def _run(self) -> None:
        self._send(State(state="loading", text=WORDS["loading"]))
        try:
            dialogue = Dialogue(self._tools, self._desk, self._session_id, self._send, _Threads(self._inbox), time.monotonic)
            self._ready = True
            try:
                while not self._closed.is_set():
                    self._once(dialogue)
            finally:
                dialogue.close()
        except CoachError as error:
            self._fail(str(error))
        except Exception:
            log.exception("session %s: the conversation failed", self._session_id)
            self._fail("Something went wrong with the voice. Press Talk again, or type your answer.")

    def _fail(self, why: str) -> None:
        self._closed.set()
        self._send(Problem(text=why))
        self._send(State(state="over", text=STOPPED))

    def _once(self, dialogue: Dialogue) -> None:
        try:
            event = self._inbox.get(timeout=TICK)
        except queue.Empty:
            pass
        else:
            event(dialogue)
        dialogue.tick()


class _Threads(Work):
    """Work in threads; what comes of it goes back through the inbox, so that the dialogue has one thread alone."""

    def __init__(self, inbox: queue.Queue[Event]) -> None:
        self._inbox = inbox

    def post(self, event: Callable[[], None]) -> None:
        self._inbox.put(lambda _: event())

    def spawn(self, task: Callable[[], None]) -> None:
        threading.Thread(target=task, name="conversation-work", daemon=True).start()
