"""What a corrected transcript changed: in the text, in the verdicts and in the score. Pure."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Literal

from coach.domain import Frozen, Grade, VerdictKind
from coach.interview_state import Turn

PieceKind = Literal["kept", "left", "added"]


class Piece(Frozen):
    """Words on end that a correction kept, left out or added."""

    kind: PieceKind
    text: str


class VerdictChange(Frozen):
    """A point whose verdict is another one now. None: it was not judged."""

    point_id: str
    point: str
    before: VerdictKind | None
    after: VerdictKind | None


class Changes(Frozen):
    """An answer as it was heard against the answer as it was corrected. Scores are the question's with its answers up to this one."""

    heard: str
    pieces: tuple[Piece, ...]
    verdicts: tuple[VerdictChange, ...]
    score_before: int | None
    score_after: int | None


def changes_of(turn: Turn) -> Changes | None:
    """What all corrections of a turn changed together; None where there were none."""
    if not turn.corrections:
        return None
    first = turn.corrections[0]
    return Changes(
        heard=first.before,
        pieces=_pieces(first.before.split(), (turn.answer or "").split()),
        verdicts=_verdicts(first.thread_grade, turn.thread_grade),
        score_before=first.thread_grade.score if first.thread_grade is not None else None,
        score_after=turn.thread_grade.score if turn.thread_grade is not None else None,
    )


def _pieces(before: list[str], after: list[str]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for operation, left, left_end, right, right_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if operation == "equal":
            pieces.append(Piece(kind="kept", text=" ".join(before[left:left_end])))
            continue
        if left < left_end:
            pieces.append(Piece(kind="left", text=" ".join(before[left:left_end])))
        if right < right_end:
            pieces.append(Piece(kind="added", text=" ".join(after[right:right_end])))
    return tuple(pieces)


def _verdicts(before: Grade | None, after: Grade | None) -> tuple[VerdictChange, ...]:
    if after is None:
        return ()
    was = {verdict.id: verdict for verdict in before.points} if before is not None else {}
    now = {verdict.id: verdict for verdict in after.points}
    return tuple(
        VerdictChange(
            point_id=id,
            point=(now.get(id) or was[id]).text,
            before=was[id].verdict if id in was else None,
            after=now[id].verdict if id in now else None,
        )
        for id in {**was, **now}
        if id not in was or id not in now or was[id].verdict != now[id].verdict
    )
