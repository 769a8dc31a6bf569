"""Scores and labels of a set that people graded, by models that are fitted inside the run on nothing but the score as it comes."""

from __future__ import annotations

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from eval.material import Floats, Material, Numbers

LOOSE = 100.0  # the inverse strength of the logistic model's shrinkage: one number on hundreds of answers needs next to none


def scores_by_score(material: Material, scores: Floats, train: Numbers, test: Numbers) -> Floats:
    """As `predicted_scores`: of all that never falls where the score rises, what fits best."""
    own = _as_it_comes(material)
    return np.asarray(IsotonicRegression(out_of_bounds="clip").fit(own[train], scores[train]).predict(own[test]), dtype=np.float64)


def shares_by_score(material: Material, labels: Numbers, train: Numbers, test: Numbers, classes: int) -> Floats:
    """As `predicted_shares`."""
    own = _as_it_comes(material)[:, None]
    if len(np.unique(labels[train])) == 1:  # nothing to tell apart, which a logistic model refuses
        return np.repeat(np.eye(classes)[labels[train][:1]], len(test), axis=0)
    model = LogisticRegression(C=LOOSE, max_iter=2000, class_weight="balanced").fit(own[train], labels[train])
    shares = np.zeros((len(test), classes))
    shares[:, model.classes_] = model.predict_proba(own[test])
    return shares


def _as_it_comes(material: Material) -> Floats:
    return material.named[:, -1]
