"""What the ONNX encoders share: a session with bounded threads, and a tokenizer that truncates."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from coach.errors import WeightsError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

Result = TypeVar("Result")

MAX_TOKENS = 512
AT_ONCE = 4  # runs side by side at most, however many cores there are: a grade must leave room for what else the machine does


class OnnxModel:
    """A BERT-shaped ONNX model and its tokenizer.

    One text runs at a time. The weights are dynamically quantised to int8, so the scale of an activation depends on
    everything in its batch: alone, a text gets the same numbers whatever else is being encoded, which is what makes a
    grade reproducible. It costs little: padding is saved too.
    """

    def __init__(self, weights: Path, tokenizer: Path, threads: int) -> None:
        """Load the model. Raises WeightsError if they do not make one."""
        import onnxruntime as ort
        from tokenizers import Tokenizer

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning threads starve the chat model beside them on a small machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
            self.tokenizer: Tokenizer = Tokenizer.from_file(str(tokenizer))
        except Exception as error:  # onnxruntime and tokenizers raise their own unrelated types
            raise WeightsError(f"The model {weights} cannot be loaded ({error}). `coach models verify` says what is damaged.") from error
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.tokenizer.no_padding()
        self._inputs = {item.name for item in self._session.get_inputs()}

    def encode(self, text: str, pair: str | None = None) -> Encoding:
        """The tokens of a text, or of a pair of texts."""
        return self.tokenizer.encode(text, pair)

    def run(self, encoding: Encoding) -> list[NDArray[np.float32]]:
        """The outputs for one encoding, in the model's order, without the batch axis."""
        import numpy as np

        return self.feed(
            {
                "input_ids": np.array([encoding.ids], dtype=np.int64),
                "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
                "token_type_ids": np.array([encoding.type_ids], dtype=np.int64),
            }
        )

    def feed(self, inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[np.float32]]:
        """The outputs for a batch of one, in the model's order, without the batch axis; what the model does not take is left out."""
        import numpy as np

        outputs = self._session.run(None, {name: value for name, value in inputs.items() if name in self._inputs})
        return [np.asarray(output, dtype=np.float32)[0] for output in outputs]

    def run_all(self, encodings: Sequence[Encoding]) -> list[list[NDArray[np.float32]]]:
        """`run` for each, side by side: each still alone in its batch, so the numbers are those of `run`."""
        if len(encodings) < 2:
            return [self.run(encoding) for encoding in encodings]
        return list(_pool().map(self.run, encodings))


def beside(work: Callable[[], Result]) -> Future[Result]:
    """Start work that runs one model while the caller runs others. It must not wait for `run_all`, which has the same threads."""
    return _pool().submit(work)


@cache
def _pool() -> ThreadPoolExecutor:
    """The threads that all models share. The runtime lets go of Python's lock while it works, so they do run at once."""
    return ThreadPoolExecutor(max(1, min(AT_ONCE, os.cpu_count() or 1)), thread_name_prefix="encode")
