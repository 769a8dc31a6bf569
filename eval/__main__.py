"""`python -m eval BENCHMARK…`: the same as `coach eval`."""

from __future__ import annotations

import sys

from coach.cli import main

if __name__ == "__main__":
    sys.argv[1:1] = ["eval"]
    main()
