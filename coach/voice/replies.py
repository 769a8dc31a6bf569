"""What the coach says: replies of a few sentences, made into sound piece by piece and sent while more is being made.

A sentence may be prepared, so that its sound is there when it is needed. Which reply the candidate can hear, and for how much
longer, is kept account of here: the page says when it has played one, and where it does not, the sound's length tells.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from coach.errors import CoachError
from coach.voice.messages import Outgoing, Said, Say, Stop, sound_of
from coach.voice.sound import Samples
from coach.voice.speakable import sentences
from coach.voice.tts import Synthesiser
from coach.voice.work import Work, start

PREPARED = 24  # sentences whose sound is kept ready
LATE = 2.0  # seconds after its sound must be over in which the page may still say that it played a reply
BROWSER_WORD = 0.42  # seconds that the browser's voice takes for a word, if it is slow


class _Sentence(NamedTuple):
    reply: int
    text: str


class Replies:
    """The replies of one conversation. `clock` is in seconds, and numbers them from its present value upwards.

    So those of a page that has come back to the same talk are higher than what it has seen, and stopped, before.
    """

    def __init__(self, voice: Synthesiser | None, send: Callable[[Outgoing], None], work: Work, clock: Callable[[], float]) -> None:
        """Nothing is said. Without a voice of its own the coach leaves it to the browser's, if that `speaks`."""
        self.speaks = False
        self._voice, self._send, self._work, self._clock = voice, send, work, clock
        self._ready: OrderedDict[str, list[Samples] | None] = OrderedDict()
        self._queue: deque[_Sentence] = deque()
        self._making: _Sentence | None = None
        self._texts: dict[int, list[str]] = {}  # of the replies that can be heard
        self._whole: set[int] = set()  # of those, the ones to which nothing will be added, and
        self._sent: set[int] = set()  # the ones that are sent to their end
        self._count = int(clock())
        self._begun: _Sentence | None = None  # the last one of which some sound was sent
        self._until = 0.0  # when the sound that was sent is over, at the latest

    @property
    def audible(self) -> str:
        """What the candidate can hear the coach say now; empty when it is silent."""
        return " ".join(text for texts in self._texts.values() for text in texts)

    @property
    def silent(self) -> bool:
        """Whether everything that was to be said has been."""
        return not self._texts

    def begin(self) -> int:
        """A new reply, said after those before it."""
        self._count += 1
        self._texts[self._count] = []
        return self._count

    def add(self, reply: int, text: str) -> None:
        """More for a reply to say; forgotten if that was stopped."""
        if reply in self._texts:
            self._queue += (_Sentence(reply, said) for said in sentences(text))
            self._make()

    def end(self, reply: int) -> None:
        """Nothing more will be added to a reply."""
        if reply in self._texts:
            self._whole.add(reply)
            self._make()

    def say(self, text: str) -> int:
        """A reply that says this and no more."""
        reply = self.begin()
        self.add(reply, text)
        self.end(reply)
        return reply

    def prepare(self, text: str) -> None:
        """Make the sound of a text ahead."""
        for said in sentences(text):
            if self._voice is not None and said not in self._ready:
                self._ready[said] = None  # being made
                start(self._work, partial(_all, self._voice, said), partial(self._keep, said), partial(self._unmade, said))

    def stop(self) -> bool:
        """Say nothing more; True where something was being said."""
        stopped = list(self._texts)
        for reply in stopped:
            self._send(Stop(reply=reply))
        self._queue.clear()
        self._texts, self._whole, self._sent, self._making, self._until = {}, set(), set(), None, 0.0
        return bool(stopped)

    def played(self, reply: int) -> None:
        """The page has played a reply to its end, or stopped it."""
        if reply in self._sent:
            self._texts.pop(reply)
            self._sent.discard(reply)

    def tick(self) -> None:
        """Give up on a page that does not say that it has played what was sent."""
        late = LATE if self._voice is not None or self.speaks else 0.0
        if self._clock() >= self._until + late:
            for reply in list(self._sent):
                self.played(reply)

    def _make(self) -> None:
        """Say the next sentences, as far as their sound is there or need not be made, and close the replies that have none left."""
        self._close()
        while self._making is None and self._queue:
            sentence = self._queue.popleft()
            self._speak(sentence)
            self._close()

    def _close(self) -> None:
        waiting = {each.reply for each in (*self._queue, *filter(None, [self._making]))}
        for reply in sorted(self._whole - waiting):
            self._whole.discard(reply)
            self._sent.add(reply)
            self._send(Said(reply=reply))

    def _speak(self, sentence: _Sentence) -> None:
        voice = self._voice
        self._send(Say(reply=sentence.reply, text=sentence.text, rate=voice.rate if voice is not None else 0, audio=voice is not None))
        if voice is None:
            self._texts[sentence.reply].append(sentence.text)
            self._lasts(BROWSER_WORD * len(sentence.text.split()) if self.speaks else 0.0)
        elif pieces := self._ready.get(sentence.text):
            for piece in pieces:
                self._piece(sentence, piece)
        else:
            self._making = sentence
            start(self._work, partial(self._pour, voice, sentence), partial(self._made, sentence), partial(self._made, sentence))

    def _pour(self, voice: Synthesiser, sentence: _Sentence) -> None:
        """Make the sound of a sentence, elsewhere, and hand it over as it comes."""
        for piece in voice.speak(sentence.text):
            if self._making is not sentence:  # stopped
                return
            self._work.post(partial(self._made_piece, sentence, piece))

    def _made_piece(self, sentence: _Sentence, piece: Samples) -> None:
        if self._making is sentence:
            self._piece(sentence, piece)

    def _piece(self, sentence: _Sentence, piece: Samples) -> None:
        assert self._voice is not None
        if sentence is not self._begun:  # not before: what takes its time to be made cannot come back through the microphone
            self._begun = sentence
            self._texts[sentence.reply].append(sentence.text)
        self._send(sound_of(sentence.reply, piece))
        self._lasts(len(piece) / self._voice.rate)

    def _made(self, sentence: _Sentence, _: CoachError | None = None) -> None:
        """Go on with the next one. A sentence without sound is on the page as text, and no reason to stop."""
        if self._making is sentence:
            self._making = None
            self._make()

    def _keep(self, text: str, pieces: list[Samples]) -> None:
        self._ready[text] = pieces
        while len(self._ready) > PREPARED:
            self._ready.popitem(last=False)

    def _unmade(self, text: str, _: CoachError | None) -> None:
        self._ready.pop(text, None)

    def _lasts(self, seconds: float) -> None:
        self._until = max(self._until, self._clock()) + seconds


def _all(voice: Synthesiser, text: str) -> list[Samples]:
    return list(voice.speak(text))
