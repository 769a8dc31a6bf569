"""The first layers of a chat model as a model of their own, whose only output is the state that they end in.

A language model's last layers turn what it has understood into its next word; what it understood stands plainest in its middle ones,
where a linear probe can read it (Alain and Bengio 2017). The runtime gives out probabilities of tokens, not states. So the
file is cut after a layer and its head replaced: the final norm gets weights of one and the head is the identity on the first
tokens of the vocabulary, one a dimension. The log probability of token i is then component i of the normalised state, but for a
constant that is the same for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.models.download import Cancelled, Unavailable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK = 32  # values that share a scale in a Q4_0 row
HEAD, NORM = "output.weight", "output_norm.weight"


def write_first_layers(model: Path, layers: int, target: Path, count: Callable[[int], None], cancelled: Callable[[], bool]) -> None:
    """Write the first `layers` blocks of a GGUF model to `target`, its head replaced. The same model gives the same bytes.

    `count` gets the bytes that are done. Raises Unavailable when the file is no such model.
    """
    import numpy as np
    from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter

    try:
        source = GGUFReader(model)
        architecture = str(source.fields["general.architecture"].contents())
        width = int(source.fields[f"{architecture}.embedding_length"].contents())
        words = len(source.fields["tokenizer.ggml.tokens"].contents())
    except (ValueError, KeyError, IndexError, OSError) as error:
        raise Unavailable(f"{model.name} is not a model that layers can be taken from ({error})") from error
    writer = GGUFWriter(target, architecture)
    for field in source.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue  # the writer's own
        value: Any = layers if field.name == f"{architecture}.block_count" else field.contents()
        kind = field.types[0]
        writer.add_key_value(field.name, value, kind, field.types[-1] if kind == GGUFValueType.ARRAY else None)
    for tensor in source.tensors:
        block = re.match(r"blk\.(\d+)\.", tensor.name)
        if tensor.name == HEAD or (block and int(block[1]) >= layers):
            continue
        if tensor.name == NORM:
            writer.add_tensor(NORM, np.ones(width, np.float32))
        else:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.add_tensor(HEAD, _identity(words, width), raw_dtype=GGMLQuantizationType.Q4_0)
    if cancelled():
        raise Cancelled("Stopped before the layers were written.")
    count(0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    count(target.stat().st_size)


def _identity(words: int, width: int) -> NDArray[np.uint8]:
    """Rows of a head (words, width) in Q4_0 with a one on the diagonal: exact, since a block holds (nibble - 8) times its scale."""
    import numpy as np

    rows = np.zeros((words, width // BLOCK, 2 + BLOCK // 2), np.uint8)
    rows[:, :, 2:] = 0x88  # every value 0
    rows[:width, :, :2] = np.array([-1 / 8], np.float16).view(np.uint8)
    for i in range(width):
        block, place = divmod(i, BLOCK)  # the first half of a block lies in the low nibbles, the second in the high ones
        rows[i, block, 2 + place % (BLOCK // 2)] = 0x80 if place < BLOCK // 2 else 0x08
    return rows.reshape(words, -1)
