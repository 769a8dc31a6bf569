"""Fine-tune the verdict encoder on our labelled answers.

Run: python -m training.fine_tune MODEL_FOLDER OUT.pt [--go-on WEIGHTS.pt]. MODEL_FOLDER holds the cross-encoder's model.onnx and
tokenizer.json. What was learned is written after every epoch, with the figures on the questions that are held out.

It is learned in two stages. With `--alone` each point is read by itself, as the cross-encoder is used to, and the upper two layers learn
what a verdict is; after that all points of a question are read at once, and the upper five learn to. There are few questions to learn
from, so the second stage soon fits them too well: what ships is the mean of several runs (`training/mean.py`).
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from sklearn.metrics import f1_score
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import cross_entropy

from coach.models.verdict_encoder import Layout, inputs_of, lay_out
from training.examples import Example, as_labelled, material, one_by_one, one_epoch
from training.model import LAYERS, PADDING, VerdictEncoder, start

FROZEN = 3  # of the first layers: they hold what words mean, and cost a third of the time
FROZEN_ALONE = 6
BATCH_TOKENS = 2048
RATE, HEAD_RATE, RATE_BELOW = 1.5e-4, 5e-4, 0.9  # of the last layer, of the head, and of a layer as a share of the one above it
DECAY, WARM_UP, SMOOTHING = 0.01, 0.08, 0.05
SEED = 0


class Encoded(NamedTuple):
    """An example as tokens."""

    layout: Layout
    labels: list[int]
    weights: list[float]


def main() -> None:
    """Learn, report on the questions that are held out after each epoch, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--go-on", type=Path, default=None, help="weights to go on from")
    parser.add_argument("--alone", action="store_true", help="lay out each point by itself: the first stage")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=RATE, help="the learning rate of the last layer")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.from_file(str(options.folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    model = start(options.folder / "model.onnx")
    if options.go_on is not None:
        model.load_state_dict(torch.load(options.go_on, weights_only=True))
    rng = random.Random(options.seed)
    learned_from = material(held_out=False)
    epochs, asked = [one_epoch(learned_from, rng) for _ in range(options.epochs)], as_labelled(material(held_out=True))
    if options.alone:
        epochs, asked = [one_by_one(examples) for examples in epochs], one_by_one(asked)
    held = _encoded(tokenizer, asked)
    frozen = FROZEN_ALONE if options.alone else FROZEN
    for learned in _learn(model, [_encoded(tokenizer, examples) for examples in epochs], rng, frozen, options.rate):
        torch.save(model.state_dict(), options.out)  # each epoch's, so that an interrupted run is not lost
        print(json.dumps(learned | _measured(model, held)), flush=True)


def _encoded(tokenizer: Tokenizer, examples: Sequence[Example]) -> list[Encoded]:
    return [
        Encoded(
            lay_out(tokenizer, example.question, [statement.text for statement in example.statements], example.answer),
            [statement.label for statement in example.statements],
            [statement.weight for statement in example.statements],
        )
        for example in examples
    ]


def _learn(
    model: VerdictEncoder, epochs: Sequence[Sequence[Encoded]], rng: random.Random, frozen: int, rate: float
) -> Iterator[dict[str, float]]:
    """Learn; the epoch's number and mean loss after each."""
    for parameter in model.bert.parameters():
        parameter.requires_grad = False
    groups: list[dict[str, object]] = [{"params": list(model.head.parameters()), "lr": HEAD_RATE}]
    for number in range(frozen, LAYERS):
        own = list(model.bert.encoder.layer[number].parameters())
        for parameter in own:
            parameter.requires_grad = True
        groups.append({"params": own, "lr": rate * RATE_BELOW ** (LAYERS - 1 - number)})
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(groups, weight_decay=DECAY)
    order = [list(_batches(items, rng)) for items in epochs]
    steps = sum(map(len, order))
    warm = max(1, round(WARM_UP * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm))))
    started = time.time()
    for epoch, (items, batches) in enumerate(zip(epochs, order, strict=True), 1):
        model.train()
        losses = []
        for number, batch in enumerate(batches, 1):
            loss = _loss(model, [items[i] for i in batch])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(learned, 1.0)
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
            if number % 20 == 0:
                passed = time.time() - started
                print(f"epoch {epoch}, {number} of {len(batches)}, loss {np.mean(losses[-20:]):.3f}, {passed:.0f} s", flush=True)
        yield {"epoch": epoch, "loss": round(float(np.mean(losses)), 4)}


def _loss(model: VerdictEncoder, items: Sequence[Encoded]) -> Tensor:
    logits, _ = model(*batched([item.layout for item in items]))
    rows = torch.cat([logits[n, : len(item.labels)] for n, item in enumerate(items)])
    labels = torch.tensor([label for item in items for label in item.labels])
    weights = torch.tensor([weight for item in items for weight in item.weights])
    return (cross_entropy(rows, labels, reduction="none", label_smoothing=SMOOTHING) * weights).sum() / weights.sum()


def _measured(model: VerdictEncoder, held: Sequence[Encoded]) -> dict[str, float]:
    """Log loss, accuracy and macro-F1 of three classes on answers to questions that are held out."""
    model.eval()
    shares, labels = [], []
    with torch.no_grad():
        for batch in _batches(held, random.Random(SEED)):
            logits, _ = model(*batched([held[i].layout for i in batch]))
            for n, i in enumerate(batch):
                shares.append(torch.softmax(logits[n, : len(held[i].labels)], 1).numpy())
                labels += held[i].labels
    likely, gold = np.concatenate(shares), np.array(labels)
    three = np.array([0, 1, 1, 2])
    merged = np.stack([likely[:, 0], likely[:, 1] + likely[:, 2], likely[:, 3]], 1)
    return {
        "log_loss": round(float(-np.log(likely[np.arange(len(gold)), gold] + 1e-9).mean()), 4),
        "accuracy": round(float((likely.argmax(1) == gold).mean()), 4),
        "macro_f1": round(float(f1_score(three[gold], merged.argmax(1), average="macro")), 4),
    }


def batched(layouts: Sequence[Layout]) -> tuple[Tensor, ...]:
    """The inputs of the model for some layouts, filled up to the longest of them."""
    longest, most = max(len(layout.ids) for layout in layouts), max(len(layout.spans) for layout in layouts)
    asked, said = torch.zeros(len(layouts), most, longest), torch.zeros(len(layouts), 1, longest)
    for row, layout in enumerate(layouts):
        own = inputs_of(layout)
        asked[row, : len(layout.spans), : len(layout.ids)] = torch.from_numpy(own["asked"][0])
        said[row, :, : len(layout.ids)] = torch.from_numpy(own["said"][0])

    def filled(rows: Sequence[Sequence[int]], value: int) -> Tensor:
        return torch.tensor([[*row, *[value] * (longest - len(row))] for row in rows])

    ids, types = filled([layout.ids for layout in layouts], 0), filled([layout.types for layout in layouts], 0)
    positions = filled([layout.positions for layout in layouts], 0)
    segments = filled([layout.segments for layout in layouts], PADDING)
    return ids, types, positions, segments, asked, said


def _batches(items: Sequence[Encoded], rng: random.Random) -> Iterator[list[int]]:
    """Numbers of examples of about the same length, as many as fit into BATCH_TOKENS, the batches in a random order."""
    lengths = [len(item.layout.ids) for item in items]
    batches: list[list[int]] = [[]]
    for number in sorted(range(len(items)), key=lambda i: lengths[i] + rng.random() * 16):
        if batches[-1] and (len(batches[-1]) + 1) * (lengths[number] + 16) > BATCH_TOKENS:
            batches.append([])
        batches[-1].append(number)
    rng.shuffle(batches)
    yield from batches


if __name__ == "__main__":
    main()
