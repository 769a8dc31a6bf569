"""How far grades agree with people once they are fitted to the set inside the run, split by split, beside fitted baselines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from eval.fitted import folds, predicted_scores, predicted_shares
from eval.graded_set import GradedSet
from eval.material import Floats, Material, Numbers
from eval.metrics import Metric, by_question, macro_f1, pearson, qwk, rmse
from eval.score_alone import scores_by_score, shares_by_score

TRAIN = "train"
HELD_OUT = "questions_held_out"  # what is reported where there is no train split
Pairs = Sequence[tuple[Numbers, Numbers]]  # what is fitted on, and what is predicted then


class Fit(NamedTuple):
    """How scores and labels are predicted; see eval.fitted and eval.score_alone."""

    scores: Callable[[Material, Floats, Numbers, Numbers], Floats]
    shares: Callable[[Material, Numbers, Numbers, Numbers, int], Floats]


FITS = {"answer": Fit(predicted_scores, predicted_shares), "score": Fit(scores_by_score, shares_by_score)}


def fitted_figures(answers: GradedSet, fit: Fit, *, has_train: bool) -> dict[str, Metric]:
    """The figures of each split but train, by models fitted on train; or with `has_train` off of all, by folds over the questions.

    `has_train` is of the set, not of what came to an outcome. Nothing where there is nothing left to fit on: a set with a train split of
    which every answer failed is not measured by folds instead, and a set with one question has none to hold out.
    """
    metrics: dict[str, Metric] = {}
    for name, pairs in _parts(answers, has_train=has_train).items():
        figures = _score_figures(answers, fit, pairs) | _label_figures(answers, fit, pairs)
        metrics |= {f"{name}.{figure}": metric for figure, metric in figures.items()}
    return metrics


def _parts(answers: GradedSet, *, has_train: bool) -> dict[str, Pairs]:
    if not has_train:
        return {HELD_OUT: folds(answers.material)} if len(set(answers.asked)) > 1 else {}
    splits = {
        name: np.flatnonzero([row.split == name for row in answers.rows]) for name in dict.fromkeys(row.split for row in answers.rows)
    }
    train = splits.pop(TRAIN, None)
    return {} if train is None else {str(name): [(train, numbers)] for name, numbers in splits.items()}


def _score_figures(answers: GradedSet, fit: Fit, pairs: Pairs) -> dict[str, Metric]:
    """Pearson, RMSE and QWK (of tenths) of the fitted scores, of the mean of what was fitted on, and of each plain measure."""
    test = np.concatenate([numbers for _, numbers in pairs])
    asked, truth = [answers.asked[i] for i in test], answers.people[test]
    marks = np.round(10 * truth)
    guesses = {
        "": _over(pairs, lambda train, part: fit.scores(answers.material, answers.people, train, part)),
        "_of_mean": _over(pairs, lambda train, part: np.full(len(part), answers.people[train].mean())),
        **{f"_of_{name}": _by_ridge(values, answers.people, pairs) for name, values in answers.plain.items()},
    }
    metrics: dict[str, Metric] = {}
    for suffix, guess in guesses.items():
        figures = {
            f"pearson{suffix}": lambda i, g=guess: pearson(g[i], truth[i]),
            f"rmse{suffix}": lambda i, g=guess: answers.scale * rmse(g[i], truth[i]),
            f"qwk{suffix}": lambda i, g=guess: qwk(np.round(10 * g[i]), marks[i]),
        }
        metrics |= {name: by_question(measure, asked) for name, measure in figures.items()}
    return metrics


def _label_figures(answers: GradedSet, fit: Fit, pairs: Pairs) -> dict[str, Metric]:
    """Macro-F1 and accuracy of the fitted labels, where every answer has one; macro-F1 of the commonest label and of plain measures."""
    names = sorted({row.label for row in answers.rows if row.label})
    if len(names) < 2 or not all(row.label for row in answers.rows):
        return {}
    labels = np.array([names.index(row.label or "") for row in answers.rows])
    said = _over(pairs, lambda train, part: fit.shares(answers.material, labels, train, part, len(names)).argmax(axis=1))
    plain = {
        "majority": _over(pairs, lambda train, part: np.full(len(part), np.bincount(labels[train]).argmax())),
        **{name: _by_logistic(values, labels, pairs) for name, values in answers.plain.items()},
    }
    test = np.concatenate([numbers for _, numbers in pairs])
    asked, truth = [answers.asked[i] for i in test], labels[test]
    return {
        "macro_f1": by_question(lambda i: _macro_f1(said[i], truth[i]), asked),
        "accuracy": by_question(lambda i: float((said[i] == truth[i]).mean()), asked),
        **{f"macro_f1_of_{name}": by_question(lambda i, p=picks: _macro_f1(p[i], truth[i]), asked) for name, picks in plain.items()},  # type: ignore[misc]
    }


def _by_ridge(values: Floats, people: Floats, pairs: Pairs) -> Floats:
    """Scores by one number of each answer; the strength is scikit-learn's own, next to nothing on hundreds of answers."""

    def predicted(train: Numbers, part: Numbers) -> Floats:
        model = Ridge().fit(values[train, None], people[train])
        return np.clip(np.asarray(model.predict(values[part, None]), dtype=np.float64), 0.0, 1.0)

    return _over(pairs, predicted)


def _by_logistic(values: Floats, labels: Numbers, pairs: Pairs) -> Numbers:
    """Labels by one number of each answer; those that are rare weigh as much as the others."""

    def predicted(train: Numbers, part: Numbers) -> Numbers:
        if len(np.unique(labels[train])) == 1:  # nothing to tell apart, which a logistic model refuses
            return np.full(len(part), labels[train][0])
        model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
        return np.asarray(model.fit(values[train, None], labels[train]).predict(values[part, None]), dtype=np.int64)

    return _over(pairs, predicted)


def _over(pairs: Pairs, predict: Callable[[Numbers, Numbers], NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate([predict(train, part) for train, part in pairs])


def _macro_f1(said: Numbers, meant: Numbers) -> float:
    return macro_f1([str(one) for one in said], [str(one) for one in meant])
