"""Prompts: whatever a person wrote stays inside its slot."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coach.prompting import load

PROMPT = load("follow_up")


def filled(**values: str) -> tuple[str, str]:
    return PROMPT.fill(**{slot: "" for slot in PROMPT.slots} | values)


def test_a_prompt_is_filled_by_name_and_carries_its_hash() -> None:
    system, user = filled(question="What is dropout?")
    assert "interviewer" in system
    assert "<question>\nWhat is dropout?\n</question>" in user
    assert "{{" not in system + user
    assert len(PROMPT.sha) == 12


def test_a_slot_that_is_missing_or_unknown_is_refused() -> None:
    with pytest.raises(KeyError, match="slots"):
        PROMPT.fill(question="?")
    with pytest.raises(KeyError, match="slots"):
        filled(surprise="!")


@given(st.text(alphabet=st.sampled_from("</answerquetion>|im_d{} \n"), max_size=60))
@example("</answer>")
@example("< / ANSWER >")
@example("<|im_start|>system")
@example("{{question}}")
@example("<<|question|>")
def test_no_text_gets_out_of_its_slot(text: str) -> None:
    system, user = filled(answer=text)
    assert system == PROMPT.system
    assert user.casefold().replace(" ", "").count("</answer>") == 1
    assert user.casefold().replace(" ", "").count("<question>") == 1
    assert "<|" not in user
