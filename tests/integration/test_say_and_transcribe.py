"""`coach say` and `coach transcribe`, one after the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import pytest
from model_home import model_settings
from spoken import hiss

from coach.models import weights
from coach.voice.hibari import HibariSynthesiser
from coach.voice.sound import RATE, write_wav

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = model_settings()
    weights.pull("whisper-base", settings)
    place = tmp_path_factory.mktemp("home")
    (place / "models").symlink_to(settings.weights_dir)
    return place


def coach(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COACH_")}
    command = [sys.executable, "-m", "coach.cli", "--home", str(home), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=kept | {"COACH_LLM": "none"}, cwd=ROOT, check=False)


def test_the_coach_s_voice_begins_with_its_first_word() -> None:
    voice = HibariSynthesiser()
    for text in ("Okay.", "Right. Let us go on."):
        for piece in voice.speak(text):
            assert (abs(piece[: voice.rate // 5]) > 0.01).any(), "a silence of 0.2 s before the first word"


def test_what_is_said_is_written_down_again(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "said.wav"
    said = coach(home, "say", "An **LSTM** has an input gate. It controls the cell state.", "--out", str(file), "--json")
    assert said.returncode == 0, said.stderr
    told = json.loads(said.stdout)
    with wave.open(str(file)) as sound:
        assert told["seconds"] == pytest.approx(sound.getnframes() / sound.getframerate(), abs=0.01)
        assert told["rate"] == sound.getframerate() == 24_000

    plain = coach(home, "transcribe", str(file), "--term", "LSTM")
    assert plain.returncode == 0, plain.stderr
    assert "LSTM has an input gate" in plain.stdout
    assert len(plain.stdout.splitlines()) == 1

    heard = json.loads(coach(home, "transcribe", str(file), "--term", "LSTM", "--json").stdout)
    assert heard["text"] == plain.stdout.strip()
    assert [word["text"] for word in heard["words"]] == heard["text"].split()
    assert heard["words"][-1]["end"] <= heard["seconds"]


def test_silence_prints_nothing_and_says_so(home: Path, tmp_path: Path) -> None:
    write_wav(tmp_path / "silence.wav", hiss(2), RATE)
    done = coach(home, "transcribe", str(tmp_path / "silence.wav"))
    assert (done.returncode, done.stdout) == (0, "")
    assert "Nobody is heard" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("transcribe", "nowhere.wav"), 1, "not there"),
        (("transcribe", "README.md"), 1, "cannot be read as sound"),
        (("say", "…", "--out", "unsaid.wav"), 2, "nothing in that text"),
        (("say", "Hello."), 2, "--out"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(home: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    done = coach(home, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr
