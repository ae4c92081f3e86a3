"""Digests of the ids of what was forgotten, so that no import brings it back; see `memory.journal.forgotten`."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def migrate(connection: sqlite3.Connection) -> None:
    """Make the table, and the key that its digests are made with."""
    connection.execute("CREATE TABLE forgotten (digest BLOB PRIMARY KEY) WITHOUT ROWID")
    connection.execute("INSERT INTO meta VALUES ('forgotten', ?)", (secrets.token_hex(16),))
