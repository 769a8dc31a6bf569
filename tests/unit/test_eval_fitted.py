"""Models fitted inside a run: they learn from the answers they are given, and from no others."""

from __future__ import annotations

import numpy as np
import pytest

from eval.fitted import folds, predicted_scores, predicted_shares
from eval.material import Material
from eval.question_kernel import LEAST, has_enough, predicted_by_kernel


def material(questions: int, each: int, seed: int = 0) -> tuple[Material, np.ndarray]:
    rng = np.random.default_rng(seed)
    number = questions * each
    truth = rng.random(number)
    named = np.column_stack([truth + rng.normal(0, 0.1, number), rng.random(number)])
    embeddings = rng.normal(size=(number, 8))
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    asked = np.repeat([f"q{n}" for n in range(questions)], each)
    return Material(named, rng.normal(size=(number, 6)), embeddings, np.roll(embeddings, 1, axis=1), asked, asked), truth


def test_no_question_is_in_train_and_test_of_a_fold_and_every_answer_is_tested_once() -> None:
    data, _ = material(12, 10)
    tested = []
    for train, test in folds(data):
        assert not set(data.asked[train]) & set(data.asked[test])
        tested += test.tolist()
    assert sorted(tested) == list(range(120))


def test_scores_of_questions_that_were_held_out_follow_the_evidence() -> None:
    data, truth = material(12, 20)
    train, test = folds(data)[0]
    assert np.corrcoef(predicted_scores(data, truth, train, test), truth[test])[0, 1] > 0.8


def test_how_answer_and_reference_compare_tells_of_questions_that_were_held_out() -> None:
    rng = np.random.default_rng(5)
    references = rng.normal(size=(240, 16))
    near = rng.integers(0, 2, 240)
    embeddings = np.where(near[:, None] == 1, references, rng.normal(size=(240, 16))) + rng.normal(0, 0.1, (240, 16))
    asked = np.repeat([f"q{n}" for n in range(12)], 20)
    blind = Material(rng.random((240, 2)), rng.normal(size=(240, 4)), embeddings, references, asked, asked)
    train, test = folds(blind)[0]
    assert (predicted_shares(blind, near, train, test, 2).argmax(axis=1) == near[test]).mean() > 0.85
    assert np.corrcoef(predicted_scores(blind, near.astype(float), train, test), near[test])[0, 1] > 0.8


def test_the_scores_of_the_test_side_have_no_part_in_what_is_predicted() -> None:
    data, truth = material(6, 20)
    train, test = folds(data)[0]
    other = truth.copy()
    other[test] = 1 - other[test]
    assert predicted_scores(data, truth, train, test) == pytest.approx(predicted_scores(data, other, train, test))


def test_an_answer_like_one_that_was_graded_gets_what_that_one_got() -> None:
    rng = np.random.default_rng(1)
    kinds = rng.integers(0, 2, 200)
    embeddings = np.where(kinds[:, None] == 1, [1.0, 0.0], [0.0, 1.0]) + rng.normal(0, 0.05, (200, 2))
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    asked = np.repeat(["a", "b"], 100)
    blind = Material(rng.random((200, 2)), rng.normal(size=(200, 4)), embeddings, embeddings[::-1], asked, asked)
    order = rng.permutation(200)
    train, test = order[:150], order[150:]
    shares = predicted_shares(blind, kinds, train, test, 2)
    assert (shares.argmax(axis=1) == kinds[test]).mean() > 0.95
    assert shares.sum(axis=1) == pytest.approx(np.ones(50))


def two_questions(each: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Embeddings, questions and kinds: what is right to the one question is wrong to the other."""
    rng = np.random.default_rng(2)
    said = rng.integers(0, 2, 2 * each)
    embeddings = np.where(said[:, None] == 1, [1.0, 0.0], [0.0, 1.0]) + rng.normal(0, 0.05, (2 * each, 2))
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    questions = np.repeat(["a", "b"], each)
    return embeddings, questions, np.where(questions == "a", said, 1 - said)


def test_the_same_words_are_worth_what_they_were_worth_to_the_same_question() -> None:
    embeddings, questions, kinds = two_questions(60)
    order = np.random.default_rng(3).permutation(120)
    train, test = order[:80], order[80:]
    scores = predicted_by_kernel(embeddings, questions, kinds[:, None].astype(float), train, test)[:, 0]
    assert ((scores > 0.5) == kinds[test]).all()
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_scores_and_labels_of_seen_questions_both_hear_the_kernel() -> None:
    embeddings, questions, kinds = two_questions(60)
    rng = np.random.default_rng(4)
    blind = Material(rng.random((120, 2)), rng.normal(size=(120, 4)), embeddings, embeddings[::-1], np.repeat("why", 120), questions)
    order = rng.permutation(120)
    train, test = order[:80], order[80:]
    shares = predicted_shares(blind, kinds, train, test, 2)
    assert (shares.argmax(axis=1) == kinds[test]).all()
    assert shares.sum(axis=1) == pytest.approx(np.ones(40))
    assert np.corrcoef(predicted_scores(blind, kinds.astype(float), train, test), kinds[test])[0, 1] > 0.9


def test_a_question_with_too_few_answers_is_left_to_the_other_models() -> None:
    questions = np.array(["few"] * LEAST + ["many"] * (LEAST + 1))
    train, test = np.array([*range(1, LEAST), *range(LEAST + 1, 2 * LEAST + 1)]), np.array([0, LEAST])
    assert has_enough(questions, train, test).tolist() == [False, True]


def test_one_label_in_training_is_all_that_can_be_said() -> None:
    data, _ = material(4, 5)
    train, test = folds(data)[0]
    assert predicted_shares(data, np.ones(20, dtype=np.int64), train, test, 3).tolist() == [[0, 1, 0]] * len(test)
