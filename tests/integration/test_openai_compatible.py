"""`provider:model`: against the runtime's own server, and against servers that fail."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from faulty_server import GOOD, FaultyServer
from model_home import SMALL, model_file, model_settings
from pydantic import BaseModel

from coach.domain import KeyPoint, Question
from coach.errors import ModelError
from coach.grading.evidence import PointEvidence
from coach.grading.judge import AskingJudge
from coach.models.chat import ChatModel, open_chat
from coach.models.child import Child


class City(BaseModel):
    city: str


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "COACH_LLM_API_KEY", "COACH_LLM_BASE_URL"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(scope="module")
def server() -> Iterator[Child]:
    child = Child(model_file(SMALL), threads=2, context=2048)
    yield child
    child.close()


Connect = Callable[..., ChatModel]


@pytest.fixture
def connect() -> Iterator[Connect]:
    opened: list[ChatModel] = []

    def at(url: str, key: str | None = None, **more: object) -> ChatModel:
        chat = open_chat(model_settings(llm="openai:some-model", llm_base_url=url, llm_api_key=key, **more))
        assert chat is not None
        opened.append(chat)
        return chat

    yield at
    for chat in opened:
        chat.close()


def said(chat: ChatModel, **more: object) -> str:
    return "".join(chat.stream("You are brief.", "Say hello.", max_tokens=8, **more))  # type: ignore[arg-type]


@pytest.mark.chat
def test_a_real_server_streams_judges_and_fills_in_a_form(connect: Connect, server: Child) -> None:
    chat = connect(f"{server.address}/v1", server.key)
    assert chat.local
    assert chat.name == "openai:some-model"
    assert len(said(chat)) > 1
    assert "Lyon" in chat.structured("Extract what is asked.", "Anna lives in Lyon.", City).city


@pytest.mark.chat
def test_a_real_server_judges_every_point_in_one_call(connect: Connect, server: Child) -> None:
    points = tuple(KeyPoint.of(text) for text in ("Dropout switches units off at random.", "Nothing is dropped at inference."))
    question = Question(id="q", bank="b", text="What is dropout?", answer="It drops units.", key_points=points)
    found = [PointEvidence(point, {}, np.zeros((1, 1), np.float32), None, None, None) for point in points]
    chat = connect(f"{server.address}/v1", server.key)
    assert chat.judges
    judged = list(AskingJudge(chat).judge(question, "Units are switched off at random in training.", found))
    assert [evidence.point for evidence, _ in judged] == list(points)
    assert all(sum(shares.values()) == pytest.approx(1) for _, shares in judged)


@pytest.mark.chat
def test_a_wrong_key_at_a_real_server_is_said(connect: Connect, server: Child) -> None:
    chat = connect(f"{server.address}/v1", "wrong")
    for call in (lambda: said(chat), lambda: chat.structured("a", "b", City)):
        with pytest.raises(ModelError, match=r"refused the key \(401\)\. Set COACH_LLM_API_KEY"):
            call()


@pytest.mark.chat
def test_an_address_beside_the_api_is_said(connect: Connect, server: Child) -> None:
    with pytest.raises(ModelError, match="COACH_LLM_BASE_URL"):
        said(connect(f"{server.address}/nothing/here", server.key))


def test_nobody_at_the_address_is_said_within_seconds(connect: Connect) -> None:
    started = time.monotonic()
    with pytest.raises(ModelError, match=r"cannot be reached.*COACH_LLM_BASE_URL"):
        said(connect("http://127.0.0.1:9/v1"))
    assert time.monotonic() - started < 10


HTML = "<html><body>Welcome to the router</body></html>"
NONSENSE = [(200, HTML), (200, '{"hello": 1}'), (200, '{"choices": []}'), (200, "{broken"), (200, '{"choices": null}')]


@pytest.mark.parametrize("reply", NONSENSE, ids=["html", "other json", "no choices", "broken json", "null choices"])
def test_a_server_that_answers_nonsense_is_said(connect: Connect, reply: tuple[int, str]) -> None:
    with FaultyServer(reply) as server:
        chat = connect(server.url)
        for call in (lambda: said(chat), lambda: chat.structured("a", "b", City)):
            with pytest.raises(ModelError, match="answered"):
                call()


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "refused the key"), (403, "refused the key"), (404, "is not known at that address"), (400, "refused the request")],
)
def test_a_refusal_is_said_and_not_repeated(connect: Connect, status: int, words: str) -> None:
    with FaultyServer((status, '{"error": {"message": "no"}}')) as server:
        with pytest.raises(ModelError, match=words):
            said(connect(server.url))
        assert len(server.requests) == 1


@pytest.mark.parametrize(("status", "words"), [(500, "error of its own"), (429, "limits the rate"), (503, "error of its own")])
def test_a_passing_fault_is_tried_three_times(connect: Connect, status: int, words: str) -> None:
    with FaultyServer((status, '{"error": {"message": "busy"}}')) as server:
        with pytest.raises(ModelError, match=words):
            said(connect(server.url))
        assert len(server.requests) == 3


@pytest.mark.parametrize("fault", [(500, "{}"), (429, "{}"), "drop"])
def test_a_server_that_recovers_is_not_an_error(connect: Connect, fault: tuple[int, str] | str) -> None:
    with FaultyServer(fault, (200, GOOD.replace("Well said.", json.dumps('{"city": "Lyon"}')[1:-1]))) as server:
        assert connect(server.url).structured("a", "b", City) == City(city="Lyon")
        assert len(server.requests) == 2


def test_a_server_that_hangs_is_given_up_after_the_timeout_without_another_try(connect: Connect) -> None:
    started = time.monotonic()
    with FaultyServer("hang") as server:
        chat = connect(server.url, llm_timeout=1.0)
        with pytest.raises(ModelError, match="COACH_LLM_TIMEOUT"):
            said(chat)
        assert time.monotonic() - started < 5
        assert len(server.requests) == 1


def test_a_stream_that_is_cut_gives_what_came_and_then_an_error(connect: Connect) -> None:
    with FaultyServer("cut") as server:
        stream = connect(server.url).stream("a", "b", max_tokens=5)
        assert next(stream) == "It starts"
        with pytest.raises(ModelError, match="broke off"):
            next(stream)


def test_prose_instead_of_a_form_is_said_with_what_was_tried(connect: Connect) -> None:
    with FaultyServer((200, GOOD)) as server, pytest.raises(ModelError, match=r"not in the form.*json_schema.*function_calling.*plain"):
        connect(server.url).structured("a", "b", City)


def test_a_json_object_inside_prose_is_found(connect: Connect) -> None:
    reply = GOOD.replace("Well said.", json.dumps('Sure! ```json\n{"city": "Lyon"}\n``` Anything else?')[1:-1])
    with FaultyServer((400, '{"error": {"message": "response_format is not supported"}}'), (400, "{}"), (200, reply)) as server:
        assert connect(server.url).structured("a", "b", City) == City(city="Lyon")


def test_a_providers_own_key_is_not_sent_to_another_address(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-private")
    with FaultyServer((401, "{}")) as server:
        with pytest.raises(ModelError):
            said(connect(server.url))
        assert "sk-private" not in str(server.requests)


def test_a_stop_before_the_first_word_ends_the_stream(connect: Connect) -> None:
    stop = threading.Event()
    stop.set()
    with FaultyServer("cut") as server:
        assert said(connect(server.url), stop=stop) == ""


@pytest.mark.parametrize(
    ("llm", "words"),
    [
        ("openai:gpt-4o-mini", r"No key is set for openai\. Set COACH_LLM_API_KEY, or OPENAI_API_KEY"),
        ("groq:llama", r"needs a package of its own\. Install it with `pip install langchain-groq`"),
        ("nobody:model", r"is no provider that LangChain knows"),
        ("gpt-4o-mini", r"names no model"),
        ("gguf:/no/such/file.gguf", r"names no file"),
        ("gguf:", r"names no file"),
        (f"gguf:{__file__}", r"is not a GGUF file"),
        ("local:bge-small-en-v1.5", r"is not a chat model"),
    ],
)
def test_a_setting_that_cannot_work_says_how_to_mend_it(llm: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        open_chat(model_settings(llm=llm))


def test_none_is_no_model() -> None:
    assert open_chat(model_settings(llm="none")) is None
