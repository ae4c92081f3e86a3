"""Branches, pins and made titles of sessions.

A branch is a session that begins with the messages of another one, `parent`, up to the message `forked` (an id; empty
when it shares none of them).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_COLUMNS = (
    "ALTER TABLE sessions ADD COLUMN made TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sessions ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE sessions ADD COLUMN parent TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE sessions ADD COLUMN forked TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX sessions_by_fork ON sessions (forked) WHERE forked <> ''",
)


def migrate(connection: sqlite3.Connection) -> None:
    """Add the columns."""
    for statement in _COLUMNS:
        connection.execute(statement)
