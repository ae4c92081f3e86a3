"""Feedback: what the user said of a recollection, and the cue it was recalled for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_TABLES = (
    """CREATE TABLE feedback (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        message INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
        cue TEXT NOT NULL,
        verdict TEXT NOT NULL,
        time INTEGER NOT NULL,
        score REAL,
        signals TEXT NOT NULL,
        embedder TEXT NOT NULL,
        vector BLOB,
        UNIQUE (message, cue)
    )""",
)


def migrate(connection: sqlite3.Connection) -> None:
    """Make the table."""
    for statement in _TABLES:
        connection.execute(statement)
