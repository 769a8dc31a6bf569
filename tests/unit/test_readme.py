"""What the README and the changelog promise is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import typer
from typer.main import get_command

import coach
from coach.cli import app
from coach.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`\n]+)`", README) + re.findall(r"^```\w*\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands() -> set[str]:
    """Every command, as it is typed: `serve`, `models pull`."""
    top = get_command(app)
    assert isinstance(top, typer.core.TyperGroup)
    names = set()
    for name, command in top.commands.items():
        below = getattr(command, "commands", {})
        names |= {f"{name} {sub}" for sub in below} or {name}
    return names


def named_in_the_readme() -> set[str]:
    lines = [line for code in CODE for line in code.splitlines()]
    return {line.removeprefix("coach ") for line in lines if line.startswith("coach ")}


def command_of(line: str) -> str:
    words = line.split()
    return " ".join(words[:2]) if words[0] in ("models", "corpus") else words[0]


def test_every_command_in_the_readme_exists_and_every_command_is_in_it() -> None:
    named = {command_of(line) for line in named_in_the_readme() if line.split()[0].islower()}
    assert named == commands()


@pytest.mark.parametrize("name", coach.__all__)
def test_every_public_name_is_in_the_readme_and_can_be_imported(name: str) -> None:
    assert f"`{name}`" in README
    assert getattr(coach, name) is not None


def test_every_setting_in_the_readme_exists_and_every_setting_is_in_it() -> None:
    tests_own = {"COACH_ARTICLE", "COACH_TEST_HOME", "COACH_TEST_POSTGRES"}
    assert set(re.findall(r"COACH_[A-Z_]+", README)) - tests_own == {f"COACH_{name.upper()}" for name in Settings.model_fields}


def test_every_file_that_the_readme_links_is_here() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert "docs/page.png" in links
    assert [link for link in links if not (ROOT / link).is_file()] == []


def test_the_changelog_begins_with_the_version_of_the_package() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert first is not None
    assert first[1] == version
