"""Tokens of a grade: those of the model that was asked in this thread, over all its calls, and nothing where there is nothing to count."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, SecretStr

from coach.models.replies import structured_reply
from eval.bench import Outcome
from eval.tokens import Tokens, counted, token_figures, tokens_of


class Said(BaseModel):
    word: str


Answer = Callable[[dict[str, object]], httpx.Response]


def model(answer: Answer) -> ChatOpenAI:
    """A model behind an address where `answer` replies to what is posted."""
    transport = httpx.MockTransport(lambda request: answer(json.loads(request.content)))
    http = httpx.Client(transport=transport)
    return ChatOpenAI(model="m", base_url="http://model/v1", api_key=SecretStr("k"), max_retries=0, http_client=http)


def reply(content: str, usage: dict[str, int] | None) -> httpx.Response:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
    return httpx.Response(
        200, json={"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    )


def usage(read: int, written: int) -> dict[str, int]:
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def asked(of: ChatOpenAI, user: str) -> Tokens | None:
    said, tokens = counted(lambda: structured_reply(of, "Say a word.", user, Said))
    assert said.word == "yes"
    return tokens


def test_each_of_several_threads_counts_its_own() -> None:
    def answer(body: dict[str, object]) -> httpx.Response:
        messages = body["messages"]
        assert isinstance(messages, list)
        return reply('{"word": "yes"}', usage(int(messages[1]["content"]), 7))

    shared = model(answer)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda read: asked(shared, str(read)), range(100, 120)))
    assert found == [Tokens(read=read, written=7) for read in range(100, 120)]


def test_all_calls_of_one_grade_count_together() -> None:
    unknown = httpx.Response(400, json={"error": {"message": "json_schema is not known here"}})
    answers = [unknown, reply("I would rather chat.", usage(20, 3)), reply('{"word": "yes"}', usage(30, 4))]
    assert asked(model(lambda _: answers.pop(0)), "Go on.") == Tokens(read=50, written=7)


def test_a_server_that_does_not_count_leaves_it_open() -> None:
    assert asked(model(lambda _: reply('{"word": "yes"}', None)), "Go on.") is None


def test_nothing_is_counted_where_no_model_is_asked() -> None:
    assert counted(lambda: 3) == (3, None)


def test_the_mean_is_over_the_answers_that_a_model_was_asked_about() -> None:
    figures = token_figures([Tokens(read=100, written=10), None, Tokens(read=300, written=20)], ["a", "a", "b"])
    assert (figures["tokens_in"].value, figures["tokens_out"].value) == (200, 15)
    assert figures["tokens_in"].n == 2
    assert figures["tokens_in"].low == pytest.approx(100)
    assert token_figures([None], ["a"]) == {}


def test_what_was_kept_of_a_run_that_did_not_count_has_no_tokens() -> None:
    assert tokens_of(Outcome(id="a", values={"score": 3})) is None
    assert tokens_of(Outcome(id="a", values={"tokens": {"read": 1, "written": 2}})) == Tokens(read=1, written=2)
