"""Pins: messages that the user wants to stand before the model whenever there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def migrate(connection: sqlite3.Connection) -> None:
    """Make the table."""
    connection.execute(
        """CREATE TABLE pins (
            message INTEGER PRIMARY KEY REFERENCES messages ON DELETE CASCADE, time INTEGER NOT NULL
        )"""
    )
