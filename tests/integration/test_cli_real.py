"""The commands with real encoders and a real index, in a home of their own that borrows the tests' weights."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from model_home import model_settings

from coach.models import weights

pytestmark = pytest.mark.model

ROOT = Path(__file__).parents[2]
ENCODERS = ("bge-small-en-v1.5", "answerai-colbert-small-v1", "ms-marco-MiniLM-L-12-v2")
GRADE_KEYS = {
    "id", "bank", "question_id", "score", "low", "high", "band", "ungraded", "reason", "grader", "points", "wrong_claims", "feedback",
    "follow_up", "delivery", "versions", "ms",
}  # fmt: skip
WEAK = "Units are switched off at random while training."
NOTES = """# Notes

## What is the tide?

The tide is the rise and fall of the sea, caused mainly by the pull of the moon. It comes twice a day in most places.
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = model_settings()
    for name in ENCODERS:
        weights.pull(name, settings)
    place = tmp_path_factory.mktemp("home")
    (place / "models").symlink_to(settings.weights_dir)
    return place


def test_the_bundled_corpus_has_nothing_to_mend(home: Path) -> None:
    done = coach(home, "corpus", "check", "--json")  # minutes of work: no other test asks for it
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row for row in rows if not row["ok"]] == []
    assert done.returncode == 0, done.stdout
    assert len(rows) == len(list((ROOT / "corpus").glob("*/*.md"))) >= 40


def coach(home: Path, *arguments: str, input: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COACH_")}
    env = kept | {"COACH_HOME": str(home), "COACH_LLM": "none"} | environment
    command = [sys.executable, "-m", "coach.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, input=input, env=env, cwd=ROOT, check=False)


def test_a_search_prints_one_document_with_ranked_hits(home: Path) -> None:
    done = coach(home, "search", "dropout at inference", "-k", "3", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == ["query", "close", "hits"]
    assert found["close"]
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3]
    assert set(found["hits"][0]) == {"rank", "question_id", "question", "passage", "source", "score"}
    assert found["hits"][0]["question_id"] == "dropout"


def test_a_search_says_when_nothing_is_close(home: Path) -> None:
    done = coach(home, "search", "a recipe for lentil soup", "-k", "2")
    assert done.returncode == 0, done.stderr
    assert "Nothing is close to that." in done.stdout
    assert "1. " in done.stdout


def test_a_grade_has_its_fields_and_a_follow_up_for_the_essential_gap(home: Path) -> None:
    done = coach(
        home, "grade", "--question", "what does DROPOUT do in a neural network and why does it help", "--answer", "@-", "--json", input=WEAK
    )
    assert done.returncode == 0, done.stderr
    grade = json.loads(done.stdout)
    assert set(grade) == GRADE_KEYS
    assert (grade["bank"], grade["question_id"], grade["grader"]) == ("deep-learning", "dropout", "fast")
    assert any(point["essential"] and point["verdict"] != "covered" for point in grade["points"])
    assert grade["follow_up"].endswith("?")
    assert "COACH_LLM=none" in done.stderr


def test_a_question_that_is_not_there_names_three_and_prints_nothing(home: Path) -> None:
    done = coach(home, "grade", "--question", "What is dropout for?", "--answer", WEAK, "--grader", "fast", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(re.findall(r"(?:deep-learning|machine-learning|llm-engineering)/[a-z0-9-]+ \(", done.stderr)) == 3


def test_a_batch_grades_questions_of_a_bank_and_others_and_goes_on_after_a_bad_line(home: Path) -> None:
    lines = [
        {"id": 7, "question": "dropout", "answer": WEAK},
        {"id": "bad", "question": "dropout"},
        {
            "id": "own",
            "question": "What is the tide?",
            "answer": "The pull of the moon makes the sea rise.",
            "key_points": ["The moon pulls the sea."],
        },
    ]
    done = coach(home, "grade", "--batch", "-", "--grader", "fast", input="\n".join(map(json.dumps, lines)))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [row["id"] for row in rows] == [7, "bad", "own"]
    assert set(rows[1]) == {"id", "error"}
    assert set(rows[2]) == GRADE_KEYS
    assert (rows[2]["bank"], rows[2]["question_id"]) == (None, None)


def test_a_document_comes_stays_and_goes(home: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(NOTES)
    statuses = []
    for arguments in (("ingest", str(tmp_path / "notes.md"), "--bank", "sea"),) * 2 + (("remove", "notes.md"),):
        done = coach(home, *arguments, "--json")
        assert done.returncode == 0, done.stderr
        statuses.append(json.loads(done.stdout)["documents"][0]["status"])
    assert statuses == ["added", "unchanged", "removed"]


def test_beside_a_writer_reading_works_and_writing_says_what_to_do(home: Path, tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text(NOTES)
    coach(home, "search", "dropout")  # so that the index is there and current
    with FileLock(home / "index.lock"):
        assert coach(home, "search", "dropout", "--json").returncode == 0
        done = coach(home, "ingest", str(tmp_path / "other.md"), "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Another coach" in done.stderr


def test_auto_falls_back_aloud_when_the_endpoint_is_not_there_and_full_fails(home: Path) -> None:
    away = {"COACH_LLM": "openai:x", "COACH_LLM_BASE_URL": "http://127.0.0.1:9/v1", "COACH_LLM_API_KEY": "k"}
    done = coach(home, "grade", "--question", "dropout", "--answer", WEAK, "--json", **away)
    assert json.loads(done.stdout)["grader"] == "fast"
    assert "127.0.0.1:9" in done.stderr
    done = coach(home, "grade", "--question", "dropout", "--answer", WEAK, "--grader", "full", "--json", **away)
    assert (done.returncode, done.stdout) == (1, "")


def test_a_corpus_with_faults_has_them_named(home: Path, tmp_path: Path) -> None:
    good = (ROOT / "corpus" / "deep-learning" / "dropout.md").read_text(encoding="utf-8")
    (tmp_path / "one.md").write_text(good)
    (tmp_path / "Two.md").write_text(good.replace("[essential] ", ""))
    (tmp_path / "three.md").write_text("# Only a heading\n")
    done = coach(home, "corpus", "check", str(tmp_path), "--json")
    rows = {row["path"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1
    assert not rows["three.md"]["ok"]
    assert any("essential" in problem for problem in rows["Two.md"]["problems"])
    assert any("nearly the same" in problem for row in rows.values() for problem in row["problems"])


def test_the_doctor_finds_this_machine_well(home: Path) -> None:
    done = coach(home, "doctor", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stdout
    assert {"python", "libgomp", "disk", "database", "index", "chat model"} <= {row["check"] for row in rows}


def test_the_retriever_and_the_grader_fit_into_a_chain(home: Path) -> None:
    from coach import Coach, Grade, as_retriever, as_runnable, load_settings

    opened = Coach(load_settings(home=home, llm="none"))
    try:
        found = as_retriever(opened, k=2).invoke("dropout at inference")
        assert found[0].metadata["question_id"] == "dropout"
        grade = as_runnable(opened, grader="fast").invoke({"question": "dropout", "answer": WEAK})
        assert isinstance(grade, Grade)
        assert grade.question_id == "dropout"
    finally:
        opened.close()
