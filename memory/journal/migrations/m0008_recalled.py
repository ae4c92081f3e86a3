"""What was recalled for each answer, and how: for looking back at it. Ids and numbers alone, not a word of text.

`signals` is a JSON object, `path` a JSON list of [kind, message id, weight]; what a step is told by is made anew from
the messages when it is looked at, so that nothing of a forgotten message stays here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_TABLES = (
    """CREATE TABLE recalled (
        reply INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
        place INTEGER NOT NULL,
        message INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
        used INTEGER NOT NULL,
        score REAL NOT NULL,
        signals TEXT NOT NULL,
        path TEXT NOT NULL,
        PRIMARY KEY (reply, place)
    ) WITHOUT ROWID""",
    "CREATE INDEX recalled_message ON recalled (message)",
)


def migrate(connection: sqlite3.Connection) -> None:
    """Make the table."""
    for statement in _TABLES:
        connection.execute(statement)
