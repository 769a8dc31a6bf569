"""The verdict encoder as PyTorch has it: the first eight layers of a cross-encoder, and a linear head on the means of its two texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from coach.grading.calibration import CLASSES

LAYERS, FROZEN = 8, 6  # layers of the model, and how many of the first stay as they are
HIDDEN = 384
CLS, SEP, PAD = 101, 102, 0


class VerdictEncoder(nn.Module):
    """Token ids of a pair to the logits of CLASSES."""

    def __init__(self) -> None:
        """Make the layers; `start` fills them."""
        super().__init__()
        config = BertConfig(
            vocab_size=30522, hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=12, intermediate_size=4 * HIDDEN
        )
        self.bert = BertModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(3 * HIDDEN, len(CLASSES))

    def lower(self, ids: Tensor, types: Tensor) -> Tensor:
        """The states (n, t, d) below the layers that learn."""
        states: Tensor = self.bert.embeddings(input_ids=ids, token_type_ids=types)
        mask = _mask(ids)
        for layer in self.bert.encoder.layer[:FROZEN]:
            states = first(layer(states, attention_mask=mask))
        return states

    def upper(self, states: Tensor, ids: Tensor, types: Tensor) -> Tensor:
        """The pooled states (n, 3 d) by the layers that learn: the mean of the first text, of the second, and their product."""
        mask = _mask(ids)
        for layer in self.bert.encoder.layer[FROZEN:]:
            states = first(layer(states, attention_mask=mask))
        return pool(states, (ids != CLS) & (ids != SEP) & (ids != PAD), types)

    def forward(self, ids: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        """The logits (n, 4) and the pooled states (n, 3 d)."""
        pooled = self.upper(self.lower(ids, types), ids, types)
        return self.head(self.dropout(pooled)), pooled


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


def _mask(ids: Tensor) -> Tensor:
    return ((ids == PAD)[:, None, None, :] * torch.finfo(torch.float32).min).to(torch.float32)


def pool(states: Tensor, text: Tensor, types: Tensor) -> Tensor:
    """The mean state of the first text's tokens, of the second's, and their product; `text` is where there is a token of either."""
    sides = []
    for side in (0, 1):
        of_side = (text & (types == side)).unsqueeze(-1).to(states.dtype)
        sides.append((states * of_side).sum(1) / of_side.sum(1).clamp(min=1.0))
    return torch.cat([sides[0], sides[1], sides[0] * sides[1]], dim=1)


def first(output: Tensor | tuple[Tensor, ...]) -> Tensor:
    """What a layer gives, whichever way this version of the library wraps it."""
    return output if isinstance(output, Tensor) else output[0]
