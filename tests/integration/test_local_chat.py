"""The local chat model, for real: the child process, its queue, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from model_home import SMALL, TINY, model_file, model_settings
from pydantic import BaseModel, Field

from coach.errors import ModelError
from coach.models.chat import open_chat
from coach.models.child import Child
from coach.models.local_chat import LocalChat

pytestmark = pytest.mark.chat


@pytest.fixture(scope="module")
def tiny() -> Iterator[LocalChat]:
    chat = LocalChat("tiny", model_file(TINY), model_settings())
    yield chat
    chat.close()


@pytest.fixture(scope="module")
def small() -> Iterator[LocalChat]:
    chat = LocalChat("small", model_file(SMALL), model_settings())
    yield chat
    chat.close()


def ask(chat: LocalChat, prompt: str = "Say hello.") -> str:
    return "".join(chat.stream("You are brief.", prompt, max_tokens=5))


def is_gone(pid: int, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_after_kill_9_the_next_call_works(tiny: LocalChat) -> None:
    before = ask(tiny)
    killed = tiny.served.pid
    assert killed
    os.kill(killed, signal.SIGKILL)
    assert ask(tiny) == before
    assert tiny.served.pid != killed


def test_a_stream_whose_child_is_killed_ends_in_an_error_and_the_next_call_works(tiny: LocalChat) -> None:
    stream = tiny.stream("You are helpful.", "Tell me a long story.", max_tokens=2000)
    next(stream)
    assert tiny.served.pid
    os.kill(tiny.served.pid, signal.SIGKILL)
    with pytest.raises(ModelError, match="broke off"):
        list(stream)
    assert ask(tiny)


def test_a_model_that_cannot_be_started_again_is_a_clear_error(tmp_path: Path) -> None:
    link = tmp_path / "model.gguf"
    link.symlink_to(model_file(TINY))
    chat = LocalChat("tiny", link, model_settings())
    ask(chat)
    assert chat.served.pid
    link.unlink()
    os.kill(chat.served.pid, signal.SIGKILL)
    with pytest.raises(ModelError, match=r"model\.gguf could not be loaded"):
        ask(chat)
    chat.close()


@pytest.mark.parametrize("length", [4, 1_000_000])
def test_a_damaged_model_file_is_a_clear_error(tmp_path: Path, length: int) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(model_file(TINY).read_bytes()[:length])
    chat = open_chat(model_settings(llm=f"gguf:{path}"))
    assert chat is not None
    with pytest.raises(ModelError, match=r"cut\.gguf could not be loaded"):
        ask(chat)
    chat.close()


PARENT = """
import sys
from pathlib import Path
from coach.models.local_chat import LocalChat
from coach.settings import Settings
chat = LocalChat("tiny", Path(sys.argv[1]), Settings())
chat.served.start()
print(chat.served.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_child_is_gone_within_two_seconds_of_its_parents_end(end: signal.Signals) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", PARENT, str(model_file(TINY))]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert psutil.pid_exists(child)
        parent.send_signal(end)
        parent.wait(10)
    assert is_gone(child, 2.0)


def test_the_server_refuses_whoever_has_no_key_and_the_key_is_in_no_list_of_processes() -> None:
    child = Child(model_file(TINY), threads=1, context=512)
    try:
        body = {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}
        url = f"{child.address}/v1/chat/completions"
        assert httpx.post(url, json=body, trust_env=False).status_code == 401
        assert httpx.post(url, json=body, headers={"Authorization": "Bearer guess"}, trust_env=False).status_code == 401
        assert httpx.post(url, json=body, headers={"Authorization": f"Bearer {child.key}"}, trust_env=False, timeout=60).status_code == 200
        process = psutil.Process(child.pid)
        assert child.key not in " ".join([*process.cmdline(), *process.environ().values()])
        addresses = {c.laddr.ip for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN}
        assert addresses == {"127.0.0.1"}
    finally:
        child.close()
    assert is_gone(child.pid, 0.1)


def test_a_second_call_waits_its_turn(tiny: LocalChat) -> None:
    said: list[str] = []
    first = tiny.stream("You are helpful.", "Count from one to twenty.", max_tokens=30)
    next(first)
    second = threading.Thread(target=lambda: said.extend(tiny.stream("s", "u", max_tokens=3)))
    second.start()
    while tiny.served.turns.waiting == 0:
        time.sleep(0.01)
    list(first)
    second.join(30)
    assert said
    assert tiny.served.turns.waiting == 0


def test_waiting_can_be_stopped(tiny: LocalChat) -> None:
    stop = threading.Event()
    stop.set()
    first = tiny.stream("You are helpful.", "Count from one to twenty.", max_tokens=30)
    next(first)
    with pytest.raises(ModelError, match="Stopped while waiting"):
        list(tiny.stream("s", "u", max_tokens=3, stop=stop))
    first.close()
    assert tiny.served.turns.waiting == 0


def test_a_stream_comes_in_pieces_and_can_be_stopped(tiny: LocalChat) -> None:
    pieces = list(tiny.stream("You are helpful.", "Count from one to twenty.", max_tokens=12))
    assert len(pieces) > 3
    stop = threading.Event()
    started = time.monotonic()
    for _ in tiny.stream("You are helpful.", "Tell me a long story.", max_tokens=2000, stop=stop):
        stop.set()
    ask(tiny)
    assert time.monotonic() - started < 15, "the model went on writing after it was stopped"


class Place(BaseModel):
    city: str
    sentences: int = Field(ge=0, le=9)


def test_a_reply_comes_in_the_form_that_was_asked_for(small: LocalChat) -> None:
    reply = small.structured("Extract what is asked.", "Anna lives in Lyon. One sentence.", Place)
    assert isinstance(reply, Place)
    assert "Lyon" in reply.city


def test_an_answer_that_does_not_fit_is_said_to_be_too_long(tiny: LocalChat) -> None:
    with pytest.raises(ModelError, match="too long for SmolLM2"):
        ask(tiny, "word " * 9000)
    assert ask(tiny)


def test_a_proxy_in_the_environment_does_not_come_between(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    chat = LocalChat("tiny", model_file(TINY), model_settings())
    try:
        assert ask(chat)
        assert "".join(chat.stream("You are brief.", "Say hello.", max_tokens=5))
    finally:
        chat.close()


def test_a_closed_model_says_so_and_leaves_no_process() -> None:
    chat = LocalChat("tiny", model_file(TINY), model_settings())
    chat.served.start()
    pid = chat.served.pid
    assert pid
    chat.close()
    assert is_gone(pid, 0.1)
    with pytest.raises(ModelError, match="was closed"):
        ask(chat)
