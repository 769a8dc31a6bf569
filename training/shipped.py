"""The weights that ship, as PyTorch has them, to go on learning from.

Run: python -m training.shipped ONNX OUT.pt. They come back as 8-bit numbers made floats again, and the tokens without a row of their own
have that of their nearest neighbour.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from training.model import VerdictEncoder

PREFIX = "encoder."


def main() -> None:
    """Read, check that every weight is there, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("onnx", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    torch.save(read_back(options.onnx), options.out)


def read_back(path: Path) -> dict[str, torch.Tensor]:
    """The state of a VerdictEncoder. Raises ValueError when the file is of another shape."""
    graph = onnx.load(str(path)).graph
    arrays = {item.name: numpy_helper.to_array(item) for item in graph.initializer}

    def floats(quantised: str) -> np.ndarray:
        base = quantised.removesuffix("_quantized")
        scale, zero = arrays[f"{base}_scale"].astype(np.float32), arrays[f"{base}_zero_point"].astype(np.float32)
        return (arrays[quantised].astype(np.float32) - zero) * scale

    found = {name.removeprefix(PREFIX): value for name, value in arrays.items() if name.startswith(PREFIX) and value.dtype == np.float32}
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            name = node.name.strip("/").replace("/", ".").partition(".MatMul")[0]
            name = "head" if name == f"{PREFIX}head" else f"bert.{name}"  # the graph leaves the model's own name out
            found[f"{name}.weight"] = floats(node.input[1]).T.copy()
    for name in arrays:
        if "embeddings" in name and name.endswith("_quantized"):
            found[name.removesuffix("_quantized").removeprefix(PREFIX)] = floats(name)
    words = "bert.embeddings.word_embeddings.weight"
    found[words] = found[words][arrays["rows"]]
    model = VerdictEncoder()
    known = {name: torch.tensor(value) for name, value in found.items() if name in model.state_dict()}
    left = model.load_state_dict(known, strict=False)
    if left.missing_keys:
        raise ValueError(f"{path} is of another shape: {left.missing_keys} are not in it")
    return dict(model.state_dict())


if __name__ == "__main__":
    main()
