"""Is it the candidate who speaks while the coach does, or the coach's own voice that comes back through the microphone?

The browser takes most of it out. What is left is told by two signs: where the coach was audible for a while and nothing came back,
nothing will; and what is heard can be compared with what is being said. Until it is clear, the frames are held back: those of the
candidate go on as they were, those of the coach as silence, so that neither counts as an answer or as an interruption.
"""

from __future__ import annotations

import re

from coach.spoken import Transcript
from coach.voice.turns import GAP, VOICED

SOUND = 0.25  # seconds of speech that somebody speaks; less is a click
CLEAN = 1.2  # seconds of the coach's speech on end, with nothing heard, from which it is clear that it does not come back
TRACE = 0.1  # probability of speech that is not nothing: a faint echo hardly looks like speech at first, and then does
LOOK = 0.8  # seconds of speech that are enough to recognise a few words in
TAIL = 0.4  # seconds for which the coach can still be heard after the end: the way through the loudspeaker and back
SURE = 0.4  # probability of a word that counts here: half a word of an echo is heard as anything
WORDS = 2  # of theirs are enough to stop the coach while they go on; one is, where they stop
LOOKS = 3  # after which it is taken for noise
FOOLED = 2  # times that the coach may take itself for the candidate
FEW = 3  # different words, which may be told by each being the coach's
RUN, SAME = 4, 0.6  # letters, and the share of such runs that are the coach's

Frame = tuple[float, float, float]  # probability of speech, start, end


class EchoGuard:
    """Stands between the detector and the turns. `said` is what the coach is saying, empty while it is silent."""

    def __init__(self) -> None:
        """The coach is silent, and nothing is known of the room."""
        self.said = self.said_last = ""
        self.looking = False  # somebody is recognising what is held
        self._held: list[Frame] = []
        self._voiced = self._last = self._quiet = self._audible_until = 0.0
        self._looks = 0  # at what is held now
        self._clean = False  # the coach's voice does not come back here
        self._theirs = False  # the candidate has been heard while the coach says this
        self._fooled = 0

    def speak(self, text: str) -> None:
        """The coach says this from now on, or is silent (empty)."""
        if text and not self.said:
            self._quiet, self._theirs = 0.0, False
        self.said, self.said_last = text, text or self.said_last

    def frame(self, probability: float, start: float, end: float) -> list[Frame]:
        """The frames that are clear now."""
        if self.said:
            self._audible_until = end + TAIL
        if (end > self._audible_until or self._theirs) and not self._held:
            return [(probability, start, end)]
        voiced = probability >= VOICED
        if not voiced and not self._held:
            self._quiet = self._quiet + end - start if probability < TRACE else 0.0
            self._clean = self._clean or self._quiet >= CLEAN
            return [(probability, start, end)]
        self._held.append((probability, start, end))
        if voiced:
            self._voiced, self._last = self._voiced + end - start, end
        if self.looking:
            return []
        if self._fooled >= FOOLED:
            return self._release(theirs=False)
        if self._voiced < SOUND:
            return self._release(theirs=False) if end - self._last > GAP else []
        return self._release(theirs=True) if self._clean else []

    @property
    def doubt_from(self) -> float | None:
        """Where the sound starts that has to be recognised before it is clear whose it is; None while nothing has to be."""
        if self.looking or self._voiced < SOUND:
            return None
        return self._held[0][1] if self._paused or self._voiced >= LOOK * (self._looks + 1) else None

    def settle(self, heard: Transcript) -> list[Frame]:
        """The frames that were held, as far as it is clear from what was heard in them whose they are."""
        self.looking, self._looks = False, self._looks + 1
        sure = " ".join(word.text for word in heard.words if word.probability >= SURE)
        if is_echo(sure, self.said_last):
            self._clean, self._quiet = False, 0.0
            return self._release(theirs=False)
        enough = len(sure.split()) >= (1 if self._paused else WORDS)
        if enough or self._paused or self._looks >= LOOKS:
            return self._release(theirs=enough)
        return []

    def fooled(self) -> None:
        """What was taken for the candidate was the coach. Where that happens again, nobody breaks in by voice."""
        self._fooled += 1
        self._clean, self._quiet = False, 0.0

    @property
    def _paused(self) -> bool:
        return bool(self._held) and self._held[-1][2] - self._last > GAP

    def _release(self, *, theirs: bool) -> list[Frame]:
        held, self._held, self._voiced, self._looks = self._held, [], 0.0, 0
        self._theirs = self._theirs or theirs
        return held if theirs else [(0.0, start, end) for _, start, end in held]


def is_echo(heard: str, said: str) -> bool:
    """Whether what was heard is, for the most part, what is being said.

    Compared are runs of letters: half a word is heard as another one, and a recogniser that hears little likes to say it twice.
    """
    theirs, mine = _letters(heard), _letters(said)
    words = {_letters(word) for word in heard.split()} - {""}
    if 0 < len(words) <= FEW and all(word in mine for word in words):
        return True
    runs = [theirs[at : at + RUN] for at in range(len(theirs) - RUN + 1)]
    return bool(runs) and sum(run in mine for run in runs) >= SAME * len(runs)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())
