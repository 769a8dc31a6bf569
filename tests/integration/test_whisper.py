"""The real Whisper on recordings that the coach's voice makes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from model_home import model_settings
from spoken import DROPOUT, GATES, hiss, said

from coach.errors import UsageError, WeightsError
from coach.voice.parts import VoiceParts
from coach.voice.sound import RATE, Samples
from coach.voice.speech_in import SpeechFinder
from coach.voice.stt import Recogniser
from coach.voice.vad import SileroDetector
from coach.voice.whisper import WhisperRecogniser, terms_in

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def parts() -> VoiceParts:
    return VoiceParts(model_settings())


@pytest.fixture(scope="module")
def base(parts: VoiceParts) -> Recogniser:
    return parts.recogniser


def plain(text: str) -> str:
    return re.sub(r"[^a-z ]", "", text.lower())


def test_a_technical_sentence_is_heard_word_by_word_in_time(base: Recogniser) -> None:
    sound = said(GATES, before=1.0)
    heard = base.recognise(sound, terms=["LSTM", "forget gate"])
    assert plain(heard.text) == plain(GATES)
    assert (heard.language, heard.clipped) == ("en", 0)
    assert heard.language_probability > 0.8
    assert heard.seconds == len(sound) / RATE
    assert 3 < heard.speech < heard.seconds - 1.5
    times = [time for word in heard.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert times[0] == pytest.approx(1.05, abs=0.4)
    assert times[-1] == pytest.approx(heard.seconds - 1.0, abs=0.5)  # the voice breathes out
    assert all(0 < word.probability <= 1 for word in heard.words)
    assert heard.recogniser.startswith("whisper-base@")


def test_the_same_sound_gives_the_same_words(base: Recogniser) -> None:
    assert base.recognise(said(GATES), terms=["LSTM"]) == base.recognise(said(GATES), terms=["LSTM"])


def test_it_listens_for_the_terms_it_is_given(base: Recogniser) -> None:
    assert "LSTM" in base.recognise(said(GATES), terms=["LSTM", "forget gate"]).text


@pytest.mark.parametrize(
    ("text", "count"),
    [("An LSTM has a forget gate.", 2), ("lstm, forget-gates", 1), ("The forgetful gate of an LSTMs", 0), ("C++ and BM25", 2), ("", 0)],
)
def test_terms_are_counted_as_whole_words(text: str, count: int) -> None:
    assert terms_in(text, ["LSTM", "forget gate", "C++", "BM25"]) == count


@pytest.mark.parametrize("sound", [hiss(0), hiss(0.01), hiss(3), hiss(3, 0.05), np.zeros(2 * RATE, np.float32)])
def test_where_nobody_speaks_no_word_is_heard_whatever_it_listens_for(base: Recogniser, sound: Samples) -> None:
    heard = base.recognise(sound, terms=["dropout", "LSTM"])
    assert (heard.words, heard.speech, heard.language) == ((), 0, "")


def test_a_pause_to_think_is_no_part_of_a_word(base: Recogniser) -> None:
    first = said(DROPOUT)
    heard = base.recognise(np.concatenate([first, hiss(4), said(GATES)]))
    assert "nothing is dropped" in heard.text
    assert "output gate" in heard.text
    begins, ends = len(first) / RATE, len(first) / RATE + 4
    assert not [word for word in heard.words if word.start < ends and word.end > begins + 0.2]


def test_an_answer_longer_than_a_window_is_heard_whole(base: Recogniser) -> None:
    text = f"{DROPOUT} {GATES}"
    sound = np.concatenate([said(text)] * 4)
    assert len(sound) > 35 * RATE
    heard = plain(base.recognise(sound).text)
    assert heard.count("inference nothing is dropped") == 4
    assert heard.count("output gate") == 4


def test_a_quick_look_gives_the_same_words_but_for_details(base: Recogniser) -> None:
    quick = base.recognise(said(DROPOUT), quick=True)
    assert set(plain(quick.text).split()) >= {"switches", "units", "random", "training"}
    assert [word.start for word in quick.words] == sorted(word.start for word in quick.words)
    assert quick.language == ""


def test_the_smaller_model_hears_too() -> None:
    tiny = VoiceParts(model_settings(stt="whisper-tiny.en")).recogniser
    heard = tiny.recognise(said(DROPOUT))
    assert "at random during training" in heard.text.lower()
    assert heard.language == ""  # it knows one


def test_the_parts_are_made_once_and_warm(parts: VoiceParts) -> None:
    parts.warm()
    assert parts.recogniser is parts.recogniser is parts.quick
    assert parts.synthesiser is parts.synthesiser
    assert parts.detector() is not parts.detector()


@pytest.mark.parametrize(
    ("options", "error", "reason"),
    [
        ({"stt": "bge-small-en-v1.5"}, UsageError, "no model that hears"),
        ({"stt": "whisper-huge"}, WeightsError, "no model named"),
    ],
)
def test_a_name_that_hears_nothing_is_refused(options: dict[str, object], error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        _ = VoiceParts(model_settings(**options)).recogniser


def test_a_folder_without_a_model_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be loaded"):
        WhisperRecogniser(tmp_path, SpeechFinder(SileroDetector), version="none")


def test_a_voice_is_a_known_one_or_the_browsers() -> None:
    assert VoiceParts(model_settings(tts="none")).synthesiser is None
    with pytest.raises(UsageError, match="no voice"):
        _ = VoiceParts(model_settings(tts="robot")).synthesiser
