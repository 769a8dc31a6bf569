"""How far the two readers who labelled our answers apart from each other agree, by split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import cohen_kappa_score

from eval.cases import LabelledAnswer, Labels, labelled_answers
from eval.metrics import Metric, by_question, qwk

SPLITS = ("train", "dev", "test")


def run() -> dict[str, Metric]:
    """For each split Cohen's kappa of the verdicts, QWK of the scores (halves rounded to even), and the counts."""
    metrics: dict[str, Metric] = {}
    for split in SPLITS:
        cases = labelled_answers(split)
        both = [(case, case.first, case.second) for case in cases if case.first is not None and case.second is not None]
        questions = [f"{case.bank}/{case.question_id}" for case, _, _ in both]
        scores = np.array([[round(first.score), round(second.score)] for _, first, second in both], dtype=float)
        metrics[f"{split}.verdict_kappa"] = by_question(lambda i, both=both: _kappa([both[j] for j in i]), questions)  # type: ignore[misc]
        metrics[f"{split}.score_qwk"] = by_question(lambda i, s=scores: qwk(s[i, 0], s[i, 1]), questions)  # type: ignore[misc]
        metrics[f"{split}.answers"] = Metric(float(len(cases)), None, None, len(cases))
        metrics[f"{split}.questions"] = Metric(float(len(set(questions))), None, None, len(set(questions)))
    return metrics


def _kappa(both: Sequence[tuple[LabelledAnswer, Labels, Labels]]) -> float:
    firsts = [kind.value for _, first, _ in both for kind in first.verdicts]
    seconds = [kind.value for _, _, second in both for kind in second.verdicts]
    return float(cohen_kappa_score(firsts, seconds))
