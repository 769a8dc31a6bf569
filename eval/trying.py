"""Trying the cases of a benchmark: several at once, in as many rounds as asked for, what is kept left alone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import numpy as np

from coach.errors import CoachError, UsageError
from eval.bench import Benchmark, Case, Options, Outcome
from eval.kept import Kept, key_of
from eval.metrics import Metric, by_question

Show = Callable[[int, int], None]  # how many cases are done, of how many


def kept_file(out: Path, name: str) -> Path:
    """Where the outcomes of the benchmark of this name are kept."""
    plain = re.sub(r"[^\w.-]+", "-", name)
    return out / "kept" / f"{plain}.jsonl"


def outcomes_of(
    bench: Benchmark, cases: Sequence[Case], options: Options, *, ready: Callable[[], None], show: Show = lambda done, total: None
) -> list[list[Outcome]]:
    """What came of each case, a list for each round, in the order of the cases.

    `ready` makes what all benchmarks need; it is called when a case has to be tried. Of a case that raises a CoachError that is the
    outcome; anything else that is raised ends the run. Raises CoachError when the run is interrupted, or is to rescore what is not kept.
    """
    if options.rescore and not bench.keeps:
        raise UsageError(f"{bench.name} is measured afresh each time: nothing of it is kept. Leave it out with --rescore.")
    kept = Kept(kept_file(options.out, bench.name)) if bench.keeps and not options.fresh else None
    known = [None if kept is None else kept.get(key_of(bench, case)) for case in cases]
    missing = [case for case, outcome in zip(cases, known, strict=True) if outcome is None]
    if options.rescore and missing:
        raise CoachError(
            f"{len(missing)} of {len(cases)} cases of {bench.name} are not kept in {options.out}. Run it once without --rescore first."
        )
    if missing:
        ready()
        bench.prepare()
    rounds = options.repeat if bench.keeps else 1
    done = len(cases) - len(missing)
    work = _Work(bench, kept, done, done + rounds * len(missing), show)
    return [_in_place(cases, known, work.round(missing, options.workers)) for _ in range(rounds)]


def changed(cases: Sequence[Case], rounds: Sequence[Sequence[Outcome]]) -> Metric:
    """The share of cases whose values, or whose error, are not the same in every round."""
    first, *others = [[(outcome.values, outcome.error) for outcome in tried] for tried in rounds]
    moved = np.array([any(other[number] != one for other in others) for number, one in enumerate(first)])
    return by_question(lambda i: float(moved[i].mean()), [case.group for case in cases])


def _in_place(cases: Sequence[Case], known: Sequence[Outcome | None], tried: Sequence[Outcome]) -> list[Outcome]:
    """One outcome for each case, known or tried, by the name that the case has now."""
    rest = iter(tried)
    return [(outcome or next(rest)).model_copy(update={"id": case.id}) for case, outcome in zip(cases, known, strict=True)]


class _Work:
    """The work on one benchmark, and how far it is."""

    def __init__(self, bench: Benchmark, kept: Kept | None, done: int, total: int, show: Show) -> None:
        self._bench, self._kept, self._show = bench, kept, show
        self._done, self._total = done, total

    def round(self, cases: Sequence[Case], workers: int) -> list[Outcome]:
        """Every one of the cases tried once. What measures the moment is never tried beside anything else."""
        with ThreadPoolExecutor(workers if self._bench.keeps else 1) as pool:
            futures = [pool.submit(self._try, case) for case in cases]
            try:
                for future in as_completed(futures):
                    future.result()
                    self._done += 1
                    self._show(self._done, self._total)
            except KeyboardInterrupt as error:
                pool.shutdown(cancel_futures=True)  # those in progress come to their end, and are kept
                raise CoachError(self._stopped()) from error
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return [future.result() for future in futures]

    def _try(self, case: Case) -> Outcome:
        started = time.perf_counter()
        try:
            outcome = self._bench.run(case)
        except CoachError as error:
            outcome = Outcome(id=case.id, error=str(error))
        if not outcome.ms:
            outcome = outcome.model_copy(update={"ms": round((time.perf_counter() - started) * 1000, 1)})
        if self._kept is not None and outcome.error is None:
            self._kept.add(key_of(self._bench, case), outcome)
        return outcome

    def _stopped(self) -> str:
        done = f"Stopped after {self._done} of {self._total} cases of {self._bench.name}"
        return f"{done}. Nothing of it is kept." if self._kept is None else f"{done}. The same command goes on from there."
