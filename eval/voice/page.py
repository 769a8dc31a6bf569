"""How long a candidate waits in the running page: from the end of what they say to the first sound of the reply.

A real server, a real Chromium, and a microphone that says answers aloud when it is the candidate's turn. The time is taken in the page,
from the last sample that the microphone gave to the first that the page played. `python -m eval.voice.page --turns 20`.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from coach.bank.markdown import parse_question
from coach.domain import Frozen, Question
from coach.errors import CoachError, UsageError
from coach.settings import load_settings
from coach.voice.sound import RATE, to_int16
from coach.wiring import corpus_folder
from eval.memory import memory_mb
from eval.voice.speakers import Speaker, said, speakers

if TYPE_CHECKING:
    from playwright.sync_api import Page

FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--autoplay-policy=no-user-gesture-required")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SCRIPT = Path(__file__).parent / "fake_microphone.js"
BANK = "deep-learning"
QUESTIONS = 20  # of an interview; when it is over and more turns are wanted, another one begins
LEAST_WORDS = 18  # of an answer: a real one has more than a sentence
UP, TURN, REPLY, LISTEN = 600, 300, 30, 4  # seconds to wait: for the server, for the candidate's turn, for a reply, for more of it
HAPPENED = """() => ({
    sounds: fakeVoice.sounds,
    starts: fakeVoice.starts,
    heard: fakeVoice.messages.filter(({type}) => type === "heard").map(({at}) => at),
    sent: fakeVoice.messages.filter(({type}) => type === "sound").map(({at}) => at),
})"""


class Wait(Frozen):
    """One turn. Times are seconds from the end of what was said; None where that did not come."""

    spoken: float  # how long the candidate spoke
    heard: float | None  # until the transcript was there
    sent: float | None  # until the first sound of the reply had arrived
    sounded: float | None  # until it could be heard
    reacted: float | None  # until the word or two that a reply begins with were over, and it came to what the answer holds
    early: bool  # whether the page made a sound before the candidate was done
    memory_mb: float = 0.0  # of the server, afterwards


class Start(Frozen):
    """A stretch of sound that the page played: when it was heard, and the sentence that it is of."""

    at: float
    text: str


class Happened(Frozen):
    """What happened in the page since it was opened, in its own milliseconds."""

    sounds: tuple[float, ...]
    starts: tuple[Start, ...]
    heard: tuple[float, ...]
    sent: tuple[float, ...]


def figures(waits: Sequence[Wait]) -> dict[str, float]:
    """Medians, 95th percentiles and the longest wait, in seconds, of the turns that got a reply; not numbers where none did."""
    found: dict[str, float] = {"turns": len(waits), "replied": sum(wait.sounded is not None for wait in waits)}
    for name in ("heard", "sounded", "reacted"):
        times = [time for wait in waits if (time := getattr(wait, name)) is not None] or [float("nan")]
        found |= {
            f"{name}_median": round(float(np.median(times)), 3),
            f"{name}_p95": round(float(np.percentile(times, 95)), 3),
            f"{name}_most": max(times),
        }
    memory = [wait.memory_mb for wait in waits] or [float("nan")]
    return found | {"early": sum(wait.early for wait in waits), "memory_mb_first": memory[0], "memory_mb_last": memory[-1]}


def main(
    turns: Annotated[int, typer.Option(min=1, help="How many turns are spoken.")] = 20,
    voice: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Who speaks, in turn; every natural voice unless given.")] = None,
    llm: Annotated[str, typer.Option(help="The chat model, as COACH_LLM.")] = "none",
    home: Annotated[Path | None, typer.Option(help="A home whose library is indexed: a copy of it saves the time that this takes.")] = None,
    mock: Annotated[bool, typer.Option(help="A mock interview instead of practice.")] = False,
    out: Annotated[Path, typer.Option(help="Where the waits are written, as voice-page.json.")] = Path("eval-out"),
) -> None:
    """Measure how long a candidate waits for the reply, in the running page."""
    try:
        voices = speakers(voice or ())
        if recorded := [each.name for each in voices if each.folder is not None]:
            raise UsageError(f"What is said here depends on the questions that come, and {recorded[0]} is recorded. Choose other voices.")
        waits = measure(turns, voices, llm=llm, mock=mock, home=home)
    except CoachError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from error
    out.mkdir(parents=True, exist_ok=True)
    report = {"figures": figures(waits), "turns": [wait.model_dump() for wait in waits]}
    (out / "voice-page.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(report["figures"]))


def measure(turns: int, voices: Sequence[Speaker], *, llm: str = "none", mock: bool = False, home: Path | None = None) -> list[Wait]:
    """So many turns, each by the next of the voices. Raises CoachError when the server, the browser or the talk does not come up."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ModuleNotFoundError as error:
        raise CoachError("This needs playwright: pip install playwright") from error
    browser_path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser_path is None:
        raise CoachError("Chromium is not installed: sudo apt-get install chromium")
    waits: list[Wait] = []
    with serving(llm, home) as (url, server), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=list(FLAGS))
        page = browser.new_page()
        page.add_init_script(path=SCRIPT)
        try:
            while len(waits) < turns:
                before = len(waits)
                begin(page, url, mock=mock)
                for wait in _interview(page, voices, turns - before, before):
                    waits.append(wait.model_copy(update={"memory_mb": round(memory_mb(server.pid), 1)}))
                    print(f"turn {len(waits)}: {waits[-1].model_dump_json()}", file=sys.stderr)
                if len(waits) == before:
                    raise CoachError(f"The talk did not begin: {page.locator('#ic-talk-problem-text').inner_text() or 'no reason given'}")
        except Error as error:
            raise CoachError(f"The page did not do what was expected after {len(waits)} turns: {error.message}") from error
        finally:
            browser.close()
    return waits


def begin(page: Page, url: str, *, mock: bool) -> None:
    """Start an interview and the talk in it."""
    page.goto(url)
    page.get_by_label("Question bank").click()
    page.get_by_role("option", name=re.compile(rf"^{BANK} \(")).click()
    if mock:
        page.get_by_role("radio", name=re.compile("^Mock")).check()
    page.get_by_role("radio", name=str(QUESTIONS), exact=True).check()
    page.get_by_role("button", name="Start the interview").click()
    page.locator(".ic-current .ic-question").wait_for()
    page.locator("#ic-talk-start").click()


def _interview(page: Page, voices: Sequence[Speaker], turns: int, done: int) -> Iterator[Wait]:
    """Speak until so many turns are had or the interview is over. `done` is how many there were before."""
    corpus, said_before = questions(), dict[str, int]()
    for number in range(done, done + turns):
        if not _our_turn(page):
            return
        asked = page.locator(".ic-current .ic-question").inner_text()
        text = answer_to(corpus.get(asked), said_before.get(asked, 0))
        said_before[asked] = said_before.get(asked, 0) + 1
        yield _speak(page, voices[number % len(voices)], text)


def _our_turn(page: Page) -> bool:
    """Wait until the coach listens and is silent; False when the interview is over."""
    page.wait_for_function(
        "() => fakeVoice.state === 'over' || (fakeVoice.state === 'listening' && performance.now() - fakeVoice.loud > 700)",
        timeout=1000 * TURN,
    )
    return str(page.evaluate("fakeVoice.state")) == "listening"


def _speak(page: Page, speaker: Speaker, text: str) -> Wait:
    samples = said(speaker, text)
    sound = base64.b64encode(to_int16(samples)).decode()
    times: dict[str, float] = page.evaluate("([sound, rate]) => fakeVoice.speak(sound, rate)", [sound, RATE])
    page.wait_for_timeout(1000 * len(samples) / RATE)
    limit = times["ends"] + 1000 * REPLY
    page.wait_for_function(
        "([ends, limit]) => performance.now() > limit || fakeVoice.sounds.some((at) => at > ends)", arg=[times["ends"], limit], timeout=0
    )
    page.wait_for_timeout(1000 * LISTEN)
    happened = Happened.model_validate(page.evaluate(HAPPENED))
    return wait_of(times["begins"], times["ends"], happened)


def wait_of(begins: float, ends: float, happened: Happened) -> Wait:
    """What came of a turn that began and ended at these times of the page, in milliseconds."""

    def after(moments: Iterable[float]) -> float | None:
        return next((round((at - ends) / 1000, 3) for at in moments if at > ends), None)

    starts = [start for start in happened.starts if start.at > ends]
    return Wait(
        spoken=round((ends - begins) / 1000, 3),
        heard=after(happened.heard),
        sent=after(happened.sent),
        sounded=after(happened.sounds),
        reacted=after(start.at for start in starts if start.text != starts[0].text),
        early=any(begins < at <= ends for at in happened.sounds),
    )


def answer_to(question: Question | None, number: int) -> str:
    """What the candidate says to a question the first, second or third time that it, or a follow-up to it, is asked."""
    if question is None:
        return "I am not quite sure about that, but I think that it depends on how much data there is and on how noisy the gradient is."
    sentences = re.split(r"(?<=[.!?])\s+", question.answer)
    first = number % len(sentences)
    text = sentences[first]
    for sentence in sentences[first + 1 :]:
        if len(text.split()) >= LEAST_WORDS:
            break
        text += f" {sentence}"
    return text


def questions() -> dict[str, Question]:
    """The bank's questions by their text."""
    files = sorted((corpus_folder() / BANK).glob("*.md"))
    found = [parse_question(path.read_text(encoding="utf-8"), bank=BANK, id=path.stem, source=path.name) for path in files]
    return {question.text: question for question in found}


@contextmanager
def serving(llm: str, indexed: Path | None = None) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server with a home of its own that has our weights: its address, once it answers, and its process. Raises CoachError."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        home = Path(folder) / "home"
        if indexed is None:
            home.mkdir()
        else:
            shutil.copytree(indexed, home, ignore=shutil.ignore_patterns("models", "*.log"))
        weights = load_settings().weights_dir
        weights.mkdir(parents=True, exist_ok=True)
        (home / "models").symlink_to(weights, target_is_directory=True)
        environment = os.environ | {"COACH_HOME": str(home), "COACH_LLM": llm}
        command = [sys.executable, "-m", "coach.cli", "serve", "--port", str(port)]
        log = home / "server.log"
        with log.open("wb") as file:
            process = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process, log)
            yield url, process
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + UP
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=2) as reply:
                if json.load(reply).get("ready"):
                    return
        except (urllib.error.URLError, OSError, ValueError):
            pass
        time.sleep(0.5)
    raise CoachError(f"The server did not come up: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


if __name__ == "__main__":
    typer.run(main)
