"""The benchmark of speech with a real voice, the real recogniser and detector, and the coach's real ears: a case or two of each part."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from model_home import model_settings

from coach.bank.markdown import parse_question
from coach.domain import Question
from coach.voice.parts import VoiceParts
from coach.wiring import corpus_folder
from eval.bench import Benchmark, Options
from eval.run import result_of
from eval.voice import fillers, parts, turns, words
from eval.voice.turns import TurnValues
from eval.voice.words import HeardValues

pytestmark = pytest.mark.model


class Banks:
    """The corpus, read where it is asked for."""

    def question(self, bank: str, id: str) -> Question:
        path = corpus_folder() / bank / f"{id}.md"
        return parse_question(path.read_text(encoding="utf-8"), bank=bank, id=id, source=path.name)

    def questions(self, bank: str) -> list[Question]:
        return []


@pytest.fixture(scope="module")
def coach() -> Any:
    """All of a coach that speech needs."""
    settings = model_settings(llm="none")
    voice = VoiceParts(settings)
    voice.warm()
    return SimpleNamespace(settings=settings, store=Banks(), voice=voice)


def only(benchmarks: list[Benchmark]) -> Benchmark:
    (bench,) = benchmarks
    return bench


def options(out: Path, limit: int, *voices: str) -> Options:
    return Options(out=out, limit=limit, voices=voices or ("hibari",))


def test_a_sentence_is_heard_clean_and_in_noise_and_kept(coach: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = options(tmp_path, 2)
    result = result_of("voice-words", only(words.benchmarks(coach, asked)), asked, ready=lambda: None)
    assert [row.case.id for row in result.rows] == ["25-hibari-clean", "25-hibari-noisy"]
    assert result.metrics["clean.shipped.wer"].value <= 0.2
    assert 0 <= result.metrics["noisy.shipped.wer"].value <= 1
    heard = HeardValues.model_validate(result.rows[0].outcome.values)
    assert "backpropagation" in heard.ways["shipped"].text.casefold()

    monkeypatch.delattr(coach, "voice")  # nothing is heard again
    again = result_of("voice-words", only(words.benchmarks(coach, asked)), asked, ready=lambda: None)
    assert again.metrics == result.metrics


def test_a_turn_with_a_pause_to_think_is_one_turn_to_the_end(coach: Any, tmp_path: Path) -> None:
    asked = options(tmp_path, 1)
    result = result_of("voice-turns", only(turns.benchmarks(coach, asked)), asked, ready=lambda: None)
    values = TurnValues.model_validate(result.rows[0].outcome.values)
    assert values.cut_off == 0
    assert values.pauses == values.finished_pauses == 1
    assert values.text == "" or "regulari" in values.text.casefold()  # on a machine that is too busy the end comes after the recording


def test_fillers_and_what_the_parts_take_are_measured(coach: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "CLIPS", 2)
    asked = options(tmp_path, 1)
    result = result_of("voice-fillers", only(fillers.benchmarks(coach, asked)), asked, ready=lambda: None)
    assert result.metrics["survive"].n == 1
    assert "dropout" in result.rows[0].outcome.reason.casefold().replace(" ", "")

    measured = result_of("voice-parts", only(parts.benchmarks(coach, asked)), options(tmp_path, 5), ready=lambda: None)
    figures = {name: metric.value for name, metric in measured.metrics.items()}
    assert set(figures) == {"recogniser_rtf", "quick_rtf", "synthesiser_rtf", "first_audio_ms", "detector_rtf"}
    assert all(value > 0 for value in figures.values())
