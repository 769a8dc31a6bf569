"""A spoken answer on the page: the transcript with its mended words, the form to correct it, what that changed, and its recording."""

from __future__ import annotations

from collections.abc import Sequence

from coach.corrections import Changes
from coach.domain import Frozen, Verdict, VerdictKind
from coach.events import NotHeard
from coach.report.spoken import Moment
from coach.session import MAX_ANSWER
from coach.spoken import Transcript, Word
from coach.transcripts import clock, lines_of, mended
from coach.ui import wording
from coach.ui.markup import Html, escape, join, tag, text_block

ASKED_FOR = "A point that the follow-up may ask for:"
PIECE = {"kept": "span", "left": "del", "added": "ins"}


class CorrectionWish(Frozen):
    """What the browser sends: the corrected transcript of a turn; `pause` is the number of the question that the page stays with."""

    turn: int
    text: str
    pause: int | None = None


def transcript_text(transcript: Transcript, answer: str) -> Html:
    """The answer's text. Where it is the transcript as it was heard, the words that were mended are marked."""
    if transcript.text != answer:
        return text_block(answer)
    return tag("div", join([_word(word) for word in transcript.words], " "), class_="ic-text")


def mended_note(transcript: Transcript) -> Html | None:
    """What was heard in place of each mended word, in words: a mark alone tells nothing to a finger or a screen reader."""
    words = mended(transcript)
    if not words:
        return None
    heard = ", ".join(f"{_bare(word.text)} (heard “{_bare(word.heard or '')}”)" for word in words)
    return tag("p", f"Mended to the question's terms: {heard}.", class_="ic-quiet ic-small")


def correct_form(turn_id: int, answer: str) -> Html:
    """The form to correct a transcript, behind a click. The browser sends it."""
    return tag(
        "details",
        tag("summary", "Correct the transcript"),
        tag(
            "label",
            tag("span", "What you said, where it was misheard. It is graded again."),
            tag("textarea", answer, rows=5, maxlength=MAX_ANSWER),
            class_="ic-dispute-why",
        ),
        tag("button", "Save and grade again", type="button", data_correct=turn_id, class_="ic-plain-button"),
        id=f"correct-{turn_id}",
        class_="ic-correct",
    )


def changes_note(changes: Changes, *, key: str, grades: bool = True, hidden: frozenset[str] = frozenset()) -> Html:
    """What the candidate's correction changed: the text, and with `grades` the verdicts and the score.

    The points `hidden` are not told, since an open follow-up may ask for them.
    """
    pieces = [tag(PIECE[piece.kind], piece.text) for piece in changes.pieces]
    verdicts = [
        tag(
            "li",
            f"{ASKED_FOR if change.point_id in hidden else change.point} ",
            tag("span", f"{_verdict(change.before)} → {_verdict(change.after)}", class_="ic-strong"),
        )
        for change in changes.verdicts
    ]
    score = None
    if grades and changes.score_before is not None and changes.score_after is not None:
        same = changes.score_before == changes.score_after
        words = f"still {changes.score_after}" if same else f"{changes.score_before} → {changes.score_after}"
        score = tag("p", tag("span", f"Score: {words} of 100", class_="ic-strong"))
    return tag(
        "div",
        tag("p", "You corrected the transcript.", class_="ic-strong"),
        score,
        tag("ul", *verdicts, class_="ic-plain-list") if grades and verdicts else None,
        tag(
            "details",
            tag("summary", "What changed in the text"),
            tag("p", join(pieces, " "), class_="ic-text ic-diff"),
            id=f"changed-{key}",
        ),
        class_="ic-corrected ic-small",
    )


def not_heard_note(tries: Sequence[NotHeard]) -> Html | None:
    """Why the last try to answer aloud could not be used, and what was made of it."""
    if not tries:
        return None
    last = tries[-1]
    heard = last.transcript.text.strip()
    return tag(
        "div",
        tag("p", last.reason),
        tag("p", f"What I heard: “{heard}”", class_="ic-quiet ic-small ic-text") if heard else None,
        class_="ic-note ic-not-heard",
    )


def playback(session_id: str, turn_id: int, transcript: Transcript, moments: Sequence[Moment], points: Sequence[Verdict]) -> Html:
    """The recording, with a button for each verdict that starts it where the words behind it were said."""
    sound = f"recording-{turn_id}"
    when = {moment.point_id: moment.at for moment in moments}
    rows = [
        tag("li", _listen(sound, when[point.id]), " ", tag("span", wording.VERDICT[point.verdict], class_="ic-strong"), f": {point.text}")
        for point in points
        if point.id in when
    ]
    return tag(
        "div",
        tag("audio", id=sound, controls=True, preload="none", src=f"session/{session_id}/recording/{turn_id}.wav"),
        tag("ul", *rows, class_="ic-moments") if rows else None,
        _timed(transcript, key=str(turn_id), sound=sound),
        class_="ic-playback",
    )


def timed_transcript(transcript: Transcript, *, key: str) -> Html:
    """The transcript with its times, where there is no recording to play."""
    return _timed(transcript, key=key, sound=None)


def _timed(transcript: Transcript, *, key: str, sound: str | None) -> Html:
    lines = [
        tag("li", _listen(sound, line.at) if sound else tag("span", clock(line.at), class_="ic-quiet ic-time"), " ", line.text)
        for line in lines_of(transcript)
    ]
    return tag("details", tag("summary", "Transcript with times"), tag("ol", *lines, class_="ic-timed"), id=f"timed-{key}")


def _listen(sound: str, at: float) -> Html:
    label = tag("span", "Play from ", class_="ic-sr")
    return tag("button", label, clock(at), type="button", data_listen=sound, data_at=f"{at:.2f}", class_="ic-plain-button ic-time")


def _word(word: Word) -> Html:
    if word.heard is None:
        return escape(word.text)
    return tag("mark", word.text, title=f"Heard: {word.heard}", class_="ic-mended")


def _bare(text: str) -> str:
    return text.strip(" ,.;:!?")


def _verdict(verdict: VerdictKind | None) -> str:
    return wording.VERDICT[verdict].lower() if verdict is not None else "not judged"
