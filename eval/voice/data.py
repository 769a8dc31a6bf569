"""What is said in the recordings: sentences, turns with thinking pauses, fillers and whole answers, written for this benchmark."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Literal

from pydantic import TypeAdapter

from coach.domain import Frozen
from eval.cases import DATA, LabelledAnswer, labelled_answers, rows_as

FOLDER = DATA / "voice"


class Sentence(Frozen):
    """A sentence that a candidate might say to a question of ours, and the domain words in it, as they are written there.

    Those to tune on have no part in any figure.
    """

    id: str
    part: Literal["tune", "test"]
    bank: str
    question_id: str
    text: str
    terms: tuple[str, ...]


class Piece(Frozen):
    """What is said in one breath, the seconds of silence after it, and whether it sounds finished there. The last has no pause."""

    text: str
    pause: float = 0.0
    finished: bool = False


class Turn(Frozen):
    """One turn with pauses to think in it."""

    id: str
    bank: str
    question_id: str
    pieces: tuple[Piece, ...]


class Filled(Frozen):
    """A sentence with fillers in it."""

    id: str
    text: str
    fillers: tuple[str, ...]


def sentences(part: Literal["tune", "test"] = "test") -> list[Sentence]:
    """The sentences of one part, in order. Raises DocumentError for a line that is off."""
    return [sentence for sentence in rows_as(Sentence, FOLDER / "sentences.jsonl") if sentence.part == part]


def turns() -> list[Turn]:
    """The turns with pauses. Raises DocumentError for a line that is off."""
    return rows_as(Turn, FOLDER / "pauses.jsonl")


def filled() -> list[Filled]:
    """The sentences with fillers. Raises DocumentError for a line that is off."""
    return rows_as(Filled, FOLDER / "fillers.jsonl")


def answers() -> list[LabelledAnswer]:
    """The labelled answers of the test split that are spoken. Raises DocumentError for a line that is off."""
    known = {f"{answer.bank}/{answer.id}": answer for answer in labelled_answers("test")}
    ids = TypeAdapter(list[str]).validate_json((FOLDER / "answers.json").read_bytes())
    return [known[id] for id in ids]


@lru_cache(maxsize=1)
def respellings() -> dict[str, str]:
    """How what is written otherwise than it is said is spelt for a synthesiser: `LSTM` as `L S T M`."""
    found: dict[str, str] = json.loads((FOLDER / "said.json").read_text(encoding="utf-8"))
    return found
