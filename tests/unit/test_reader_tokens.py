"""What the language model that is read has read so far, in tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from coach.models.reader import LayerReader
from coach.models.served import Served
from coach.settings import Settings


class Replying(Served):
    """A child that is no process: it reads three tokens a request, and gives states of two numbers."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(Path("none.gguf"), settings)
        self.requests = 0
        self._one = object()

    def child(self) -> Any:
        return self._one

    def post(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        self.requests += 1
        states = [{"id": 0, "prob": 0.4}, {"id": 1, "prob": 0.6}]
        return {"timings": {"prompt_n": 3, "cache_n": 5}, "completion_probabilities": [{"top_probs": states}]}


def test_every_token_that_the_model_reads_counts_those_for_a_warm_beginning_too(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, llm="none")
    reader = LayerReader(tmp_path / "none.gguf", settings, version="none", dimensions=2)
    reader.served = served = Replying(settings)
    assert reader.tokens_read == 0
    assert len(list(reader.read("Check.", "An answer. ", ["One fact.", "Another fact."]))) == 2
    assert served.requests > 2
    assert reader.tokens_read == 3 * served.requests
    reader.close()
