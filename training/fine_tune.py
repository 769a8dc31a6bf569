"""Fine-tune the verdict encoder on the pairs that training/pairs.py wrote.

Run: python -m training.fine_tune PAIRS.jsonl MODEL_FOLDER STATES_FOLDER OUT.pt [--epochs N]. MODEL_FOLDER holds the cross-encoder's
model.onnx and tokenizer.json. The lower layers stay as they are, so they read every pair once, into STATES_FOLDER (2 GB), and each epoch
costs what the upper ones do. With --shard 0/2 and --shard 1/2 two processes share the reading, and nothing is learned yet.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from tokenizers import Encoding, Tokenizer
from torch.nn.functional import cross_entropy

from training.model import FROZEN, PAD, VerdictEncoder, start
from training.pairs import Pair

MAX_TOKENS = 384
WATCHED = 3  # one in so many of the labelled points that are held out is looked at after each epoch
BATCH_TOKENS = 4096
RATE, HEAD_RATE, DECAY, WARM_UP, SMOOTHING = 3e-4, 1e-3, 0.01, 0.08, 0.05
SEED = 0


class Encoded(NamedTuple):
    """A pair as tokens, and its states below the layers that learn, (t, d) float16."""

    pair: Pair
    ids: list[int]
    types: list[int]
    states: NDArray[np.float16]


def main() -> None:
    """Read, learn, report on the questions that are held out after each epoch, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("states", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--shard", default=None)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--go-on", type=Path, default=None, help="weights of an earlier run to go on from, at half the rate")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(options.threads)
    pairs = [Pair.model_validate_json(line) for line in options.pairs.read_text(encoding="utf-8").splitlines()]
    model = start(options.folder / "model.onnx")
    if options.go_on is not None:
        model.load_state_dict(torch.load(options.go_on, weights_only=True))
    tokenizer = Tokenizer.from_file(str(options.folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
    tokenizer.no_padding()
    watched = [pair for pair in pairs if pair.part == "held_out" and pair.source == "answer"][::WATCHED]
    wanted = [*(pair for pair in pairs if pair.part == "learn"), *watched]
    tokens = tokenizer.encode_batch([(pair.first, pair.second) for pair in wanted])
    batches = list(_batches([len(item.ids) for item in tokens]))
    mine = batches if options.shard is None else batches[int(options.shard[0]) :: int(options.shard[2])]
    _read(model, tokens, mine, options.states)
    if options.shard is not None:
        return
    encoded = []
    for batch in batches:
        with np.load(_file(options.states, tokens, batch)) as kept:
            encoded += [Encoded(wanted[i], tokens[i].ids, tokens[i].type_ids, kept[f"{n}"]) for n, i in enumerate(batch)]
    learn = [item for item in encoded if item.pair.part == "learn"]
    held = [item for item in encoded if item.pair.part == "held_out"]
    _learn(model, learn, held, options.epochs, options.out, again=options.go_on is not None)


def _read(model: VerdictEncoder, tokens: Sequence[Encoding], batches: Sequence[Sequence[int]], folder: Path) -> None:
    """Every batch through the layers that stay as they are, into a file of its own; one that is there already is left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    started = time.time()
    model.eval()
    for number, batch in enumerate(batches, 1):
        path = _file(folder, tokens, batch)
        if path.exists():
            continue
        ids, types = _padded([tokens[i].ids for i in batch]), _padded([tokens[i].type_ids for i in batch])
        with torch.no_grad():
            states = model.lower(ids, types).numpy()
        part = path.with_suffix(".part.npz")
        np.savez(part, **{f"{n}": states[n, : len(tokens[i].ids)].astype(np.float16) for n, i in enumerate(batch)})
        part.rename(path)
        print(f"read {number} of {len(batches)} batches, {time.time() - started:.0f} s", flush=True)


def _file(folder: Path, tokens: Sequence[Encoding], batch: Sequence[int]) -> Path:
    content = hashlib.sha256(json.dumps([[tokens[i].ids, tokens[i].type_ids] for i in batch]).encode()).hexdigest()
    return folder / f"{content[:16]}.npz"


def _learn(model: VerdictEncoder, learn: Sequence[Encoded], held: Sequence[Encoded], epochs: int, out: Path, *, again: bool) -> None:
    for name, parameter in model.bert.named_parameters():
        parameter.requires_grad = name.startswith(tuple(f"encoder.layer.{n}." for n in range(FROZEN, len(model.bert.encoder.layer))))
    layers = [parameter for parameter in model.bert.parameters() if parameter.requires_grad]
    slow = 0.5 if again else 1.0
    groups = [{"params": layers, "lr": slow * RATE}, {"params": list(model.head.parameters()), "lr": slow * HEAD_RATE}]
    optimiser = torch.optim.AdamW(groups, weight_decay=DECAY)
    lengths = [len(item.ids) for item in learn]
    steps = epochs * sum(1 for _ in _batches(lengths))
    warm = max(1, round(WARM_UP * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm))))
    rng, started = random.Random(SEED + again), time.time()
    for epoch in range(1, epochs + 1):
        model.train()
        batches = list(_batches(lengths, rng))
        rng.shuffle(batches)
        losses = []
        for number, batch in enumerate(batches, 1):
            items = [learn[i] for i in batch]
            logits = model.head(model.dropout(_upper(model, items)))
            labels = torch.tensor([item.pair.label for item in items])
            weights = torch.tensor([item.pair.weight for item in items])
            loss = (cross_entropy(logits, labels, reduction="none", label_smoothing=SMOOTHING) * weights).sum() / weights.sum()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(layers, 1.0)
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
            if number % 20 == 0:
                passed = time.time() - started
                print(f"epoch {epoch}, {number} of {len(batches)}, loss {np.mean(losses[-20:]):.3f}, {passed:.0f} s", flush=True)
        print(json.dumps({"epoch": epoch, "loss": round(float(np.mean(losses)), 4), **_measured(model, held)}), flush=True)
        torch.save(model.state_dict(), out)  # each epoch's, so that an interrupted run is not lost


def _measured(model: VerdictEncoder, held: Sequence[Encoded]) -> dict[str, float]:
    """Log loss, accuracy and macro-F1 of three classes on answers to questions that are held out."""
    model.eval()
    shares = np.zeros((len(held), 4))
    with torch.no_grad():
        for batch in _batches([len(item.ids) for item in held]):
            shares[batch] = torch.softmax(model.head(_upper(model, [held[i] for i in batch])), 1).numpy()
    labels = np.array([item.pair.label for item in held])
    three = np.array([0, 1, 1, 2])
    merged = np.stack([shares[:, 0], shares[:, 1] + shares[:, 2], shares[:, 3]], 1)
    return {
        "log_loss": round(float(-np.log(shares[np.arange(len(held)), labels] + 1e-9).mean()), 4),
        "accuracy": round(float((shares.argmax(1) == labels).mean()), 4),
        "macro_f1": round(float(f1_score(three[labels], merged.argmax(1), average="macro")), 4),
    }


def _upper(model: VerdictEncoder, items: Sequence[Encoded]) -> torch.Tensor:
    longest = max(len(item.ids) for item in items)
    states = torch.zeros(len(items), longest, items[0].states.shape[1])
    for row, item in enumerate(items):
        states[row, : len(item.ids)] = torch.from_numpy(item.states.astype(np.float32))
    return model.upper(states, _padded([item.ids for item in items]), _padded([item.types for item in items]))


def _batches(lengths: Sequence[int], rng: random.Random | None = None) -> Iterator[list[int]]:
    """Numbers of pairs of about the same length, as many as fit into BATCH_TOKENS."""
    noise = rng or random.Random(SEED)
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lambda i: lengths[i] + noise.random() * 8):
        if batch and (len(batch) + 1) * (lengths[number] + 8) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _padded(rows: Sequence[Sequence[int]]) -> torch.Tensor:
    longest = max(len(row) for row in rows)
    return torch.tensor([[*row, *[PAD] * (longest - len(row))] for row in rows])


if __name__ == "__main__":
    main()
