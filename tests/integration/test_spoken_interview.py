"""A spoken interview with the real ears, voice and fast grader (Silero, Whisper, Hibari, the encoders), in the time of the sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from model_home import model_settings

from coach.bank.markdown import parse_question
from coach.domain import Document, Hit, Passage, Question, VerdictKind
from coach.events import Setup
from coach.grading.evidence import Encoders
from coach.grading.grader import FastGrader
from coach.models import weights
from coach.models.embedder import OnnxEmbedder
from coach.models.tokens import OnnxTokenEncoder
from coach.models.verdict_encoder import OnnxVerdictEncoder
from coach.session import Session
from coach.settings import Settings
from coach.spoken import Spoken, Transcript
from coach.store import Store
from coach.voice.dialogue import Dialogue
from coach.voice.messages import Heard, Hello, Outgoing, Partial, Played, Points, Said, Say, Stop, WithdrawnReply
from coach.voice.parts import VoiceParts
from coach.voice.phrases import GOODBYE
from coach.voice.sound import RATE, Samples, from_int16, resample
from coach.voice.speakable import sayable
from coach.voice.work import Inline

pytestmark = pytest.mark.model

DROPOUT = Path(__file__).parents[2] / "corpus" / "deep-learning" / "dropout.md"
FIRST = "While training, every unit in a layer is dropped at random with a fixed probability, and a fresh set is drawn for each mini-batch."
SECOND = "No neuron can count on a particular neighbour being there, so they stop co-adapting, and the network overfits less."
SHORT = "It is something against overfitting that people put between the layers of their models."


class OwnPassages:
    def passages_for(self, question: Question, text: str, k: int = 4) -> list[Hit]:
        passage = Passage(id="p", bank=question.bank, document=question.source, text=question.answer, question_id=question.id)
        return [Hit(rank=1, passage=passage, score=1.0, dense=0.8, lexical=5.0)]


@dataclass
class Bench:
    store: Store
    fast: FastGrader
    voice: VoiceParts
    settings: Settings
    retriever: OwnPassages
    full: None = None
    chat: None = None

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Done:
    finished: bool = True
    error: None = None


@dataclass
class Running:
    session: Session
    job: Done


class Desk:
    """Moves sessions at once."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def find(self, session_id: str) -> None:
        return None

    def open(self, session_id: str) -> Session:
        return Session.open(self.bench, session_id)

    def keep_at(self, session_id: str, number: int | None) -> None:
        pass

    def submit(self, session_id: str, text: str, spoken: Spoken | None = None) -> Running:
        session = self.open(session_id)
        list(session.submit(text, spoken))
        return Running(session, Done())

    def resume(self, session_id: str) -> Running:
        return Running(self.open(session_id), Done())

    def skip(self, session_id: str) -> Session:
        raise AssertionError("nobody skips here")

    def not_heard(self, session_id: str, transcript: Transcript, reason: str) -> Session:
        raise AssertionError(f"not heard: {transcript.text} ({reason})")

    def stop(self, session_id: str) -> None:
        raise AssertionError("there is no full check here")


class Talk:
    """A candidate who speaks with the coach's own voice, in a room with a little noise, before a page that plays what is said."""

    def __init__(self, bench: Bench, session: Session) -> None:
        self.bench, self.session_id = bench, session.id
        self.sent: list[Outgoing] = []
        self.now = self._ends = 0.0
        self.echo = 0.0  # how loud the microphone hears what the page plays
        self._heard_back: list[tuple[float, Samples]] = []
        self._plays: dict[int, float] = {}
        self._noise = np.random.default_rng(7)
        self.dialogue = Dialogue(bench, Desk(bench), session.id, self._receive, Inline(), lambda: self.now)
        self.dialogue.message(Hello())

    def say(self, text: str) -> None:
        voice = self.bench.voice.synthesiser
        assert voice is not None
        self._hear(resample(np.concatenate(list(voice.speak(text))), voice.rate, RATE))

    def wait(self, seconds: float) -> None:
        self._hear(np.zeros(round(seconds * RATE), dtype=np.float32))

    def listen(self) -> None:
        self.wait(0.2)
        while self._plays:
            self.wait(0.2)

    def _hear(self, samples: Samples) -> None:
        noisy = samples + 0.001 * self._noise.standard_normal(len(samples)).astype(np.float32)
        for at in range(0, len(noisy), 3200):
            piece = noisy[at : at + 3200]
            self._come_back(piece)
            self.now += len(piece) / RATE
            for reply, ends in [*self._plays.items()]:
                if ends <= self.now:
                    del self._plays[reply]
                    self.dialogue.message(Played(reply=reply))
            self.dialogue.hear(piece)
            self.dialogue.tick()

    def _receive(self, out: Outgoing) -> None:
        self.sent.append(out)
        if isinstance(out, bytes):
            assert self.bench.voice.synthesiser is not None
            samples = resample(from_int16(out[4:]), self.bench.voice.synthesiser.rate, RATE)
            self._heard_back.append((max(self._ends, self.now) + 0.15, samples))
            self._ends = max(self._ends, self.now) + len(samples) / RATE
        elif isinstance(out, Said):
            self._plays[out.reply] = self._ends
        elif isinstance(out, Stop):
            self._plays.pop(out.reply, None)
            self._ends = self.now
            self._heard_back = []

    def _come_back(self, piece: Samples) -> None:
        """Add what the page plays to what the microphone hears, a little later."""
        for since, samples in self._heard_back:
            at = round((self.now - since) * RATE)
            heard = samples[max(0, at) : max(0, at + len(piece))]
            piece[max(0, -at) : max(0, -at) + len(heard)] += self.echo * heard[: len(piece) - max(0, -at)]

    @property
    def said(self) -> str:
        return " ".join(out.text for out in self.sent if isinstance(out, Say))

    @property
    def session(self) -> Session:
        return Session.open(self.bench, self.session_id)


@pytest.fixture(scope="module")
def parts() -> VoiceParts:
    return VoiceParts(model_settings())


@pytest.fixture(scope="module")
def fast() -> FastGrader:
    settings = model_settings()
    embedder, tokens = (weights.pull(name, settings) for name in ("bge-small-en-v1.5", "answerai-colbert-small-v1"))
    encoders = Encoders(
        OnnxEmbedder(embedder, version="e", threads=2),
        OnnxTokenEncoder(tokens, version="t", threads=2),
        OnnxVerdictEncoder(tokens / "tokenizer.json", threads=2),
    )
    return FastGrader(encoders)


@pytest.fixture
def talk(parts: VoiceParts, fast: FastGrader, tmp_path: Path) -> Iterator[Talk]:
    store = Store.open(f"sqlite:///{tmp_path / 'coach.db'}")
    question = parse_question(DROPOUT.read_text(encoding="utf-8"), id="dropout", bank="deep-learning", source="dropout.md")
    store.save_document(Document(name="dropout.md", bank="deep-learning", sha256="0" * 64, questions=(question,), passages=()))
    bench = Bench(store, fast, parts, Settings(home=tmp_path), OwnPassages())
    yield Talk(bench, Session.start(bench, Setup(length=1)))
    store.close()


def test_an_answer_with_a_pause_to_think_is_heard_whole_and_graded(talk: Talk) -> None:
    talk.listen()
    question = talk.session.state.threads[0].question
    assert question.text.split()[-1] in talk.said
    talk.say(FIRST)
    talk.wait(1.7)
    talk.say(SECOND)
    talk.wait(5)
    talk.listen()

    thread = talk.session.state.threads[0]
    answer = thread.turns[0].answer or ""
    for word in ("training", "random", "probability", "mini-batch", "neighbour", "overfit"):
        assert word in answer.replace("neighbor", "neighbour").replace("mini batch", "mini-batch"), answer
    assert sum(isinstance(out, Heard) for out in talk.sent) == sum(isinstance(out, WithdrawnReply) for out in talk.sent) + 1
    assert thread.grade is not None
    assert any(verdict.verdict is VerdictKind.COVERED for verdict in thread.grade.points)
    lit = [out for out in talk.sent if isinstance(out, Points)]
    assert lit
    assert lit[-1].places
    assert sum(isinstance(out, Partial) for out in talk.sent) >= 4

    spoken = thread.turns[0].spoken
    assert spoken is not None
    assert 60 < spoken.delivery.words_per_minute < 250
    open_turn = talk.session.state.open_turn  # a follow-up, or nothing essential was left to ask for
    assert sayable(open_turn.text if open_turn is not None else GOODBYE) in talk.said
    sound = np.concatenate([from_int16(out[4:]) for out in talk.sent if isinstance(out, bytes)])
    assert float(np.sqrt(np.mean(sound**2))) > 0.01


def test_a_candidate_who_breaks_in_is_heard_and_the_coach_stops(talk: Talk) -> None:
    talk.wait(1.5)
    talk.say(SHORT)
    assert any(isinstance(out, Stop) for out in talk.sent)
    talk.wait(5)
    assert "overfitting" in (talk.session.state.threads[0].turns[0].answer or "")
    talk.listen()
    talk.wait(3)
    follow_up = talk.session.state.threads[0].turns[-1]
    assert follow_up.role != "question"
    assert sayable(follow_up.text) in talk.said


@pytest.mark.parametrize("loudness", [0.05, 0.4])
def test_the_coach_does_not_hear_itself(talk: Talk, loudness: float) -> None:
    talk.echo = loudness
    talk.listen()
    talk.wait(6)
    assert not any(isinstance(out, Stop | Heard) for out in talk.sent)
    assert talk.session.state.threads[0].turns[0].answer is None
    talk.say(SHORT)
    talk.wait(8)
    talk.listen()
    assert "overfitting" in (talk.session.state.threads[0].turns[0].answer or "")
    assert not any(isinstance(out, WithdrawnReply) for out in talk.sent)
