"""The newcomer's script: what it installs, and what it does when a part of that cannot be had."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import dev  # noqa: E402 - it lies beside the packages, and is none of them

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the double of pip is a shell script")


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a line for each call of a pip that has the packages in the file `there`, such as `` or `voice`."""
    monkeypatch.setattr(dev, "VENV", tmp_path)
    monkeypatch.setattr(dev, "STAMP", tmp_path / "installed.json")
    python, asked = tmp_path / "bin" / "python", tmp_path / "asked"
    python.parent.mkdir()
    asked.touch()
    python.write_text(
        f"""#!/bin/sh
for package; do :; done
extra=$(echo "$package" | sed -n 's/.*\\[\\(.*\\)\\]$/\\1/p')
echo "[$extra]" >> {asked}
grep -qxF "[$extra]" {tmp_path}/there
""",
        encoding="utf-8",
    )
    python.chmod(0o755)
    return asked


def there(asked: Path, *extras: str) -> None:
    asked.with_name("there").write_text("".join(f"[{extra}]\n" for extra in extras), encoding="utf-8")


def test_what_is_installed_is_not_installed_again(asked: Path) -> None:
    there(asked, "voice")
    assert [dev.install("voice", otherwise="") for _ in range(2)] == [True, True]
    assert asked.read_text().split() == ["[voice]"]


def test_without_the_packages_for_talking_the_coach_is_installed_once_and_says_how_to_get_them(
    asked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there(asked, "")
    assert [dev.install("voice", otherwise="") for _ in range(2)] == [True, True]
    assert asked.read_text().split() == ["[voice]", "[]"]
    assert f"pip install --editable '{ROOT}[voice]'" in capsys.readouterr().err


def test_what_cannot_be_had_at_all_is_tried_again_the_next_time(asked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there(asked)
    assert not dev.install("voice", otherwise="")
    assert "could not install" in capsys.readouterr().err
    there(asked, "voice")
    assert dev.install("voice", otherwise="")
    assert asked.read_text().split() == ["[voice]", "[]", "[voice]"]


def test_an_environment_for_development_starts_the_coach_too(asked: Path) -> None:
    there(asked, "dev")
    assert dev.install("dev")
    assert dev.install("voice", otherwise="")
    assert asked.read_text().split() == ["[dev]"]
