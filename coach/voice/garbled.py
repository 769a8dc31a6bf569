"""Transcripts that are no fair ground for a grade: the reason, in words for the candidate. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import fmean

from coach.spoken import Transcript

LEAST_SPEECH = 0.25  # seconds: shorter is a click or a breath
SURE_LANGUAGE = 0.7  # from this probability on another language is believed; short answers and noise are often guessed wrong
UNSURE_WORD, MOST_UNSURE = 0.35, 0.5  # a word below it is a guess; a transcript of which half are guesses is one
LEAST_MEAN = (
    0.55  # of the words' probabilities: Whisper base has 0.69 or more on 96 clear recordings, 0.50 where noise made it write nonsense
)
CLIPPED, CLIPPED_MEAN = 0.02, 0.65  # share of samples at full scale: that alone does no harm, so the words have to be unsure with it
MOST_WORDS_A_SECOND = 8.0  # of speech; the fastest talkers reach six
LEAST_LOOP, LOOPED_SHARE = 5, 0.5  # repeats of the same one to six words that make up half of the transcript

AGAIN = "Say it once more, or type it."
SILENCE = f"I heard nothing. Check that the microphone is on and not muted. {AGAIN}"
NO_WORDS = f"I heard a sound but made out no words. Move closer to the microphone. {AGAIN}"
LANGUAGE = f"That did not sound like English, the only language that can be graded so far. {AGAIN}"
CLIPPING = f"The sound is overdriven. Lower the microphone's level or move away from it a little. {AGAIN}"
UNCLEAR = f"I could not make out enough of that to grade it fairly. A quieter place or a closer microphone helps. {AGAIN}"
LOOP = f"I lost track and heard the same words over and over. {AGAIN}"


def unusable(transcript: Transcript) -> str | None:
    """Why this transcript should not be graded, with what to do; None where it may be."""
    if transcript.speech < LEAST_SPEECH:
        return SILENCE
    if not any(character.isalnum() for word in transcript.words for character in word.text):
        return NO_WORDS
    if transcript.language not in ("", "en") and transcript.language_probability >= SURE_LANGUAGE:
        return LANGUAGE
    if is_loop([_bare(word.text) for word in transcript.words]) or len(transcript.words) / transcript.speech > MOST_WORDS_A_SECOND:
        return LOOP
    probabilities = [word.probability for word in transcript.words]
    mean = fmean(probabilities)
    if transcript.clipped >= CLIPPED and mean < CLIPPED_MEAN:
        return CLIPPING
    unsure = sum(each < UNSURE_WORD for each in probabilities) / len(probabilities)
    return UNCLEAR if mean < LEAST_MEAN or unsure > MOST_UNSURE else None


def is_loop(words: Sequence[str]) -> bool:
    """Whether one to six words, said five times or more on end, make up half of the text: a recogniser that ran away."""
    for length in range(1, 7):
        run = longest = 0
        for at in range(length, len(words)):
            run = run + 1 if words[at] == words[at - length] else 0
            longest = max(longest, run)
        repeats = longest // length + 1
        if repeats >= LEAST_LOOP and longest + length >= LOOPED_SHARE * len(words):
            return True
    return False


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", text.casefold())
