"""One page in one browser: the session that it is on, and the end of what is shown of a session when the page leaves it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

Update = dict[Any, Any]  # by component


@dataclass
class Visit:
    """The session that the page is on, empty for none, and what the page showed when it left the last one."""

    session_id: str = ""
    farewell: Update = field(default_factory=dict)

    def leave(self, farewell: Update) -> Update:
        """The page is on no session any more, and shows this."""
        self.session_id, self.farewell = "", farewell
        return farewell

    async def while_on(self, session_id: str, updates: AsyncIterator[Update], nothing: Update) -> AsyncIterator[Update]:
        """The updates, as long as the page is on this session; `nothing` where there are none, since no update at all empties the page.

        Leaving must look the same whichever of two clicks is answered first, so the farewell follows what may have come late. (Gradio's
        `cancels` would end the updates, too, but loses both clicks when one comes within 20 ms of the other.)
        """
        shown = False
        if self.session_id == session_id:
            async for update in updates:
                if self.session_id != session_id:
                    break
                shown = True
                yield update
        if not shown:
            yield nothing
        elif self.session_id == "":
            yield self.farewell
