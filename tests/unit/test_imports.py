"""Who may import whom, and what an import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import coach

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "coach"
HEAVY = ("torch", "sentence_transformers", "gradio", "chromadb", "langchain", "langchain_core", "onnxruntime", "numpy", "xllamacpp", "bs4")


def imported(path: Path, *, lazily: bool) -> Iterator[str]:
    """The modules that a file imports; `lazily` also those inside functions, never those for type checkers alone."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        elif lazily or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)


def loaded_by(code: str) -> set[str]:
    """The heavy modules that a fresh process has loaded after running some code."""
    ask = f"{code}\nimport sys\nprint(*sorted({HEAVY!r} & sys.modules.keys()))".replace(repr(HEAVY), repr(set(HEAVY)))
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_the_coach_imports_neither_the_benchmarks_nor_the_app_nor_the_tests_but_in_its_eval_command() -> None:
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for module in imported(path, lazily=True)
        if module.partition(".")[0] in ("eval", "app", "tests")
    }
    assert users == {"commands/evaluate.py"}
    assert not [module for module in imported(PACKAGE / "commands" / "evaluate.py", lazily=False) if module.startswith("eval")]


@pytest.mark.parametrize("file", ["events", "interview", "interview_state", "session", "answer_grade", "thread_grade", "corrections"])
def test_an_interview_knows_neither_the_page_nor_the_voice(file: str) -> None:
    modules = list(imported(PACKAGE / f"{file}.py", lazily=True))
    assert not [module for module in modules if module.startswith(("coach.ui", "coach.voice"))]


@pytest.mark.parametrize("code", ["import coach", "import coach.cli", "from coach import Coach, Session, Settings, ingest, Lookup"])
def test_an_import_loads_nothing_heavy(code: str) -> None:
    assert loaded_by(code) <= ({"numpy"} if "Session" in code else set())


def test_help_is_quick_since_it_loads_neither_the_settings_nor_the_domain() -> None:
    code = "import sys\nfrom coach.cli import app\nsys.argv = ['coach']\ntry:\n    app(['--help'])\nexcept SystemExit:\n    pass"
    ask = f"{code}\nprint('LOADED', *sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = set(done.stdout.partition("LOADED")[2].split())
    assert "Usage" in done.stdout
    assert not loaded & {*HEAVY, "pydantic", "sqlalchemy", "httpx", "coach.settings", "coach.domain"}


def test_every_public_name_can_be_had_and_nothing_else() -> None:
    assert list(coach.__all__) == sorted(coach.__all__)
    assert set(coach.__all__) == set(coach._MODULE)
    for name in coach.__all__:
        assert getattr(coach, name) is not None
    with pytest.raises(AttributeError):
        coach.no_such_thing  # noqa: B018
