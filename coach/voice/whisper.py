"""Whisper on this machine, by faster-whisper.

Whisper was trained on windows of 30 seconds, and its encoder takes as long for a word as for half a minute. Here its window is as long
as the piece that is heard and a margin of silence, which takes a third of the computing. With a margin of 1 s the words of some pieces came
round again (9 % word errors on 12 clean technical sentences in a natural voice), with 2 s (0.6 %) and 4 s (1.1 %) they did not. What
loops or is in doubt all the same is read again with the whole window: in noise that mends a part of it.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from coach.errors import WeightsError
from coach.spoken import Transcript, Word
from coach.voice.extra import require
from coach.voice.loops import repeats, without_loop
from coach.voice.pieces import joined, pieces_of, placed
from coach.voice.sound import RATE, Samples, clipped
from coach.voice.speech_in import SpeechFinder

if TYPE_CHECKING:
    import numpy as np
    from ctranslate2 import StorageView
    from numpy.typing import NDArray

FRAMES = 100  # of Whisper's spectrogram, a second
WINDOW = 30 * FRAMES
MARGIN = 2 * FRAMES
TOKENS_A_SECOND, TOKENS_MORE = 9, 12  # nobody speaks faster: what is longer is a loop
MAX_TERMS = 100  # tokens of the words to listen for
# What follows them. Whisper goes on in the style of what was before: after a list alone in one long sentence (on 8 spoken train answers 37
# of 56 sentence ends, 53 of 798 words wrong), after plain sentences in sentences (51 ends, 38 words wrong).
PLAINLY = "Let me answer that. It has two parts. Here is the first."
DOUBTFUL = -0.45  # mean log probability below which words are read again
BEAMS = 5  # readings that are followed side by side, as Whisper's own code does, where one alone is not clear
CLEAR = -0.15  # mean log probability of a reading that is: five take half as long again, and find little else there (tuning sentences)
BONUS = 1.0  # log probability that a reading may lack for each domain word that it has: chosen on the tuning sentences, 2.0 did no better
SILENT, UNSURE = 0.6, -1.0  # Whisper's own thresholds: no speech, and the mean log probability of words that may be right all the same


WORD = re.compile(r"[\w+#]+(?:[-‐‑'’./][\w+#]+)*")


class Guess(NamedTuple):
    """What the decoder wrote: tokens, and their mean log probability; `silent` is how likely nobody spoke."""

    tokens: list[int]
    log_probability: float
    silent: float


class WhisperRecogniser:
    """A Whisper model in a folder. Without chance: the same sound gives the same words."""

    def __init__(self, folder: Path, finder: SpeechFinder, *, version: str, threads: int = 1) -> None:
        """Load the model. Raises WeightsError when the folder holds none, UsageError without the extra `voice`."""
        require()
        os.environ.setdefault("GOMP_SPINCOUNT", "0")  # threads that spin between two pieces starve whatever else the machine does
        from faster_whisper import WhisperModel
        from faster_whisper.tokenizer import Tokenizer
        from faster_whisper.transcribe import get_suppressed_tokens

        try:
            self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)
        except (RuntimeError, ValueError, OSError) as error:
            raise WeightsError(f"The model {folder} cannot be loaded ({error}). `coach models verify` says what is damaged.") from error
        self._tells_language = bool(self._model.model.is_multilingual)
        self._tokens = Tokenizer(self._model.hf_tokenizer, self._tells_language, task="transcribe", language="en")
        self._suppressed = get_suppressed_tokens(self._tokens, [-1])
        self._finder = finder
        self.name = version

    def recognise(self, samples: Samples, *, terms: Sequence[str] = (), quick: bool = False) -> Transcript:
        """See the protocol. A quick one listens for no terms, and its words' times are spread evenly over each piece."""
        speech = self._finder.find(samples)
        words: list[Word] = []
        languages: dict[str, float] = {}
        seconds = 0.0
        for piece in pieces_of(speech, len(samples)):
            sound = joined(samples, piece)
            features = self._spectrum(sound)
            states = self._encoded(features, MARGIN)
            if not quick and self._tells_language:
                code, probability = self._language(states)
                languages[code] = languages.get(code, 0.0) + probability * len(sound) / RATE
                seconds += len(sound) / RATE
            heard = self._quick_words(features, states) if quick else self._words(features, states, terms)
            words += [placed(word, piece) for word in heard]
        language = max(languages, key=lambda code: languages[code]) if languages else ""
        return Transcript(
            words=tuple(words),
            seconds=len(samples) / RATE,
            speech=speech.seconds,
            clipped=clipped(samples),
            language=language,
            language_probability=min(1.0, languages[language] / seconds) if language else 1.0,
            recogniser=self.name,
        )

    # -- one piece

    def _spectrum(self, sound: Samples) -> NDArray[np.float32]:
        """The piece's log-mel spectrogram, (bands, frames), one window at most."""
        features: NDArray[np.float32] = self._model.feature_extractor(sound)[:, : min(WINDOW, len(sound) * FRAMES // RATE)]
        return features

    def _encoded(self, features: NDArray[np.float32], margin: int) -> StorageView:
        """The encoder's states, with at least `margin` frames of silence after the piece.

        In whole seconds: the runtime keeps memory for every length that it has met.
        """
        import numpy as np

        length = min(WINDOW, math.ceil((features.shape[1] + margin) / FRAMES) * FRAMES)
        room = length - features.shape[1]
        return self._model.encode(np.pad(features, ((0, 0), (0, room))))

    def _language(self, states: StorageView) -> tuple[str, float]:
        token, probability = self._model.model.detect_language(states)[0][0]
        return token[2:-2], float(probability)

    def _words(self, features: NDArray[np.float32], states: StorageView, terms: Sequence[str]) -> list[Word]:
        """The words of a piece, with times. Where they are in doubt they are read again with the whole window."""
        frames = features.shape[1]
        guess = self._decoded(states, frames, terms, 1)
        if guess.log_probability < CLEAR:
            guess = self._decoded(states, frames, terms, BEAMS)
        loops = repeats(self._text(guess))
        if loops or guess.log_probability < DOUBTFUL:
            wide = self._encoded(features, WINDOW)
            again = self._decoded(wide, frames, terms, BEAMS)
            if repeats(self._text(again)) and terms:
                again = self._decoded(wide, frames, (), BEAMS)
            if loops or again.log_probability > guess.log_probability:
                guess, states = again, wide
        if guess.silent > SILENT and guess.log_probability < UNSURE:
            return []
        found = self._model.find_alignment(self._tokens, [guess.tokens], states, frames)[0] if guess.tokens else []
        words = _whole_words((row["word"], float(row["start"]), float(row["end"]), float(row["probability"])) for row in found)
        return without_loop(words, [word.text for word in words])

    def _quick_words(self, features: NDArray[np.float32], states: StorageView) -> list[Word]:
        """The words of a piece, their times and probabilities spread evenly."""
        guess = self._decoded(states, features.shape[1], (), 1)
        if guess.silent > SILENT and guess.log_probability < UNSURE:
            return []
        texts = self._text(guess).split()
        texts = without_loop(texts, texts)
        each = features.shape[1] / FRAMES / max(1, len(texts))
        probability = min(1.0, math.exp(guess.log_probability))
        return [Word(text=text, start=n * each, end=(n + 1) * each, probability=probability) for n, text in enumerate(texts)]

    def _decoded(self, states: StorageView, frames: int, terms: Sequence[str], beams: int) -> Guess:
        """The likeliest of `beams` readings. Of two that are nearly as likely, the one with more of the terms is."""
        prompt = [*self._hints(terms), *self._tokens.sot_sequence, self._tokens.no_timestamps]
        result = self._model.model.generate(
            states,
            [prompt],
            beam_size=beams,
            num_hypotheses=beams,
            max_length=min(448, len(prompt) + TOKENS_MORE + TOKENS_A_SECOND * frames // FRAMES),
            suppress_tokens=list(self._suppressed or ()),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        guesses = []
        for ids, score in zip(result.sequences_ids, result.scores, strict=True):  # scores are means over the tokens, the end not counted
            tokens = [token for token in ids if token < self._tokens.eot]
            guess = Guess(tokens, score * len(ids) / (len(ids) + 1), result.no_speech_prob)
            likely = score * len(ids) + BONUS * terms_in(str(self._tokens.decode(tokens)), terms)
            guesses.append((likely, guess))
        return max(guesses, key=lambda each: each[0])[1]

    def _hints(self, terms: Sequence[str]) -> list[int]:
        """The terms as what was said before: as many as fit, whole."""
        for count in range(len(terms), 0, -1):
            hints = self._tokens.encode(f" {', '.join(terms[:count])}.")
            if len(hints) <= MAX_TERMS:
                return [self._tokens.sot_prev, *hints, *self._tokens.encode(f" {PLAINLY}")]
        return []

    def _text(self, guess: Guess) -> str:
        return str(self._tokens.decode(guess.tokens)).strip()


def terms_in(text: str, terms: Sequence[str]) -> int:
    """How many of the terms a text has, as whole words."""
    words = f" {' '.join(re.findall(WORD, text.casefold()))} "
    return sum(f" {' '.join(re.findall(WORD, term.casefold()))} " in words for term in terms)


def _whole_words(rows: Iterable[tuple[str, float, float, float]]) -> list[Word]:
    """Rows of an alignment (text, start, end, probability) as words: what has no space in front belongs to the word before."""
    words: list[Word] = []
    for text, start, end, probability in rows:
        if text.startswith(" ") or not words:
            words.append(Word(text=text.strip(), start=start, end=max(start, end), probability=min(1.0, probability)))
            continue
        last = words[-1]
        update: dict[str, object] = {"text": last.text + text.strip()}
        if any(map(str.isalnum, text)):  # the rest of a word such as "self-attention"; a full stop has no time of its own
            update |= {"end": max(last.end, end), "probability": min(last.probability, probability)}
        words[-1] = last.model_copy(update=update)
    return [word for word in words if word.text]
