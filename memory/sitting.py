"""Sitting: what was said lately in the session that goes on, and so is present anyway and no find."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from memory.types import Role

if TYPE_CHECKING:
    from memory.journal import Journal
    from memory.types import Message, Scope

_LATELY = timedelta(hours=12)
_MOST = 400


class Sitting:
    """The latest run of messages of a session, up to twelve hours back, at most 400 messages.

    A session that is gone on with after a year is not all of it present: what was said then can be a find.

    Args:
        journal: where it was said.
        scope: whose.
        session: its id; empty, or one in which nothing was said, for none.
    """

    def __init__(self, journal: Journal, scope: Scope, session: str) -> None:
        since = datetime.now(UTC) - _LATELY
        said = journal.thread(session, scope, _MOST) if session else []
        self._said = {one.id: one for one in said if one.time is not None and one.time >= since}

    def __contains__(self, message: Message) -> bool:
        return message.id in self._said

    @property
    def ids(self) -> list[str]:
        """Ids of its messages, in order."""
        return list(self._said)

    @property
    def places(self) -> list[int]:
        """Their places in the journal."""
        return [one.seq for one in self._said.values()]

    @property
    def asked(self) -> list[Message]:
        """What the user said in it, in order."""
        return [one for one in self._said.values() if one.role is Role.USER]


def going_on(journal: Journal, scope: Scope, within: timedelta = timedelta(hours=1)) -> str:
    """The id of the session in which something was said last, if that is at most `within` ago; else empty.

    For a program that is started anew for every question and so has no session open.
    """
    latest = journal.thread(journal.last_said(scope), scope, 1)
    time = latest[-1].time if latest else None
    return latest[-1].session if time is not None and datetime.now(UTC) - time <= within else ""
