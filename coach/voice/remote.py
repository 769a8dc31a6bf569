"""Speech by an OpenAI-compatible server: `/audio/transcriptions` and `/audio/speech`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from coach.errors import ModelError
from coach.models.remote_chat import is_loopback
from coach.spoken import Transcript, Word
from coach.voice.pieces import joined, padded, placed
from coach.voice.sound import RATE, Samples, clipped, from_int16, wav_bytes
from coach.voice.speech_in import SpeechFinder

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types.audio import TranscriptionVerbose

    from coach.settings import Settings

SPEECH_RATE = 24_000  # of `pcm` in that protocol
BLOCK = 9_600  # bytes handed on at once: 0.2 s
VOICE = "alloy"


class RemoteRecogniser:
    """Sends what is speech in a recording, and nothing else of it."""

    def __init__(self, model: str, settings: Settings, finder: SpeechFinder) -> None:
        """Nothing is connected to yet. Raises ModelError when a key is needed and none is set."""
        self.name, self._model, self._finder = f"openai:{model}", model, finder
        self._client, self._who = _client(settings), _who(model, settings)

    def recognise(self, samples: Samples, *, terms: Sequence[str] = (), quick: bool = False) -> Transcript:
        """See the protocol."""
        speech = self._finder.find(samples)
        piece = padded(speech.spans, len(samples))
        words: list[Word] = []
        language = ""
        if piece:
            sound = joined(samples, piece)
            reply = self._ask(sound, terms)
            language = _code(reply.language)
            words = [placed(word, piece) for word in _words(reply, len(sound) / RATE)]
        return Transcript(
            words=tuple(words),
            seconds=len(samples) / RATE,
            speech=speech.seconds,
            clipped=clipped(samples),
            language=language,
            recogniser=self.name,
        )

    def _ask(self, sound: Samples, terms: Sequence[str]) -> TranscriptionVerbose:
        import openai
        from openai.types.audio import TranscriptionVerbose

        try:
            reply = self._client.audio.transcriptions.create(
                file=("speech.wav", wav_bytes(sound, RATE), "audio/wav"),
                model=self._model,
                response_format="verbose_json",
                timestamp_granularities=["word", "segment"],
                temperature=0,
                prompt=", ".join(terms) if terms else openai.omit,
            )
        except openai.OpenAIError as error:
            raise _explained(error, self._who) from error
        if not isinstance(reply, TranscriptionVerbose) or not isinstance(reply.text, str):
            raise ModelError(f"{self._who} does not give `verbose_json`. Use a Whisper model there, or set COACH_STT to a local one.")
        return reply


class RemoteSynthesiser:
    """Streams the sound as the server makes it."""

    def __init__(self, model: str, settings: Settings) -> None:
        """Nothing is connected to yet. Raises ModelError when a key is needed and none is set."""
        self.name, self.rate = f"openai:{model}", SPEECH_RATE
        self._model, _, voice = model.partition("/")
        self._voice = voice or VOICE
        self._client, self._who = _client(settings), _who(model, settings)

    def speak(self, text: str) -> Iterator[Samples]:
        """See the protocol."""
        if not text.strip():
            return
        request = self._client.audio.speech.with_streaming_response
        try:
            with request.create(model=self._model, voice=self._voice, input=text, response_format="pcm") as response:
                rest = b""
                for block in response.iter_bytes(BLOCK):
                    rest += block
                    whole = len(rest) // 2 * 2
                    if whole:
                        yield from_int16(rest[:whole])
                    rest = rest[whole:]
        except Exception as error:  # where the sound breaks off, it is one of the HTTP library that the client happens to use
            raise _explained(error, self._who) from error


def _client(settings: Settings) -> OpenAI:
    import openai

    base = settings.voice_base_url.rstrip("/")
    key = settings.voice_api_key.get_secret_value() if settings.voice_api_key else ""
    try:
        return openai.OpenAI(
            base_url=base or None,
            api_key=key or ("none" if base else None),  # a key from the environment is for its own place alone
            timeout=settings.llm_timeout,
            max_retries=1,
            http_client=openai.DefaultHttpxClient(trust_env=not is_loopback(base)),  # no proxy to the loopback
        )
    except openai.OpenAIError as error:
        raise ModelError("No key is set for speech by OpenAI. Set COACH_VOICE_API_KEY, or OPENAI_API_KEY, or a local model.") from error


def _explained(error: Exception, who: str) -> ModelError:
    """The error as a person can mend it."""
    import openai

    kind = type(error).__name__
    if isinstance(error, openai.APIStatusError):
        match error.status_code:
            case 401 | 403:
                mend = "It refused the key. Set COACH_VOICE_API_KEY to a valid one."
            case 404:
                mend = "It is not known at that address. Check the name in COACH_STT or COACH_TTS, and COACH_VOICE_BASE_URL."
            case 429:
                mend = "The rate is limited or the quota used up. Wait a little, or use a local model."
            case status:
                mend = f"It answered with an error ({status}). Try again later, or use a local model."
    elif "Timeout" in kind:
        mend = "It did not answer in time. Set COACH_LLM_TIMEOUT higher, or use a local model."
    elif isinstance(error, openai.APIConnectionError) or kind in ("RemoteProtocolError", "ReadError"):
        mend = "It cannot be reached, or broke off. Check COACH_VOICE_BASE_URL and that the server runs."
    else:
        mend = f"Its answer cannot be read ({kind}). Check that COACH_VOICE_BASE_URL leads to a speech API."
    return ModelError(f"{who} cannot be used. {mend}")


def _who(model: str, settings: Settings) -> str:
    return f"The speech model {model}" + (f" at {settings.voice_base_url}" if settings.voice_base_url else "")


def _code(language: str | None) -> str:
    """An ISO 639-1 code; that protocol names languages in English, and what is not English is only told from it."""
    name = (language or "").casefold()
    return {"english": "en"}.get(name, name[:2] if len(name) == 2 else name)


def _words(reply: TranscriptionVerbose, seconds: float) -> list[Word]:
    """The words with their times, spread evenly where the server gives none; probabilities are those of their segments."""
    sure = [(part.start, part.end, min(1.0, math.exp(part.avg_logprob))) for part in reply.segments or ()]

    def probability(at: float) -> float:
        return next((value for start, end, value in sure if start <= at <= end), 1.0)

    if reply.words:
        times = [(row.word.strip(), max(0.0, row.start), max(0.0, row.start, row.end)) for row in reply.words]
    else:
        texts = reply.text.split()
        each = seconds / max(1, len(texts))
        times = [(text, n * each, (n + 1) * each) for n, text in enumerate(texts)]
    return [Word(text=text, start=start, end=end, probability=probability((start + end) / 2)) for text, start, end in times if text]
