"""The command line's manners, where no weights are needed: codes, streams, texts from files, batches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from interviews import FIRST, SECOND, THIRD, Bench, document
from interviews import question as asked
from typer.testing import CliRunner, Result

from coach.bank.lookup import Lookup
from coach.bank.markdown import parse_question
from coach.cli import app
from coach.commands.console import print_json
from coach.commands.grade import _brought
from coach.commands.interview import _is_loopback
from coach.commands.progress import Bars
from coach.commands.texts import read_option, run_batch
from coach.domain import Hit, Passage, Question, VerdictKind
from coach.errors import BankError, CoachError, DocumentError, ModelError, UsageError
from coach.events import Setup
from coach.session import Session
from coach.store import Store

COMMANDS = (
    "serve",
    "practice",
    "ingest",
    "remove",
    "questions",
    "search",
    "grade",
    "export",
    "disputes",
    "doctor",
    "eval",
    "corpus check",
    "models list",
)
NOTES = """# Notes

## What is the tide?

The tide is the rise and fall of the sea, caused mainly by the pull of the moon. It comes twice a day in most places.
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("COACH_DATABASE_URL", "COACH_LOG_LEVEL", "COACH_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COACH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COACH_LLM", "none")
    return tmp_path / "home"


def coach(*arguments: str, input: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=input)


def question(id: str, text: str, bank: str = "sea") -> Question:
    return Question(id=id, bank=bank, text=text, answer="")


def nothing(query: str, k: int, bank: str | None) -> list[Hit]:
    return []


# -- the edge


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = coach(*command.split(), "--help")
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_a_wrong_request_ends_with_2_and_a_failure_with_1_and_neither_says_a_word_on_standard_output(home: Path) -> None:
    for arguments, code in (
        (("search",), 2),
        (("search", " "), 2),
        (("grade", "--question", "x"), 2),
        (("eval", "grading", "--min", "nonsense"), 2),
        (("nonsense",), 2),
        (("questions", "--bank", "nonsense"), 1),
        (("models", "pull", "nonsense"), 1),
        (("models", "verify"), 1),
        (("ingest", "--dry-run", "/nowhere/at/all"), 1),
    ):
        result = coach(*arguments)
        assert (result.exit_code, result.stdout) == (code, ""), arguments
        assert result.stderr, arguments
        assert "Traceback" not in result.stderr, arguments


def test_a_setting_that_is_off_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_PORT", "a lot")
    result = coach("questions")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "port" in result.stderr


def test_ctrl_c_ends_with_130(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(settings: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("coach.models.weights.status", stop)
    result = coach("models", "list")
    assert (result.exit_code, result.stdout) == (130, "")


def test_a_full_disk_is_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(settings: object) -> object:
        raise OSError(28, "No space left on device", "/some/file")

    monkeypatch.setattr("coach.models.weights.status", full)
    result = coach("models", "list")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "No space left" in result.stderr


# -- what is printed


def test_questions_of_the_bundled_corpus_are_there_on_the_first_call_without_weights(home: Path) -> None:
    result = coach("questions", "--bank", "deep-learning", "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert len(rows) >= 40
    assert list(rows[0]) == ["id", "question", "topic", "level", "kind", "key_points", "source"]
    assert list(rows[0]["key_points"][0]) == ["id", "text", "essential"]
    assert not (home / "models").exists()


def test_an_option_beats_the_environment(home: Path, tmp_path: Path) -> None:
    assert coach("--home", str(tmp_path / "other"), "questions").exit_code == 0
    assert (tmp_path / "other" / "coach.db").exists()
    assert not home.exists()


def test_a_dry_run_reports_one_document_and_writes_nothing(home: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(NOTES)
    result = coach("ingest", str(tmp_path / "notes.md"), "--bank", "sea", "--dry-run", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 0
    assert list(report) == ["bank", "documents", "questions", "passages"]
    assert list(report["documents"][0]) == ["path", "status", "questions", "passages", "left_out", "warnings"]
    assert (report["bank"], report["questions"], report["documents"][0]["status"]) == ("sea", 1, "added")
    assert coach("questions", "--bank", "sea").exit_code == 1


def test_of_two_documents_the_bad_one_is_in_the_report_and_the_code_is_1(home: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(NOTES)
    (tmp_path / "empty.md").write_text("")
    result = coach("ingest", str(tmp_path / "notes.md"), str(tmp_path / "empty.md"), "--dry-run", "--json")
    assert result.exit_code == 1
    assert [row["status"] for row in json.loads(result.stdout)["documents"]] == ["added", "failed"]
    assert "empty" in result.stderr


def test_models_are_a_row_each(home: Path) -> None:
    rows = [json.loads(line) for line in coach("models", "list", "--json").stdout.splitlines()]
    assert {row["state"] for row in rows} == {"missing"}
    assert sum(row["default"] for row in rows) == 5


def test_an_exported_bank_is_the_corpus_again_and_replaces_nothing_by_itself(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert coach("export", str(folder), "--bank", "deep-learning").exit_code == 0
    written = folder / "deep-learning" / "dropout.md"
    assert len(list(folder.rglob("*.md"))) >= 40
    original = (Path(__file__).parents[2] / "corpus" / "deep-learning" / "dropout.md").read_text(encoding="utf-8")
    once, twice = (parse_question(text, bank="b", id="dropout") for text in (original, written.read_text(encoding="utf-8")))
    assert once == twice
    assert coach("export", str(folder), "--json").exit_code == 0
    written.write_text("mine")
    result = coach("export", str(folder))
    assert (result.exit_code, written.read_text()) == (1, "mine")
    assert coach("export", str(folder), "--overwrite").exit_code == 0
    assert written.read_text(encoding="utf-8").startswith("---")


def test_disputes_are_listed_and_written_as_labelled_cases(home: Path, tmp_path: Path) -> None:
    assert coach("disputes").stdout == ""
    store = Store.open(f"sqlite:///{home / 'coach.db'}")
    store.save_document(document(asked()))
    session = Session.start(Bench(store), Setup(banks=("ml",), length=1))
    list(session.submit("second third"))
    session.dispute(1, FIRST.id, VerdictKind.COVERED, "I said [that]")
    session.dispute(1, SECOND.id, VerdictKind.PARTIAL, "Half of it")
    session.dispute(1, THIRD.id, VerdictKind.MISSING)
    store.close()
    shown = coach("disputes")
    assert "3 disputed verdicts on 1 answer." in shown.stderr
    for words in ("missing", "I said it", "[that]", "Half of"):
        assert shown.stdout.count(words) == 1, words  # the reason of one dispute is not another's
    out = tmp_path / "disputed.jsonl"
    assert coach("disputes", "--out", str(out)).stdout == ""
    written = out.read_text(encoding="utf-8")
    assert coach("disputes", "--json").stdout == written
    row = json.loads(written)
    assert row["disputed"] == {FIRST.id: "missing", SECOND.id: "covered", THIRD.id: "covered"}
    assert row["reasons"] == {FIRST.id: "I said [that]", SECOND.id: "Half of it"}
    assert session.id not in written


def test_without_a_terminal_a_download_says_how_far_it_is_every_few_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    times = iter([0.0, 1.0, 6.0, 7.0, 12.0])
    bars = Bars(clock=lambda: next(times))
    for done in (0, 10, 60, 70, 100):
        bars.show("Fetching x", done * 1_000_000, 100_000_000)
    assert capsys.readouterr().err.splitlines() == ["Fetching x…", "Fetching x: 60.0 MB of 100.0 MB, 10.0 MB/s, 4 s left"]


def test_half_a_character_is_printed_as_its_escape(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"id": "a\ud800é"})
    printed = capsys.readouterr().out
    assert printed == '{"id": "a\\ud800é"}\n'
    assert json.loads(printed) == {"id": "a\ud800é"}


# -- texts and batches


def test_a_text_comes_as_it_stands_or_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "answer.txt").write_bytes("café\n".encode("cp1252"))
    assert read_option("plain", 1) == "plain"
    assert read_option("@@home", 1) == "@home"
    assert read_option(f"@{tmp_path / 'answer.txt'}", 1) == "café"


@pytest.mark.parametrize(("name", "data", "limit"), [("none", None, 1.0), ("big", b"x" * 2000, 0.001), ("binary", b"\0\1\2", 1.0)])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, data: bytes | None, limit: float) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(DocumentError, match=name):
        read_option(f"@{tmp_path / name}", limit)


def test_a_batch_prints_a_line_an_input_in_order_and_ends_with_1_when_one_was_bad(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import typer

    def work(row: dict[str, object]) -> dict[str, object]:
        if row["id"] == 2:
            raise ModelError("It failed.")
        return {"id": row["id"], "ok": True}

    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": 1}\n\n{"id": 2}\nnot json\n[]\n\xff\n' + b"[" * 100_000 + b'\n{"id": "last"}')
    with pytest.raises(typer.Exit) as ended:
        run_batch(str(path), work)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert ended.value.exit_code == 1
    assert [row["id"] for row in rows] == [1, 2, None, None, None, None, "last"]
    assert [sorted(row) for row in rows[1:6]] == [["error", "id"]] * 5


def test_a_batch_without_a_line_is_no_batch(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(CoachError, match="empty"):
        run_batch(str(tmp_path / "empty.jsonl"), dict)


# -- which question


def test_a_question_is_found_by_its_reference_its_id_and_its_text_however_it_is_spelt() -> None:
    lookup = Lookup([question("tide", "What is the tide?"), question("salt", "Why is it salty?")], nothing)
    for wanted in ("sea/tide", "tide", "  what is THE tide"):
        assert lookup.find(wanted).id == "tide"


def test_a_question_of_two_banks_must_be_named_with_its_bank() -> None:
    lookup = Lookup([question("tide", "What is the tide?"), question("tide", "What is the tide?", bank="moon")], nothing)
    with pytest.raises(BankError, match="sea/tide, moon/tide"):
        lookup.find("tide")
    assert lookup.find("moon/tide").bank == lookup.find("tide", "moon").bank == "moon"


def test_a_question_that_is_not_there_names_the_three_nearest() -> None:
    def near(query: str, k: int, bank: str | None) -> list[Hit]:
        assert k == 3
        passage = Passage(id="p", bank="sea", document="d", text="t", question_id="tide", question="What is the tide?")
        return [Hit(rank=1, passage=passage, score=1, dense=1, lexical=1)]

    with pytest.raises(BankError, match=r"sea/tide \(“What is the tide\?”\)"):
        Lookup([question("tide", "What is the tide?")], near).find("What are tides?")


def test_an_empty_text_means_no_question() -> None:
    with pytest.raises(UsageError):
        Lookup([question("x", "???")], nothing).find(" ")
    with pytest.raises(BankError):
        Lookup([question("x", "???")], nothing).find("!")


def test_a_line_may_bring_its_points_or_a_reference_to_draw_them_from() -> None:
    points: list[object] = ["The moon pulls the sea.", {"text": "It comes twice a day.", "essential": True}]
    given = _brought("What is the tide?", {"key_points": points})
    assert [point.essential for point in given.key_points] == [False, True]
    assert _brought("What is the tide?", {"reference": NOTES.splitlines()[-1]}).key_points


@pytest.mark.parametrize(
    "row", [{"key_points": "one"}, {"key_points": [1]}, {"key_points": [" "]}, {"key_points": ["a", "a"]}, {"reference": ""}]
)
def test_a_line_with_no_points_that_can_be_used_says_so(row: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        _brought("What is the tide?", row)


# -- eval, serve


def test_a_benchmark_that_cannot_be_run_so_is_wrong_usage_before_a_model_is_opened(home: Path, tmp_path: Path) -> None:
    (tmp_path / "answers.jsonl").touch()
    for arguments, said in (
        (("nonsense",), "grading"),
        (("grading", "--data", "/nowhere/at/all"), "no such file"),
        (("labels", "--data", str(tmp_path / "answers.jsonl")), "file"),
        (("labels", "--rescore", "--no-cache"), "--no-cache"),
        (("labels", "--baseline", str(tmp_path / "answers.jsonl")), "results.json"),
    ):
        result = coach("eval", *arguments, "--out", str(tmp_path / "out"))
        assert (result.exit_code, result.stdout) == (2, ""), arguments
        assert said in result.stderr, arguments
    assert not (home / "models").exists()


@pytest.mark.parametrize(
    ("host", "closed"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("my.host", False)]
)
def test_an_open_address_is_told_from_a_closed_one(host: str, closed: bool) -> None:
    assert _is_loopback(host) is closed
