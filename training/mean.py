"""The mean of several runs' weights: it does better on questions that none of them has seen than any of the runs.

Run: python -m training.mean OUT.pt RUN.pt RUN.pt… A run that is named twice weighs double. The runs must have begun with the same weights,
so that they lie in one valley of the loss (Wortsman et al. 2022, Model soups; and Robust fine-tuning of zero-shot models).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch


def main() -> None:
    """Average, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("runs", type=Path, nargs="+")
    options = parser.parse_args()
    runs = [torch.load(path, weights_only=True) for path in options.runs]
    mean = {name: sum(run[name] for run in runs) / len(runs) if first.is_floating_point() else first for name, first in runs[0].items()}
    torch.save(mean, options.out)


if __name__ == "__main__":
    main()
