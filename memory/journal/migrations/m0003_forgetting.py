"""Tombstones: the ids of what was forgotten and nothing else, so that every index can let go of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def migrate(connection: sqlite3.Connection) -> None:
    """Make the table."""
    connection.execute(
        """CREATE TABLE tombstones (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, passage INTEGER NOT NULL, message TEXT NOT NULL
        )"""
    )
