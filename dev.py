#!/usr/bin/env python3
"""A newcomer's only script: `start` sets everything up and runs the coach, `test` sets everything up and passes the tests.

It needs Python 3.11 or later and nothing else. What it installs goes into `.venv` beside it; nothing is changed elsewhere but the coach's
own data folder.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
WINDOWS = os.name == "nt"
IN_CI = bool(os.environ.get("CI"))
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

# Two files of tests at a time: each process loads the models that its tests want, and more of them would want more memory than machines
# have to spare. In the order of collection, since what follows the browser in a process finds its event loop still running.
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")

# What is fetched when it is first wanted, or that only tests use.
TEST_MODELS = ("qwen2.5-coder-0.5b-instruct-q4_k_m", "smollm2-135m-instruct-q4_1", "whisper-base", "whisper-tiny.en")

DOWNLOADS = {
    "voice": "320 MB of packages and 75 MB of models are downloaded; the chat model, 1.1 GB, follows while the page already works",
    "dev": "450 MB of packages and, for the tests, 2.0 GB of models are downloaded",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="{start,test,check}")
    commands.add_parser("start", help="install, fetch the small models, serve the page", add_help=False)
    commands.add_parser("test", help="install with the tools for development, then run every check", add_help=False)
    commands.add_parser("check", help="run every check with what is installed", add_help=False)
    options, rest = parser.parse_known_args(arguments)
    if sys.version_info < (3, 11):  # noqa: UP036 - older ones run this too, to be told
        return _fail(f"Interview Coach needs Python 3.11 or later, and this is {sys.version.split()[0]}. Run dev.py with a later one.")
    return {"start": start, "test": test, "check": check}[options.command](rest)


def start(serve_options: Sequence[str]) -> int:
    """Set up, then serve the page."""
    if missing := missing_libraries():
        print(missing + "\nWithout it the coach still runs, but with the fast grader only.", file=sys.stderr)
    # The chat model follows while the page already works, with its progress on the page and here.
    if not install("voice", otherwise="") or not fetch(COACH_LLM="none"):
        return 1
    command = [str(venv_python()), "-m", "coach.cli", "serve", *serve_options]
    if WINDOWS:
        return _call_until_interrupted(command)
    sys.stdout.flush()
    os.execv(command[0], command)


def test(pytest_options: Sequence[str]) -> int:
    """Set up with the tools for development, then check."""
    if not _has_what_needs_root() or not install("dev"):
        return 1
    home = Path(os.environ.get("COACH_TEST_HOME") or ROOT / ".cache" / "test-home")
    if not (fetch(COACH_HOME=str(home), COACH_LLM="local") and fetch(*TEST_MODELS, COACH_HOME=str(home))):
        return 1
    return run_checks(venv_python(), pytest_options)


def check(pytest_options: Sequence[str]) -> int:
    """Check with what is installed: the environment that this runs in, else `.venv`."""
    python = Path(sys.executable) if sys.prefix != sys.base_prefix or not venv_python().exists() else venv_python()
    return run_checks(python, pytest_options) if _has_what_needs_root() else 1


def run_checks(python: Path, pytest_options: Sequence[str]) -> int:
    """Lint, format, types and tests, each of them run whatever the others say."""
    steps = {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy": ["mypy"],
        "pytest": ["pytest", *SIDE_BY_SIDE, *pytest_options],
    }
    failed = []
    for name, arguments in steps.items():
        print(f"\n=== {name}", flush=True)
        if subprocess.call([str(python), "-m", *arguments], cwd=ROOT) != 0:
            failed.append(name)
    print(f"\n{'Failed: ' + ', '.join(failed) if failed else 'All checks passed'}.")
    return 1 if failed else 0


def install(extra: str, otherwise: str | None = None) -> bool:
    """Make `.venv` hold the package as `pyproject.toml` describes it now; False, with the reason said, when that fails.

    Where the extra cannot be had, `otherwise` is taken in its place, and the extra not asked for again until `pyproject.toml` changes.
    """
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + sys.version.encode()).hexdigest()
    if venv_python().exists() and _stamped(wanted, extra):
        return True
    print(f"Setting up {VENV}: about {DOWNLOADS[extra]}. What is here already is kept.", file=sys.stderr, flush=True)
    STAMP.unlink(missing_ok=True)
    if not venv_python().exists():
        try:
            venv.create(VENV, with_pip=True, clear=VENV.exists())
        except (OSError, subprocess.CalledProcessError) as error:
            shutil.rmtree(VENV, ignore_errors=True)
            _fail(f"The environment could not be made ({error}). On Debian and Ubuntu: sudo apt-get install python3-venv")
            return False
    if not _pip(extra):
        if otherwise is None or not _pip(otherwise):
            _fail("pip could not install the packages; what it said is above. Running this again goes on from what pip has kept.")
            return False
        again = f"{venv_python()} -m pip install --editable '{ROOT}[{extra}]'"
        print(f"The packages for “{extra}” could not be had, so the coach does without. To try again: {again}", file=sys.stderr)
    STAMP.write_text(json.dumps({"wanted": wanted, "extra": extra}), encoding="utf-8")
    return True


def _pip(extra: str) -> bool:
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    package = f"{ROOT}[{extra}]" if extra else str(ROOT)
    command = [str(venv_python()), "-m", "pip", "--disable-pip-version-check", "install", "--no-input", *quiet, "--editable", package]
    return subprocess.call(command) == 0


def fetch(*names: str, **variables: str) -> bool:
    """Fetch models, by default those that the settings need, with bars on the terminal; what is here already is left alone."""
    command = [str(venv_python()), "-m", "coach.cli", "models", "pull", "--json", *names]
    return subprocess.call(command, env=os.environ | variables, stdout=subprocess.DEVNULL) == 0


def missing_libraries() -> str:
    """What to install when the OpenMP runtime of the local chat model is not here; nothing when it is."""
    if not sys.platform.startswith("linux") or ctypes.util.find_library("gomp"):
        return ""
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError:
        return "The library libgomp is missing, which the local chat model needs. Install it with: sudo apt-get install libgomp1"
    return ""


def missing_browser() -> str:
    """What to install when there is no Chromium for the browser tests; nothing when there is."""
    if any(shutil.which(name) for name in CHROMIUM):
        return ""
    how = "sudo apt-get install chromium" if sys.platform.startswith("linux") else "install Chromium and put `chromium` on PATH"
    return f"Chromium is missing, which the browser tests need: {how}"


def venv_python() -> Path:
    """The Python of `.venv`."""
    return VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")


def _has_what_needs_root() -> bool:
    missing = [message for message in (missing_libraries(), missing_browser()) if message]
    for message in missing:
        print(message, file=sys.stderr)
    if missing and not IN_CI:
        print("The tests that need it are skipped or fail.", file=sys.stderr)
    return not (missing and IN_CI)


def _stamped(wanted: str, extra: str) -> bool:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return stamp.get("wanted") == wanted and stamp.get("extra") in (extra, "dev")


def _call_until_interrupted(command: Sequence[str]) -> int:
    with subprocess.Popen(command) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # the server has had the same key press, and ends by itself


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
