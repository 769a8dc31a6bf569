"""How far grades agree with people as they come, beside plain measures; no label of the set is used."""

from __future__ import annotations

from eval.graded_set import SET_RECALL, GradedSet
from eval.material import Numbers
from eval.metrics import Metric, all_by_question, pearson, rmse, spearman


def as_they_come(answers: GradedSet) -> dict[str, Metric]:
    """Agreement of the scores, and what each plain measure gets."""

    def figures(i: Numbers) -> dict[str, float]:
        people = answers.people[i]
        own = pearson(answers.scores[i], people)
        return {
            "pearson": own,
            "spearman": spearman(answers.scores[i], people),
            "rmse": answers.scale * rmse(answers.scores[i], people),
            "ungraded": float(answers.ungraded[i].mean()),
            **{f"pearson_of_{name}": pearson(values[i], people) for name, values in answers.plain.items()},
            f"pearson_above_{SET_RECALL}": own - pearson(answers.plain[SET_RECALL][i], people),
        }

    return {f"as_they_come.{name}": metric for name, metric in all_by_question(figures, answers.asked).items()}
