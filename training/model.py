"""The verdict encoder as PyTorch has it: the first eight layers of a cross-encoder, and a linear head on the states of each point."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from coach.grading.calibration import CLASSES

LAYERS = 8
HIDDEN = 384
Readings = tuple[Tensor, Tensor]
PADDING = -1  # the segment of what only fills a batch up


class VerdictEncoder(nn.Module):
    """A batch of layouts (see coach/models/verdict_encoder.py) to the logits of CLASSES for each of their points."""

    def __init__(self) -> None:
        """Make the layers; `start` fills them."""
        super().__init__()
        config = BertConfig(
            vocab_size=30522, hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=12, intermediate_size=4 * HIDDEN
        )
        self.bert = BertModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(3 * HIDDEN, len(CLASSES))

    def forward(
        self, ids: Tensor, types: Tensor, positions: Tensor, segments: Tensor, asked: Tensor, said: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The logits (n, k, 4), and the states (n, k, 3 d): the mean over question and point, over the answer, and their product.

        `ids`, `types`, `positions` and `segments` are (n, t); `asked` (n, k, t) has the weight of each token in the mean of a point and
        its question, `said` (n, 1, t) in the mean of the answer.
        """
        states = self.bert.embeddings(input_ids=ids, token_type_ids=types, position_ids=positions)
        mask = seen(segments)
        for layer in self.bert.encoder.layer:
            states = first(layer(states, attention_mask=mask))
        points = torch.matmul(asked, states)
        answer = torch.matmul(said, states).expand_as(points)
        pooled = torch.cat([points, answer, points * answer], dim=2)
        return self.head(self.dropout(pooled)), pooled


def seen(segments: Tensor) -> Tensor:
    """What is added to the attention (n, 1, t, t): nothing between a point and itself or what all share, minus infinity elsewhere."""
    rows, columns = segments.unsqueeze(2), segments.unsqueeze(1)
    open_to = ((rows == columns) | (rows == 0) | (columns == 0)) & (columns != PADDING)
    return torch.where(open_to, 0.0, torch.finfo(torch.float32).min).to(torch.float32).unsqueeze(1)


def start(path: Path) -> VerdictEncoder:
    """The model with the weights of an int8 ONNX cross-encoder of the same shape, made floats again, under its first layers."""
    graph = onnx.load(str(path)).graph
    arrays = {item.name: numpy_helper.to_array(item) for item in graph.initializer}

    def floats(name: str) -> np.ndarray:
        base = name.removesuffix("_quantized")
        values = (arrays[name].astype(np.float32) - arrays[f"{base}_zero_point"].astype(np.float32)) * arrays[f"{base}_scale"]
        return values.astype(np.float32)

    weights = {name: value for name, value in arrays.items() if value.dtype == np.float32 and value.ndim == 1}
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            name = node.name.strip("/").replace("/", ".").partition(".MatMul")[0]
            weights[f"{name}.weight"] = floats(node.input[1]).T.copy()
    weights |= {name.removesuffix("_quantized"): floats(name) for name in arrays if "embeddings" in name and name.endswith("_quantized")}
    model = VerdictEncoder()
    known = {name: torch.tensor(value) for name, value in weights.items() if name in model.state_dict()}
    left = model.load_state_dict(known, strict=False)
    if [name for name in left.missing_keys if not name.startswith("head.")] or left.unexpected_keys:
        raise ValueError(f"{path} is of another shape: {left}")
    return model


def first(output: Tensor | tuple[Tensor, ...]) -> Tensor:
    """What a layer gives, whichever way this version of the library wraps it."""
    return output if isinstance(output, Tensor) else output[0]
