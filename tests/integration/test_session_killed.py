"""A process that is killed in the middle of a grade loses nothing: another one goes on from the stored answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# The process that dies: its full grader judges one point and then takes for ever.
CHILD = """
import sys, time
from interviews import Bench, ScriptedGrader, document, question
from coach.events import Setup
from coach.session import Session
from coach.store import Store
from coach.updates import PointJudged

class Endless(ScriptedGrader):
    def stream(self, *args, **options):
        pieces = super().stream(*args, **options)
        yield next(pieces)
        time.sleep(600)

store = Store.open(sys.argv[1])
store.save_document(document(question()))
session = Session.start(Bench(store=store, full=Endless(name="full")), Setup(length=1))
print(session.id, flush=True)
for update in session.submit("first second third"):
    if isinstance(update, PointJudged):
        print("judging", flush=True)
"""

HEIR = """
import sys
from interviews import Bench, ScriptedGrader
from coach.session import Session
from coach.store import Store

session = Session.open(Bench(store=Store.open(sys.argv[1]), full=ScriptedGrader(name="full")), sys.argv[2])
print(session.state.threads[0].turns[0].answer, session.state.ungraded_turn is not None)
print(*(type(update).__name__ for update in session.resume()))
print(session.report().overall.score, session.report().threads[0].graders)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_session_survives_kill_9_in_the_middle_of_a_grade(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'coach.db'}"
    paths = [str(ROOT), str(ROOT / "tests" / "unit"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with subprocess.Popen([sys.executable, "-c", CHILD, url], env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        session_id = child.stdout.readline().strip()
        assert child.stdout.readline().strip() == "judging"
        child.send_signal(signal.SIGKILL)
    heir = subprocess.run(
        [sys.executable, "-c", HEIR, url, session_id], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert heir.stdout.splitlines() == [
        "first second third True",
        "FastGraded PointJudged PointJudged PointJudged Graded Finished",
        "100 ('full',)",
    ]
