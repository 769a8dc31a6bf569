"""Speech by an OpenAI-compatible server, against a real one on the loopback."""

from __future__ import annotations

import io
import wave
from http.server import BaseHTTPRequestHandler

import numpy as np
import pytest
from model_home import model_settings
from speech_server import SpeechServer
from spoken import DROPOUT, hiss, said

from coach.errors import ModelError
from coach.spoken import Word
from coach.voice.parts import VoiceParts
from coach.voice.sound import to_int16

HEARD: dict[str, object] = {
    "task": "transcribe",
    "language": "english",
    "duration": 2.0,
    "text": "Units off.",
    "words": [{"word": "Units", "start": 0.25, "end": 0.75}, {"word": "off.", "start": 0.75, "end": 1.25}],
    "segments": [
        {
            "id": 0, "seek": 0, "start": 0.0, "end": 2.0, "text": "Units off.", "tokens": [], "temperature": 0.0,
            "avg_logprob": -0.105, "compression_ratio": 1.0, "no_speech_prob": 0.0,
        }
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "COACH_VOICE_API_KEY", "COACH_VOICE_BASE_URL"):
        monkeypatch.delenv(variable, raising=False)


def parts_at(server: SpeechServer, **more: object) -> VoiceParts:
    return VoiceParts(model_settings(stt="openai:whisper-1", tts="openai:tts-1/nova", voice_base_url=server.url, **more))


def test_the_words_come_with_their_times_in_the_recording() -> None:
    with SpeechServer(HEARD) as server:
        heard = parts_at(server, voice_api_key="secret").recogniser.recognise(said(DROPOUT, before=3.0), terms=["dropout", "ReLU"])
    assert heard.text == "Units off."
    assert (heard.language, heard.recogniser) == ("en", "openai:whisper-1")
    first: Word = heard.words[0]
    assert first.start == pytest.approx(3.3, abs=0.4)  # the silence before was not sent
    assert first.probability == pytest.approx(0.9, abs=0.01)
    [form] = server.forms
    assert form["prompt"] == [b"dropout, ReLU"]
    assert form["model"] == [b"whisper-1"]
    with wave.open(io.BytesIO(form["file"][0])) as sent:
        assert sent.getframerate() == 16_000
        assert sent.getnframes() / 16_000 < heard.seconds - 2.5
    assert server.keys == ["Bearer secret"]


def test_silence_is_not_sent() -> None:
    with SpeechServer(HEARD) as server:
        assert parts_at(server).recogniser.recognise(hiss(3)).words == ()
        assert server.forms == []


def test_a_server_without_word_times_gives_words_all_the_same() -> None:
    bare = {"text": "Units are switched off", "language": "german", "duration": 2.0}
    with SpeechServer(bare) as server:
        heard = parts_at(server).recogniser.recognise(said(DROPOUT))
    assert heard.text == "Units are switched off"
    assert heard.language == "german"
    assert [word.start for word in heard.words] == sorted(word.start for word in heard.words)


def test_a_reply_is_streamed_as_samples() -> None:
    sound = (0.5 * np.sin(np.arange(24_000) / 10)).astype(np.float32)
    with SpeechServer(HEARD, said=to_int16(sound)) as server:
        voice = parts_at(server).synthesiser
        assert voice is not None
        pieces = list(voice.speak("What is dropout?"))
        assert list(voice.speak("  ")) == []
    assert voice.rate == 24_000
    assert len(pieces) > 1
    assert np.abs(np.concatenate(pieces) - sound).max() < 1e-3
    [request] = server.texts
    assert (request["model"], request["voice"], request["input"]) == ("tts-1", "nova", "What is dropout?")


@pytest.mark.parametrize("status", [401, 404])
def test_a_refusal_names_the_server_and_the_setting_to_mend(status: int) -> None:
    with SpeechServer(status, said=status) as server:
        parts = parts_at(server)
        with pytest.raises(ModelError, match=f"{server.url}.*COACH_VOICE_"):
            parts.recogniser.recognise(said(DROPOUT))
        assert parts.synthesiser is not None
        with pytest.raises(ModelError, match=server.url):
            list(parts.synthesiser.speak("Hello."))


def test_sound_that_breaks_off_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with SpeechServer(HEARD, said=bytes(48_000)) as server:
        voice = parts_at(server).synthesiser
        assert voice is not None
        monkeypatch.setattr(BaseHTTPRequestHandler, "send_header", _twice_as_long)
        with pytest.raises(ModelError, match="broke off"):
            list(voice.speak("Hello."))


def _twice_as_long(handler: BaseHTTPRequestHandler, name: str, value: str) -> None:
    """A header, which promises twice as much as comes."""
    value = str(2 * int(value)) if name == "Content-Length" else value
    handler._headers_buffer.append(f"{name}: {value}\r\n".encode())  # type: ignore[attr-defined]


def test_without_a_key_for_openai_itself_it_says_how_to_set_one() -> None:
    with pytest.raises(ModelError, match="COACH_VOICE_API_KEY"):
        _ = VoiceParts(model_settings(stt="openai:whisper-1")).recogniser
