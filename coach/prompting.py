"""Prompts are files with named slots. Whatever comes from a person or a document goes into a slot, and a slot is marked as data."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.resources import files

from coach.domain import Frozen

_SLOT = re.compile(r"\{\{(\w+)\}\}")
_PART = re.compile(r"^## (System|User)$", re.MULTILINE)


class Prompt(Frozen):
    """A prompt as its file has it. `sha` is the first 12 hex digits of the SHA-256 of the file, to go with each result."""

    name: str
    system: str
    user: str
    sha: str

    @property
    def slots(self) -> frozenset[str]:
        """The names of what is to be filled in."""
        return frozenset(_SLOT.findall(self.user))

    def fill(self, **values: str) -> tuple[str, str]:
        """The system and the user message, each value between tags of its slot's name. Raises KeyError unless all slots are given."""
        if values.keys() != self.slots:
            raise KeyError(f"the prompt {self.name} has the slots {sorted(self.slots)}, not {sorted(values)}")
        return self.system, _SLOT.sub(lambda found: _as_data(found[1], values[found[1]], self.slots), self.user)


@cache
def load(name: str) -> Prompt:
    """The prompt of `coach/prompts/NAME.md`: its text under the headings `## System` and `## User`."""
    text = (files("coach") / "prompts" / f"{name}.md").read_text(encoding="utf-8")
    pieces = _PART.split(text)
    parts = {pieces[i]: pieces[i + 1].strip() for i in range(1, len(pieces) - 1, 2)}
    sha = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Prompt(name=name, system=parts["System"], user=parts["User"], sha=sha)


def _as_data(slot: str, value: str, slots: frozenset[str]) -> str:
    return f"<{slot}>\n{escape(value, slots).strip()}\n</{slot}>"


def escape(value: str, slots: frozenset[str]) -> str:
    """The text with whatever could end its slot, or start a turn of the chat, made harmless.

    Chat templates write their control tokens as `<|…|>`; a runtime would read them as such even within a message.
    """
    value = value.replace("<|", "‹|").replace("|>", "|›")
    names = "|".join(map(re.escape, sorted(slots)))
    return re.sub(rf"<(?=\s*/?\s*(?:{names})\b)", "‹", value, flags=re.IGNORECASE)
