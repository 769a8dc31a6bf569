"""Sets up and starts the coach, or sets up and runs its checks, with nothing but Python 3.11 or later.

    python3 dev.py start [options of `coach serve`]
    python3 dev.py test
"""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
ENCODERS = ("embedding", "tokens", "reranker")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")


def main() -> int:
    """Do what was asked; the exit code of what ran last."""
    command, *options = sys.argv[1:] or ["help"]
    if sys.version_info < (3, 11):
        print(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 1
    if command == "start":
        need_libgomp()
        install("")
        fetch_encoders()
        return run("-m", "coach.cli", "serve", *options)
    if command == "test":
        need_libgomp()
        need_chromium()
        install("[dev]")
        return check()
    print(__doc__)
    return 0 if command in ("help", "-h", "--help") else 2


def need_libgomp() -> None:
    """Stop with the install command when the local model's runtime would not load."""
    if sys.platform == "linux" and ctypes.util.find_library("gomp") is None:
        sys.exit("The local model needs libgomp. Install it with: sudo apt-get install libgomp1")


def need_chromium() -> None:
    """The browser tests need Chromium: without it they are skipped, and in CI that is a failure."""
    if any(shutil.which(name) for name in CHROMIUM) or os.environ.get("COACH_CHROMIUM"):
        return
    message = "The browser tests need Chromium. Install it with: sudo apt-get install chromium"
    if os.environ.get("CI"):
        sys.exit(message)
    print(f"{message}\nGoing on without them.", file=sys.stderr)


def install(extra: str) -> None:
    """Make .venv and install the project into it, unless just this was done before."""
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + extra.encode()).hexdigest()
    stamp = VENV / f"installed{extra}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print("Setting up .venv: about 300 MB of packages to download, once.", file=sys.stderr)
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--upgrade", "pip"], check=True)
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--editable", f"{ROOT}{extra}"], check=True)
    stamp.write_text(wanted, encoding="utf-8")


def fetch_encoders() -> None:
    """Fetch the models of the quick check, about 100 MB, with progress; nothing to do when they are here."""
    if code := run("-m", "coach.cli", "models", "pull", *ENCODERS):
        sys.exit(code)


def check() -> int:
    """Lint, format, types, tests: the first failure's exit code."""
    for step in (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("pytest",),
    ):
        print(f"== {' '.join(step)}", flush=True)
        if code := run("-m", *step):
            return code
    return 0


def run(*arguments: str) -> int:
    """Run the environment's Python here, its output ours."""
    return subprocess.run([str(PYTHON), *arguments], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
