"""The benchmark of speech without speech: how errors are counted, what noise is, what the figures rest on, and whose turn it was."""

from __future__ import annotations

import csv
import math
import wave
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from coach.bank.markdown import parse_question
from coach.errors import CoachError, UsageError
from coach.spoken import Transcript, Word
from coach.voice.hearing import Final, Over, TakenBack
from coach.voice.sound import RATE, to_int16
from coach.wiring import corpus_folder
from eval.bench import Benchmark, Case, Options, Outcome
from eval.metrics import Metric
from eval.run import BENCHMARKS
from eval.voice import data, noise, page, script, speakers
from eval.voice.answers import SpokenAnswers, SpokenValues
from eval.voice.fillers import Fillers, FoundValues
from eval.voice.parts import Parts, grown
from eval.voice.text import Errors, missed, plain_words, sayable, word_errors
from eval.voice.turns import InRecording, Listener, TurnTaking, TurnValues
from eval.voice.words import HeardValues, Tried, Words, tried

SENTENCES = [*data.sentences("tune"), *data.sentences("test")]
NOTHING: Any = SimpleNamespace(
    settings=SimpleNamespace(stt="whisper-base", stt_quick="whisper-tiny.en", voice_base_url="", patience=0.8), store=None
)
EARS: Any = SimpleNamespace(version="1")
SLT = speakers.Speaker("slt", "flite")


def heard(text: str, *, mended: Sequence[str] = ()) -> Transcript:
    words = [
        Word(text=word, start=n, end=n + 1, probability=0.9, heard="?" if word in mended else None) for n, word in enumerate(text.split())
    ]
    return Transcript(words=tuple(words), seconds=len(words), speech=len(words))


# What is said


def test_the_sentences_are_as_many_as_promised_and_those_to_tune_on_are_apart() -> None:
    assert len(data.sentences("tune")) == 24
    assert len(data.sentences("test")) >= 60
    assert not {one.question_id for one in data.sentences("tune")} & {one.question_id for one in data.sentences("test")}
    assert [one.id for one in SENTENCES] == [f"{number:02}" for number in range(1, len(SENTENCES) + 1)]


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda one: one.id)
def test_every_sentence_has_its_terms_and_a_question_of_ours(sentence: data.Sentence) -> None:
    assert sentence.terms
    assert missed(sentence.terms, sentence.text) == []
    path = corpus_folder() / sentence.bank / f"{sentence.question_id}.md"
    assert parse_question(path.read_text(encoding="utf-8"), bank=sentence.bank, id=path.stem, source=path.name).key_points


def test_the_turns_have_pauses_of_up_to_two_seconds_and_enough_of_them_after_what_sounds_finished() -> None:
    found = data.turns()
    pauses = [piece for turn in found for piece in turn.pieces if piece.pause]
    assert len(found) == 30
    assert max(piece.pause for piece in pauses) == 2.0
    assert sum(any(piece.finished for piece in turn.pieces) for turn in found) >= 15
    assert all(not turn.pieces[-1].pause and all(piece.pause for piece in turn.pieces[:-1]) for turn in found)
    assert all((corpus_folder() / turn.bank / f"{turn.question_id}.md").is_file() for turn in found)


def test_forty_answers_of_the_test_split_are_spoken_good_ones_and_bad_ones() -> None:
    found = data.answers()
    assert len({answer.id for answer in found}) == 40
    assert {answer.split for answer in found} == {"test"}
    assert {0, 10} <= {answer.score for answer in found}


def test_every_filler_is_in_its_sentence() -> None:
    for row in data.filled():
        words = plain_words(row.text)
        assert all(" ".join(plain_words(filler)) in " ".join(words) for filler in row.fillers)


# What was heard


@pytest.mark.parametrize(
    ("said", "heard_as", "errors"),
    [
        ("Overfitting, the LSTM.", "over fitting the L.S.T.M.", Errors(3, 0, 0, 0)),
        ("a data set", "a dataset", Errors(3, 0, 0, 0)),
        ("normalisation and behaviour", "Normalization and behavior", Errors(3, 0, 0, 0)),
        ("twenty-five layers of 1,000", "25 layers of 1000", Errors(4, 0, 0, 0)),
        ("the naïve way", "the naive way", Errors(3, 0, 0, 0)),
        ("drop it now", "drop it", Errors(3, 0, 1, 0)),
        ("drop it", "please drop it", Errors(2, 0, 0, 1)),
        ("a sigmoid saturates", "a sigma saturates", Errors(3, 1, 0, 0)),
        ("anything at all", "", Errors(3, 0, 3, 0)),
    ],
)
def test_errors_are_of_what_can_be_heard(said: str, heard_as: str, errors: Errors) -> None:
    assert word_errors(said, heard_as) == errors


def test_a_term_is_found_however_it_is_parted_and_missed_by_a_letter() -> None:
    assert missed(["BM25", "t-SNE", "LayerNorm"], "B M twenty five, t SNE and layer norm") == []
    assert missed(["word2vec", "retriever", "ReLU"], "word to vec, retrievers, relu") == ["word2vec", "retriever"]
    assert missed(["GRU"], "the big rule") == ["GRU"]  # its letters across words are no find


def test_names_are_spelt_for_a_synthesiser_as_whole_words_only() -> None:
    assert sayable("ReLU, LSTMs and QLoRA") == "ray loo, L S T M's and Q lora"
    assert sayable("a loran") == "a loran"


def test_a_mended_word_is_right_when_it_was_said() -> None:
    found = tried("An LSTM keeps a cell state", ["LSTM", "cell state"], heard("An LSTM keeps a sell state ReLU", mended=["LSTM", "ReLU"]))
    assert (found.mends, found.right, found.missed) == (2, 1, ("cell state",))
    assert Errors(*found.errors).wrong == 2


# Noise


def test_noise_is_as_much_quieter_than_speech_as_asked_and_pauses_do_not_count() -> None:
    rng = np.random.default_rng(1)
    tone = np.sin(np.arange(RATE) * 0.1).astype(np.float32) * 0.3
    speech = np.concatenate([tone, np.zeros(RATE, dtype=np.float32)])
    assert noise.level(speech) == pytest.approx(noise.level(tone), rel=0.01)
    bed = noise.pink(len(speech), rng)
    added = noise.mixed(speech, bed, snr=10.0) - speech
    assert 20 * math.log10(noise.level(speech) / float(np.sqrt((added**2).mean()))) == pytest.approx(10, abs=0.1)


def test_pink_noise_has_more_below_and_babble_is_never_beyond_full_scale() -> None:
    rng = np.random.default_rng(1)
    power = np.abs(np.fft.rfft(noise.pink(RATE, rng))) ** 2
    assert power[10:1000].mean() > 3 * power[4000:].mean()
    talk = [rng.standard_normal(RATE).astype(np.float32) * 0.5 for _ in range(3)]
    assert np.abs(noise.mixed(talk[0], noise.babble(RATE, talk, rng), snr=-10)).max() <= 0.981


def test_a_voice_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="no voice 'nobody'"):
        speakers.speakers(["nobody"])


def test_a_voice_whose_program_is_missing_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speakers.shutil, "which", lambda name: None)
    with pytest.raises(UsageError, match="apt-get install flite"):
        speakers.speakers(["slt"])
    assert [speaker.name for speaker in speakers.speakers()] == ["hibari"]


def test_a_folder_of_recordings_is_a_voice_and_other_recordings_are_other_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Dropout is off at inference."
    path = tmp_path / "maria" / script.file_of(text)
    path.parent.mkdir()

    def record(hertz: int) -> None:
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((np.sin(np.arange(RATE) * 2 * np.pi * hertz / RATE) * 20_000).astype("<i2").tobytes())

    monkeypatch.setattr(speakers, "_speech_in", lambda samples: samples)
    record(200)
    (maria,) = speakers.speakers([str(path.parent)])
    assert maria.name == "maria"
    assert np.abs(speakers.said(maria, text)).max() == pytest.approx(speakers.LOUDEST)
    first = speakers.spoken_by(maria, text)
    record(300)
    assert speakers.spoken_by(maria, text) != first
    assert speakers.spoken_by(SLT, text) == {"voice": "slt"}


def test_what_the_room_sounds_like_before_and_after_a_recording_is_cut_off(tmp_path: Path) -> None:
    text = "Dropout is off at inference."
    speech = speakers.said(speakers.Speaker("hibari", "hibari"), text)
    room = np.random.default_rng(1).standard_normal(2 * RATE).astype(np.float32) * 10 ** (-35 / 20)
    noisy = np.concatenate([room, speech + room[: len(speech)], room])
    with wave.open(str(tmp_path / script.file_of(text)), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(to_int16(noisy))
    (maria,) = speakers.speakers([str(tmp_path)])
    assert len(speakers.said(maria, text)) / RATE == pytest.approx(len(speech) / RATE, abs=0.4)


def test_two_voices_of_one_name_are_refused_and_a_folder_has_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for parent in ("one", "two"):
        (tmp_path / parent / "maria").mkdir(parents=True)
    with pytest.raises(UsageError, match="called maria"):
        speakers.speakers([str(tmp_path / "one" / "maria"), str(tmp_path / "two" / "maria")])
    monkeypatch.chdir(tmp_path / "one" / "maria")
    assert [speaker.name for speaker in speakers.speakers(["."])] == ["maria"]


def test_a_text_that_nobody_read_is_named_with_what_lists_it(tmp_path: Path) -> None:
    (maria,) = speakers.speakers([str(tmp_path)])
    with pytest.raises(CoachError, match=r"dropout-is-off-.*wav is not there.*eval\.voice\.script"):
        speakers.said(maria, "Dropout is off.")


def test_the_script_lists_all_that_is_read_each_into_a_file_of_its_own(tmp_path: Path) -> None:
    script.main(tmp_path / "maria")
    rows = list(csv.DictReader((tmp_path / "maria" / script.SCRIPT).read_text(encoding="utf-8").splitlines()))
    assert {row["benchmark"] for row in rows} <= set(BENCHMARKS)
    assert [row["read"] for row in rows] == [text for each in script.texts().values() for text in each]
    assert len({row["file"] for row in rows}) == len({row["read"] for row in rows})
    resnet = next(row for row in rows if "ResNet" in row["read"])
    assert resnet["say_as"] != resnet["read"]


# Figures


def measured(bench: Benchmark, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> dict[str, Metric]:
    return bench.measure(cases, outcomes)


def words_bench() -> Words:
    return Words(NOTHING, EARS, [SLT])


def sentence_case(id: str, voice: str = "slt", condition: str = "clean", *, natural: bool = True) -> Case:
    content = {"answer": "one two three four", "terms": ["three"], "voice": voice, "natural": natural, "condition": condition}
    return Case(id=id, group=id, content=content)  # type: ignore[arg-type]


def sentence_outcome(id: str, wrong: int, lost: int) -> Outcome:
    one = Tried(text="", errors=(4, wrong, 0, 0), missed=("three",) * lost, mends=1, right=1)
    values = HeardValues(terms=1, known=("three",), ways=dict.fromkeys(("plain", "mended", "biased", "shipped"), one))
    return Outcome(id=id, values=values.model_dump(mode="json"))


def test_error_rates_are_of_all_words_together_and_poor_voices_stand_apart() -> None:
    cases = [sentence_case("a"), sentence_case("b"), sentence_case("c", "kal16", natural=False)]
    figures = measured(words_bench(), cases, [sentence_outcome("a", 1, 0), sentence_outcome("b", 0, 1), sentence_outcome("c", 4, 1)])
    assert figures["clean.shipped.wer"].value == pytest.approx(1 / 8)
    assert figures["clean.shipped.term_error_rate"].value == pytest.approx(0.5)
    assert figures["kal16.clean.plain.wer"].value == 1.0
    assert figures["clean.mends_right"] == Metric(1.0, None, None, 2)
    assert not [name for name in figures if name.startswith("noisy")]


def test_of_a_recording_that_failed_nothing_was_heard() -> None:
    figures = measured(
        words_bench(), [sentence_case("a"), sentence_case("b")], [Outcome(id="a", error="away"), sentence_outcome("b", 0, 0)]
    )
    assert figures["clean.shipped.wer"].value == 0.5
    assert figures["clean.shipped.term_error_rate"].value == 0.5


def test_a_change_of_score_counts_in_both_directions() -> None:
    subject: Any = SimpleNamespace(slug="fast", version="1", versions=SimpleNamespace(model_dump=dict))
    bench = SpokenAnswers(NOTHING, subject, EARS, [SLT])
    rows = [(80.0, 70.0), (20.0, 30.0), (50.0, 50.0)]
    cases = [Case(id=str(n), group=str(n), content={}) for n in range(3)]
    outcomes = [
        Outcome(
            id=str(n),
            values=SpokenValues(
                typed=typed, spoken=spoken, label=50, same_verdicts=1.0, errors=(10, 1, 0, 0), not_heard=None, heard=""
            ).model_dump(mode="json"),
        )
        for n, (typed, spoken) in enumerate(rows)
    ]
    figures = measured(bench, cases, outcomes)
    assert figures["mean_absolute_change"].value == pytest.approx(20 / 3)
    assert figures["mean_change"].value == pytest.approx(0)
    assert (figures["wer"].value, figures["answers"].value) == (pytest.approx(0.1), 3)


def test_a_filler_survives_as_often_as_it_is_counted() -> None:
    bench = Fillers(NOTHING, EARS, [SLT])
    case = Case(id="a", group="a", content={"answer": "um, um, like", "fillers": ["um", "um", "like"], "voice": "slt"})
    values = FoundValues(said=("um", "um", "like"), found=("um",), more=1, text="um")
    figures = measured(bench, [case], [Outcome(id="a", values=values.model_dump(mode="json"))])
    assert figures["survive"].value == pytest.approx(1 / 3)
    assert figures["survive.um"].value == 0.5
    assert figures["counted_but_not_said"].value == 1


def test_what_is_measured_of_turns() -> None:
    bench = TurnTaking(NOTHING, [SLT])
    rows = [(0, 0, 0.9), (1, 0, 1.1), (0, 1, None)]
    cases = [Case(id=str(n), group=str(n), content={}) for n in range(4)]
    outcomes = [
        Outcome(
            id=str(n),
            values=TurnValues(
                pauses=2, finished_pauses=1, withdrawn=back, cut_off=cut, end_delay=delay, errors=(10, 0, 1, 0), text=""
            ).model_dump(mode="json"),
        )
        for n, (back, cut, delay) in enumerate(rows)
    ]
    figures = measured(bench, cases, [*outcomes, Outcome(id="3", error="away")])
    assert (figures["cut_off"].value, figures["withdrawn"].value, figures["missed_end"].value) == (0.5, 0.25, 0.5)
    assert figures["false_ends"] == Metric(2 / 6, None, None, 6)
    assert figures["end_delay_s"].value == pytest.approx(1.0)


def test_growth_is_of_the_later_minutes_and_none_where_memory_stays() -> None:
    assert grown([900, 1000, 1010, 1015, 1015, 1016, 1015, 1015, 1016]) == pytest.approx(0, abs=1)
    assert grown([100, 200, 300, 400, 500, 600, 700, 800, 900]) >= 250
    assert grown([100]) == 0


def test_a_part_that_failed_has_no_number() -> None:
    bench = Parts(NOTHING, [SLT], full=False, minutes=2)
    cases = bench.cases()
    outcomes = [Outcome(id=case.id, values={"values": [1.0, 3.0, 2.0]}) for case in cases[:-1]] + [Outcome(id=cases[-1].id, error="away")]
    figures = measured(bench, cases, outcomes)
    assert figures["recogniser_rtf"] == Metric(2.0, 1.0, 3.0, 3, ranged=True)
    assert math.isnan(figures["growth_mb"].value)


def test_the_benchmark_goes_by_one_name_and_its_parts_by_theirs() -> None:
    assert {"voice", "voice-words", "voice-fillers", "voice-answers", "voice-turns", "voice-parts"} <= set(BENCHMARKS)
    assert Options(voices=("slt",), minutes=10).voices == ("slt",)


# Turns


class Ears:
    """Takes down what the coach says."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def coach_says(self, text: str) -> None:
        self.said.append(text)


def listening(ends: float) -> tuple[InRecording, Listener, Ears]:
    work, ears = InRecording(), Ears()
    listener = Listener(work, ends)
    listener.hearing = ears  # type: ignore[assignment]
    return work, listener, ears


def over(text: str) -> Over:
    return Over(heard(text), np.zeros(0, dtype=np.float32), by_hand=False)


def test_work_is_done_when_as_much_of_the_recording_has_passed_as_it_took() -> None:
    work, seen = InRecording(), []
    work.pass_to(1.0)
    work.spawn(lambda: work.post(lambda: seen.append(work.now)))
    assert seen == []
    work.pass_to(5.0)
    assert 1.0 <= seen[0] < 5.0


def test_an_end_that_is_taken_back_is_no_cut_and_stops_the_reply() -> None:
    work, listener, ears = listening(ends=6.0)
    work.pass_to(3.0)
    listener.tell(over("The first half"))
    work.pass_to(4.0)
    listener.tell(TakenBack())
    work.pass_to(7.0)
    listener.tell(over("The first half and the second"))
    work.pass_to(10.0)
    listener.tell(Final())
    assert (listener.withdrawn, listener.cut_off, listener.end) == (1, 0, 7.0)
    assert listener.text == "The first half and the second"
    assert [bool(text) for text in ears.said] == [True, False, True]


def test_an_end_that_stays_while_more_was_to_come_is_a_cut() -> None:
    work, listener, _ = listening(ends=6.0)
    work.pass_to(3.0)
    listener.tell(over("The first half"))
    work.pass_to(6.1)
    listener.tell(Final())
    assert (listener.cut_off, listener.end, listener.text) == (1, None, "The first half")


def test_a_reply_comes_to_its_end_by_itself() -> None:
    work, listener, ears = listening(ends=1.0)
    work.pass_to(1.0)
    listener.tell(over("All"))
    work.pass_to(20.0)
    assert [bool(text) for text in ears.said] == [True, False]


# The page


def happened(*, sounds: Sequence[float] = (), starts: Sequence[tuple[float, str]] = (), heard: Sequence[float] = ()) -> page.Happened:
    return page.Happened(
        sounds=tuple(sounds), starts=tuple(page.Start(at=at, text=text) for at, text in starts), heard=tuple(heard), sent=tuple(sounds)
    )


def test_a_wait_is_from_the_last_word_to_the_first_sound_and_to_what_the_reply_holds() -> None:
    starts = [(500.0, "The question."), (5900.0, "All right."), (6000.0, "All right."), (7200.0, "You named the gates.")]
    wait = page.wait_of(1000.0, 5000.0, happened(sounds=[500.0, 6000.0], starts=starts, heard=[5800.0]))
    assert (wait.spoken, wait.heard, wait.sounded, wait.reacted, wait.early) == (4.0, 0.8, 1.0, 2.2, False)


def test_a_reply_that_began_too_early_is_told_and_one_that_never_came_has_no_time() -> None:
    wait = page.wait_of(1000.0, 5000.0, happened(sounds=[3000.0]))
    assert (wait.early, wait.sounded, wait.reacted) == (True, None, None)
    assert math.isnan(page.figures([wait])["sounded_median"])


def test_the_waits_of_all_turns_together() -> None:
    waits = [page.wait_of(0.0, 1000.0, happened(sounds=[1000.0 + 100 * n])) for n in range(1, 21)]
    found = page.figures(waits)
    assert (found["turns"], found["replied"], found["early"]) == (20, 20, 0)
    assert (found["sounded_median"], found["sounded_most"]) == (pytest.approx(1.05), 2.0)
    assert found["sounded_p95"] == pytest.approx(1.905)


def test_a_candidate_says_another_part_of_the_answer_each_time() -> None:
    question = next(iter(page.questions().values()))
    first, second = page.answer_to(question, 0), page.answer_to(question, 1)
    assert first != second
    assert len(first.split()) >= page.LEAST_WORDS
    assert first.split()[0] in question.answer
    assert page.answer_to(None, 0)
