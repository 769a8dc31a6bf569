"""What goes over the voice socket."""

from __future__ import annotations

import json

import numpy as np
import pytest

from coach.errors import UsageError
from coach.voice import messages as m

READ: list[tuple[str, m.ClientMessage]] = [
    ('{"type":"hello","rate":16000,"speaks":true}', m.Hello(speaks=True)),
    ('{"type":"hello","rate":16000,"speaks":false,"streams":false}', m.Hello(streams=False)),
    ('{"type":"done"}', m.Done()),
    ('{"type":"thinking"}', m.Thinking()),
    ('{"type":"patience","seconds":1.5}', m.SetPatience(seconds=1.5)),
    ('{"type":"keep","on":true}', m.Keep(on=True)),
    ('{"type":"played","reply":3}', m.Played(reply=3)),
    ('{"type":"stopped","reply":3}', m.Stopped(reply=3)),
    ('{"type":"moved"}', m.Moved()),
    ('{"type":"recorded"}', m.Recorded()),
]


@pytest.mark.parametrize(("text", "message"), READ)
def test_the_pages_messages_are_read(text: str, message: m.ClientMessage) -> None:
    assert m.read(text) == message


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"type":"sing"}', '{"type":"hello","rate":8000}', '{"type":"patience","seconds":0}', '{"type":"patience","seconds":9}',
     '{"type":"played"}', '{"type":"done","more":1}', '{"type":"keep","on":[]}', "null"],
)  # fmt: skip
def test_anything_else_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(UsageError, match="Reload"):
        m.read(text)


def test_what_is_told_to_the_page_is_json_with_its_type() -> None:
    assert json.loads(m.write(m.Heard(text="a ReLU", mended=(("ReLU", "reload"),)))) == {
        "type": "heard", "text": "a ReLU", "mended": [["ReLU", "reload"]],
    }  # fmt: skip
    assert json.loads(m.write(m.State(state="listening", text="Go on."))) == {"type": "state", "state": "listening", "text": "Go on."}
    assert json.loads(m.write(m.WithdrawnReply())) == {"type": "withdrawn"}


def test_sound_comes_in_as_16_bit_integers() -> None:
    samples = m.heard_in(np.array([0, 32_767, -32_767], dtype="<i2").tobytes())
    assert samples.dtype == np.float32
    assert samples.tolist() == [0.0, 1.0, -1.0]


@pytest.mark.parametrize("frame", [b"\0", b"\0" * (m.MAX_FRAME + 2)])
def test_a_frame_that_is_too_long_or_cut_is_refused(frame: bytes) -> None:
    with pytest.raises(UsageError):
        m.heard_in(frame)


def test_sound_goes_out_with_the_number_of_its_reply() -> None:
    frame = m.sound_of(258, np.array([0.0, 1.0, -1.0], dtype=np.float32))
    assert frame == b"\x02\x01\0\0" + np.array([0, 32_767, -32_767], dtype="<i2").tobytes()
