"""Two texts read together: what a cross-encoder's inner layer holds of each while it looks at the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from coach.models.onnx import OnnxModel

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding


class PairEncoder(Protocol):
    """Anything that reads pairs of texts; `version` changes whenever its states would."""

    version: str

    def states(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """One row a pair: the mean state of the first text's tokens, of the second's, and their product. Returns (n, 3 d) float32."""


class OnnxPairEncoder:
    """ms-marco-MiniLM-L-12 (Reimers and Gurevych 2019), read at a layer in the middle.

    Its last layers know only whether a passage is relevant; its middle ones still hold how the two texts relate, which a linear probe
    can read (Alain and Bengio 2017). Of layers 3 to 9 the seventh (from 0) served best, cross-validated on our train split.
    """

    LAYER = "/bert/encoder/layer.7/output/LayerNorm/Add_1_output_0"

    def __init__(self, folder: Path, *, version: str, threads: int = 1) -> None:
        """Load the model from a folder."""
        self._model = OnnxModel(folder, threads, inner=self.LAYER)
        self.version = f"{version}, layer 7"

    def states(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """One row a pair; a pair of over 512 tokens is cut at its end."""
        import numpy as np

        encodings = [self._model.encode(first, second) for first, second in pairs]
        rows = [_means(encoding, states) for encoding, states in zip(encodings, self._model.run_all(encodings), strict=True)]
        return np.array(rows, dtype=np.float32)


def _means(encoding: Encoding, states: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    text, marker = np.array(encoding.type_ids), np.array(encoding.special_tokens_mask)
    sides = [states[(text == side) & (marker == 0)] for side in (0, 1)]
    first, second = (side.mean(axis=0) if len(side) else np.zeros(states.shape[1], np.float32) for side in sides)
    means: NDArray[np.float32] = np.concatenate([first, second, first * second])
    return means
