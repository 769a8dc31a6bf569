"""Is it the candidate who speaks while the coach does, or the coach's own voice that comes back through the microphone?

The browser takes most of it out. What is left is told by two signs: where the coach was audible for a while and nothing came back,
nothing will; and what is heard can be compared with what is being said. Until it is clear, the frames are held back: those of the
candidate go on as they were, those of the coach as silence, so that neither counts as an answer or as an interruption.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from coach.voice.turns import GAP, VOICED

SOUND = 0.25  # seconds of speech that somebody speaks; less is a click
CLEAN = 1.2  # seconds of the coach's speech, with nothing heard, from which it is clear that it does not come back
LOOK = 0.8  # seconds of speech that are enough to recognise a few words in
TAIL = 0.4  # seconds for which the coach can still be heard after the end: the way through the loudspeaker and back
SAME = 0.6  # share of the heard words, in order, that are the coach's

Frame = tuple[float, float, float]  # probability of speech, start, end


class EchoGuard:
    """Stands between the detector and the turns. `said` is what the coach is saying, empty while it is silent."""

    def __init__(self) -> None:
        """The coach is silent, and nothing is known of the room."""
        self.said = self.said_last = ""
        self.looking = False  # somebody is recognising what is held
        self._held: list[Frame] = []
        self._voiced = self._last = self._quiet = self._audible_until = 0.0
        self._clean = False  # the coach's voice does not come back here
        self._theirs = False  # the candidate has been heard while the coach says this

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
            self._quiet += end - start
            self._clean = self._clean or self._quiet >= CLEAN
            return [(probability, start, end)]
        self._held.append((probability, start, end))
        if voiced:
            self._voiced, self._last = self._voiced + end - start, end
        if self.looking:
            return []
        if self._voiced < SOUND:
            return self._release(theirs=False) if end - self._last > GAP else []
        return self._release(theirs=True) if self._clean else []

    @property
    def doubt_from(self) -> float | None:
        """Where the sound starts that has to be recognised before it is clear whose it is; None while nothing has to be."""
        if self.looking or self._voiced < SOUND:
            return None
        paused = self._held[-1][2] - self._last > GAP
        return self._held[0][1] if paused or self._voiced >= LOOK else None

    def settle(self, heard: str) -> list[Frame]:
        """The frames that were held, now that it is known what was heard in them."""
        echo = is_echo(heard, self.said_last)
        if echo:
            self.came_back()
        return self._release(theirs=bool(heard.strip()) and not echo)

    def came_back(self) -> None:
        """The coach's own voice was heard."""
        self._clean, self._quiet = False, 0.0

    def _release(self, *, theirs: bool) -> list[Frame]:
        held, self._held, self._voiced, self.looking = self._held, [], 0.0, False
        self._theirs = self._theirs or theirs
        return held if theirs else [(0.0, start, end) for _, start, end in held]


def is_echo(heard: str, said: str) -> bool:
    """Whether what was heard is, for the most part, what is being said."""
    mine, theirs = _words(said), _words(heard)
    if not theirs:
        return False
    blocks = SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) >= SAME * len(theirs)


def _words(text: str) -> list[str]:
    """The words, by how they begin: what a recogniser hears of an echo often ends otherwise."""
    return [word[:4] for word in re.findall(r"[a-z0-9]+", text.casefold().replace("'", ""))]
