"""Vectors of passages (float16), and how far each index has been brought forward."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_TABLES = (
    "CREATE TABLE embedders (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, dimension INTEGER NOT NULL)",
    """CREATE TABLE vectors (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        embedder INTEGER NOT NULL REFERENCES embedders ON DELETE CASCADE,
        passage INTEGER NOT NULL REFERENCES passages ON DELETE CASCADE,
        vector BLOB NOT NULL
    )""",
    "CREATE UNIQUE INDEX vectors_of_passage ON vectors (passage, embedder)",
    """CREATE TABLE index_states (
        name TEXT PRIMARY KEY, identity TEXT NOT NULL, position INTEGER NOT NULL, tombstone INTEGER NOT NULL
    ) WITHOUT ROWID""",
)


def migrate(connection: sqlite3.Connection) -> None:
    """Make the tables."""
    for statement in _TABLES:
        connection.execute(statement)
