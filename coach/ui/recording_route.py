"""The recording of a spoken answer, for the report's player. Nobody gets one who does not know the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coach.errors import CoachError

if TYPE_CHECKING:
    from fastapi import FastAPI, Response

    from coach.wiring import Coach


def add_recordings(app: FastAPI, coach: Coach) -> None:
    """Answer `/session/{id}/recording/{turn}.wav`: the file, whole or in ranges, while its session is there and names it."""
    from fastapi.responses import FileResponse, PlainTextResponse

    from coach.recordings import Recordings
    from coach.session import Session

    recordings = Recordings(coach.settings.home)
    gone = "That recording is not here."

    @app.get("/session/{session_id}/recording/{turn_id}.wav")
    def recording(session_id: str, turn_id: int) -> Response:
        """The sound of one answer."""
        try:
            turn = Session.open(coach, session_id).state.turn_of(turn_id)
        except CoachError:
            return PlainTextResponse(gone, status_code=404)
        path = recordings.find(session_id, turn_id)
        if turn is None or turn.spoken is None or turn.spoken.recording is None or path is None:
            return PlainTextResponse(gone, status_code=404)
        return FileResponse(path, media_type="audio/wav", headers={"cache-control": "no-store"}, content_disposition_type="inline")
