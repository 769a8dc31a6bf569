"""Whether an answer is about something else altogether: by its likeness to what was asked, and by where its passages are found."""

from __future__ import annotations

from collections.abc import Sequence

from coach.domain import Hit, Question
from coach.grading.evidence import AnswerEvidence

# How much nearer (cosine, fused score) the answer must be to another question's passages than to its own question's, and how surely a
# point must be said (probability) for the answer to be heard all the same. Chosen on the train and dev splits of eval/data/answers for
# bge-small-en-v1.5: 1 of 830 answers with a label of 2 or more is stopped, 11 of 15 off-topic answers, and half of 444 good answers to
# other questions. Margins that stop more of these stop right answers in other words, which is worse.
COSINE_MARGIN = 0.09
FUSED_MARGIN = 0.7
SURELY_SAID = 0.8
# Talk of other things comes no nearer (cosine) to a question or its points than this, an answer does. Of 130 answers of the train split
# with a label of 2 or more the farthest came to 0.54, of small talk about lunch, cats and the weather the nearest to 0.51.
BEARING = 0.51


def unrelated(evidence: AnswerEvidence) -> str | None:
    """The reason in words when the answer is about nothing that was asked for, else None."""
    return None if evidence.bearing >= BEARING else "This does not seem to be about the question."


def off_topic(evidence: AnswerEvidence, hits: Sequence[Hit], question: Question, said: float) -> str | None:
    """The reason in words when the answer belongs to another question of the bank, else None.

    `said` is the probability of the point that is most surely covered.
    """
    own = [hit for hit in hits if hit.passage.question_id == question.id]
    others = [hit for hit in hits if hit.passage.question_id != question.id and hit.passage.bank == question.bank]
    if not own or not others or said >= SURELY_SAID:
        return None
    nearest = max(others, key=lambda hit: hit.dense)
    cosine = nearest.dense - max(max(hit.dense for hit in own), evidence.answer_fit)
    fused = max(hit.score for hit in others) - max(hit.score for hit in own)
    if cosine < COSINE_MARGIN or fused < FUSED_MARGIN:
        return None
    return f"This answers another question: “{nearest.passage.question}”"
