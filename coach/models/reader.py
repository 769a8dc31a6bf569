"""What a language model makes of a text: the state of its first layers at the end of a prompt."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol

from coach.errors import ModelError
from coach.models.markers import defused
from coach.models.served import Served

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coach.settings import Settings

# The ChatML form that Qwen's models were trained with.
SYSTEM, USER, REPLY = "<|im_start|>system\n{}<|im_end|>\n", "<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"
TEMPERATURE = 8.0  # flattens the probabilities, so that none of them is too small for a float
BIAS = 300.0  # lifts the tokens that stand for the state's components over all others, so that they are the ones that come back
SAMPLED = 600.0  # lifts one token over those, so that always the same one is drawn


class Reader(Protocol):
    """Anything that reads prompts which begin alike; `version` changes whenever its states would."""

    version: str

    def read(self, system: str, prefix: str, suffixes: Sequence[str], *, stop: Event | None = None) -> Iterator[NDArray[np.float32]]:
        """The state (d,) at the end of each prompt (system, prefix + suffix), as they come, in one turn.

        Raises ModelError, also when `stop` is set.
        """


class LayerReader:
    """A file that layers.py wrote, served by a child process. One text at a time: a call waits for its turn.

    What a state comes out as depends in its last digits on how the model read the prompt: all at once, or the end of it after a
    cached beginning. So each prompt is always read in the same three pieces: the system message, the prefix, the suffix. `_Cached`
    remembers what the server's cache holds, and a request cuts the cache back to the end of a piece when it holds more. The values
    are then equal to the last bit, whatever was read before.
    """

    def __init__(self, path: Path, settings: Settings, *, version: str, dimensions: int) -> None:
        """Start nothing yet."""
        self.version, self._dimensions = version, dimensions
        self.tokens_read = 0  # by the model since it was made; what its cache held already does not count
        self.served, self._cached = Served(path, settings), _Cached()

    def read(self, system: str, prefix: str, suffixes: Sequence[str], *, stop: Event | None = None) -> Iterator[NDArray[np.float32]]:
        """See the protocol. Fastest when the suffixes differ from their first word on."""
        begin, shared = SYSTEM.format(defused(system)), USER + defused(prefix)
        with self.served.turns.take(stop):
            for suffix in suffixes:
                if stop is not None and stop.is_set():
                    raise ModelError("The full check was stopped.")
                end = defused(suffix) + REPLY
                yield self._state(self.served.surviving(lambda end=end: self._in_pieces(begin, shared, end)))  # type: ignore[misc]

    def close(self) -> None:
        """End the child; a running call fails."""
        self.served.close()

    def _in_pieces(self, system: str, prefix: str, suffix: str) -> dict[str, Any]:
        try:
            return self._asked(system, prefix, suffix)
        except BaseException:
            self._cached = _Cached()  # who knows what the server holds now
            raise

    def _asked(self, system: str, prefix: str, suffix: str) -> dict[str, Any]:
        child = self.served.child()
        if self._cached.child is not child:
            self._cached = _Cached(child)
        cached = self._cached
        if cached.system != system:
            self._read_to(system, cache=False)
            cached = self._cached = _Cached(child, system)
        elif cached.prefix != prefix and cached.prefix is not None:
            self._read_to(system)
        if cached.prefix != prefix:
            self._read_to(system + prefix)
            cached = self._cached = _Cached(child, system, prefix)
        elif cached.suffixes_overlap or _head(cached.suffix) == _head(suffix):
            self._read_to(system + prefix)
        reply = self._post(system + prefix + suffix, states=True)
        boundary = int(reply.get("timings", {}).get("cache_n", 0))
        if cached.boundary is None:
            cached.boundary = boundary
        elif boundary > cached.boundary and not cached.suffixes_overlap:  # they began with the same token after all
            cached.suffixes_overlap = True
            self._read_to(system + prefix)
            reply = self._post(system + prefix + suffix, states=True)
        cached.suffix = suffix
        return reply

    def _read_to(self, prompt: str, *, cache: bool = True) -> None:
        """Have the server's cache end with this prompt.

        Asked twice: where the cache holds all of a prompt the server reads its last token again, by itself, which comes out otherwise in
        the last digits than among others. The second time it is by itself in any case.
        """
        self._post(prompt, cache=cache)
        self._post(prompt)

    def _post(self, prompt: str, *, cache: bool = True, states: bool = False) -> dict[str, Any]:
        body: dict[str, Any] = {"prompt": prompt, "n_predict": 1, "cache_prompt": cache, "temperature": 0.0}
        if states:
            drawn = self._dimensions  # the first token that stands for no component
            body |= {
                "n_probs": drawn + 1,
                "post_sampling_probs": True,
                "samplers": ["temperature"],
                "temperature": TEMPERATURE,
                "logit_bias": [*([token, BIAS] for token in range(drawn)), [drawn, SAMPLED]],
            }
        reply = self.served.post("/completion", body)
        self.tokens_read += int(reply.get("timings", {}).get("prompt_n", 0))
        return reply

    def _state(self, reply: dict[str, Any]) -> NDArray[np.float32]:
        import numpy as np

        try:
            shares = {row["id"]: row["prob"] for row in reply["completion_probabilities"][0]["top_probs"]}
            logits = [math.log(shares[i]) * TEMPERATURE for i in range(self._dimensions)]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ModelError("The local model's reply holds no state. Run `coach models verify`, or set COACH_LLM=none.") from error
        state: NDArray[np.float32] = np.array(logits, dtype=np.float32)
        state -= state.mean()
        return state


class _Cached:
    """What the server's cache holds, and the number of tokens up to the end of the prefix once it is known."""

    def __init__(self, child: object = None, system: str | None = None, prefix: str | None = None) -> None:
        self.child, self.system, self.prefix, self.suffix = child, system, prefix, ""
        self.boundary: int | None = None
        self.suffixes_overlap = False


def _head(suffix: str) -> str:
    """The first word with the white space before it: what two suffixes must differ in, for their first tokens to differ."""
    found = re.match(r"\s*\S*", suffix)
    return found.group() if found else ""
