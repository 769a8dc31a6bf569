"""Write the fine-tuned verdict encoder as int8 ONNX, small enough to travel with the code.

Run: python -m training.export ENCODER.pt TOKENIZER.json OUT.onnx. The file takes a layout (see coach/models/verdict_encoder.py) and gives
the `logits` of CLASSES and the `states` of each point. Rows of the word embedding for unused tokens, for other scripts and for the rarest
word pieces are left out: such a token is read as the nearest one, by the cosine of their embeddings, that is there.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn

from coach.models.verdict_encoder import inputs_of, lay_out
from training.model import Readings, VerdictEncoder

ROWS = 25_500  # of the word embedding: as many as 25 MB have room for
OPSET = 18
AXES = {name: {1: "tokens"} for name in ("ids", "types", "positions", "segments")} | {
    "asked": {1: "points", 2: "tokens"}, "said": {2: "tokens"}, "logits": {1: "points"}, "states": {1: "points"},
}  # fmt: skip
LETTERS = ((0, 0x80), (0x370, 0x400), (0x2000, 0x2300))  # ASCII, Greek, and signs such as arrows and sums


class Exported(nn.Module):
    """The encoder as it runs: a pair at a time, without padding, its tokens looked up in a smaller embedding."""

    rows: Tensor

    def __init__(self, encoder: VerdictEncoder, kept: Sequence[int]) -> None:
        """`kept` are the tokens whose rows stay."""
        super().__init__()
        words = encoder.bert.embeddings.word_embeddings.weight.detach()
        self.register_buffer("rows", torch.tensor(_nearest(words.numpy(), kept), dtype=torch.int64))
        self.encoder = encoder
        self.encoder.bert.embeddings.word_embeddings = nn.Embedding.from_pretrained(words[torch.tensor(kept)])

    def forward(self, ids: Tensor, types: Tensor, positions: Tensor, segments: Tensor, asked: Tensor, said: Tensor) -> Readings:
        """The logits (1, k, 4) and the states (1, k, 3 d) of one layout's points."""
        readings: Readings = self.encoder(self.rows[ids], types, positions, segments, asked, said)
        return readings


def main() -> None:
    """Export, quantise, compare, print what a model card needs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    encoder = VerdictEncoder()
    encoder.load_state_dict(torch.load(options.weights, weights_only=True))
    tokenizer = Tokenizer.from_file(str(options.tokenizer))
    model = Exported(encoder.eval(), tokens_to_keep(tokenizer)).eval()
    tokenizer.no_padding()
    example = lay_out(tokenizer, "What is a stack?", ["The last in is the first out.", "It has two ends."], "It gives back the last.")
    feed = inputs_of(example)
    with tempfile.TemporaryDirectory() as folder:
        floats = Path(folder) / "floats.onnx"
        torch.onnx.export(
            model,
            tuple(torch.from_numpy(values) for values in feed.values()),
            str(floats),
            input_names=list(feed),
            output_names=["logits", "states"],
            dynamic_axes=AXES,
            opset_version=OPSET,
            dynamo=False,
        )
        quantize_dynamic(floats, options.out, weight_type=QuantType.QUInt8, per_channel=True)
    content = options.out.read_bytes()
    print(f"{options.out}: {len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")


def tokens_to_keep(tokenizer: Tokenizer) -> list[int]:
    """The numbers of the tokens whose rows stay, most frequent first as BERT's vocabulary has them, in their order."""
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    usable = [id for token, id in vocabulary if not token.startswith("[unused") and all(_is_letter(letter) for letter in token)]
    return usable[:ROWS]


def _is_letter(letter: str) -> bool:
    return any(start <= ord(letter) < end for start, end in LETTERS)


def _nearest(words: NDArray[np.float32], kept: Sequence[int]) -> list[int]:
    """For each token the place, among those kept, of its own row or of the one that is nearest."""
    unit = words / np.maximum(np.linalg.norm(words, axis=1, keepdims=True), 1e-9)
    places = {token: place for place, token in enumerate(kept)}
    gone = [token for token in range(len(words)) if token not in places]
    near = (unit[gone] @ unit[list(kept)].T).argmax(axis=1)
    found = places | dict(zip(gone, near.tolist(), strict=True))
    return [found[token] for token in range(len(words))]


if __name__ == "__main__":
    main()
