"""Domain words and mended slips: a term that sounds like what was heard, never a word that was not said."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoken_answers import transcript

from coach.bank.markdown import parse_question
from coach.domain import KeyPoint, Question
from coach.spoken import Transcript, Word
from coach.voice.lexicon import is_ordinary
from coach.voice.mend import mend
from coach.voice.terms import MAX_TERMS, terms_of

CORPUS = Path(__file__).parents[2] / "corpus"
TERMS = (
    "ReLU LSTM softmax logits dropout k-means AdamW L2 Gini lasso KNN RNN F1 XGBoost overfitting t-SNE perceptron BatchNorm forget".split()
)  # fmt: skip


@cache
def bank(name: str) -> tuple[Question, ...]:
    paths = sorted((CORPUS / name).glob("*.md"))
    return tuple(parse_question(path.read_text(encoding="utf-8"), bank=name, id=path.stem) for path in paths)


# Terms


@pytest.mark.parametrize(
    ("id", "wanted"),
    [
        ("adam-optimiser", {"Adam", "AdamW", "L2"}),
        ("lstm", {"LSTM", "RNN"}),
        ("dead-relus-and-gelu", {"ReLU", "GELU"}),
        ("overfitting", {"overfitting", "dropout"}),
        ("calibration", {"Platt", "logits"}),
    ],
)
def test_the_domain_words_of_a_question_come_first(id: str, wanted: set[str]) -> None:
    questions = bank("deep-learning")
    asked = next(question for question in questions if question.id == id)
    terms = terms_of(asked, questions)
    assert wanted <= set(terms[:14])
    assert len(terms) <= MAX_TERMS
    assert not {"this", "because", "which", "I'd"} & set(terms)


def test_a_word_that_every_question_of_the_bank_uses_tells_less() -> None:
    asked = Question(id="a", bank="b", text="What does batching change?", answer="", key_points=(KeyPoint.of("The gradient is noisy."),))
    others = [Question(id=str(n), bank="b", text="How is the gradient used?", answer="") for n in range(5)]
    assert terms_of(asked).index("gradient") < terms_of(asked).index("batching") < len(terms_of(asked))
    alone = terms_of(asked, others)
    assert alone.index("batching") < alone.index("gradient")


def test_a_capital_at_the_beginning_of_a_sentence_is_not_the_word_s_own() -> None:
    asked = Question(id="a", bank="b", text="What is Bayes after?", answer="Momentum helps. Then Momentum stops.")
    assert "momentum" not in terms_of(asked)
    asked = Question(id="a", bank="b", text="Softmax: what is it?", answer="The softmax normalises.")
    assert "softmax" in terms_of(asked)
    assert "Softmax" not in terms_of(asked)


def test_a_question_without_words_has_no_terms() -> None:
    assert terms_of(Question(id="a", bank="b", text="Why?", answer="", topic="")) == ()


@pytest.mark.parametrize("word", ["gradient", "gradients", "regularisation", "training", "kernel's", "applied", "Momentum"])
def test_ordinary_words_are_known_in_their_forms_and_both_spellings(word: str) -> None:
    assert is_ordinary(word)


@pytest.mark.parametrize("word", ["softmax", "logets", "ReLU", "xgboost"])
def test_coinages_and_slips_are_not(word: str) -> None:
    assert not is_ordinary(word)


# Mending


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("the railu, is", "the ReLU, is"),
        ("rayloo's dead", "ReLU's dead"),
        ("The rail@0.3 you@0.4 is", "The ReLU is"),
        ("soft max over the logets@0.6", "softmax over the logits"),
        ("an L S T M has gates", "an LSTM has gates"),
        ("an el s t m.", "an LSTM."),
        ("K means clusters", "k-means clusters"),
        ("With Cay@0.2 means you", "With k-means you"),
        ("The FURGAT@0.5 gate", "The forget gate"),
        ("Adam W decays", "AdamW decays"),
        ("L two is added", "L2 is added"),
        ("the genie@0.4 index", "the Gini index"),
        ("lesso@0.5 shrinks", "lasso shrinks"),
        ("we use drop out, here", "we use dropout, here"),
        ("k n n is lazy", "KNN is lazy"),
        ("an X G boost model", "an XGBoost model"),
        ("over fitting is bad", "overfitting is bad"),
        ("Over fitting is bad", "Overfitting is bad"),
        ("tea sne@0.3 plots", "t-SNE plots"),
        ("the F one score", "the F1 score"),
    ],
)
def test_a_slip_on_a_term_is_mended_and_its_punctuation_stays(heard: str, meant: str) -> None:
    assert mend(transcript(heard, probability=0.8), TERMS).text == meant


@pytest.mark.parametrize(
    "heard",
    [
        "The real issue is that we really see you are well.",
        "It fits in to the place, and so on, as you see.",
        "The lesson is short, the last so good.",
        "A bird and a genie are in it.",
        "I see an end to it.",
        "are and n is a list",
        "We relu and softmax the logits with dropout.",
        "Regularization and quantization help.",
        "soft, max is his name",
        "",
    ],
)
def test_ordinary_speech_and_right_terms_stand(heard: str) -> None:
    said = transcript(heard, probability=0.8)
    assert mend(said, TERMS) == said


def test_a_word_that_the_recogniser_is_sure_of_stands_whatever_it_resembles() -> None:
    said = transcript("lesso@0.97 shrinks")
    assert mend(said, TERMS) == said


def test_a_mended_word_says_what_was_heard_and_spans_its_time() -> None:
    mended = mend(transcript("the soft@0.7 max, is", probability=0.9), TERMS)
    word = mended.words[1]
    assert (word.text, word.heard, word.probability) == ("softmax,", "soft max,", 0.7)
    assert (word.start, word.end) == pytest.approx((0.4, 1.2))
    assert [each.heard for each in mended.words if each is not word] == [None, None]


def test_two_terms_that_sound_alike_are_not_guessed_between() -> None:
    said = transcript("the gaynee@0.4 index")
    assert mend(said, ("Gini", "Jini")).text == said.text


words = st.builds(
    lambda text, probability: (text, probability),
    st.sampled_from("the soft max drop out rail you logets is really K means, L two lesso. genie and over fitting see X G boost".split()),
    st.floats(0, 1),
)


@settings(deadline=None)
@given(st.lists(words, max_size=12))
def test_mending_only_puts_terms_in_place_of_what_it_names_and_a_second_time_does_nothing(said: list[tuple[str, float]]) -> None:
    heard = Transcript(
        words=tuple(Word(text=text, start=n, end=n + 0.5, probability=p) for n, (text, p) in enumerate(said)), seconds=20, speech=10
    )
    mended = mend(heard, TERMS)
    assert " ".join(word.heard or word.text for word in mended.words) == heard.text
    for word in mended.words:
        assert word.heard is None or re.sub(r"^\W+|\W+$", "", word.text).casefold() in {term.casefold() for term in TERMS}
    assert [word.start for word in mended.words] == sorted(word.start for word in mended.words)
    assert mend(mended, TERMS).text == mended.text
