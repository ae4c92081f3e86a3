"""The log: scopes, sessions, messages and the passages they are cut into.

Times are microseconds since 1970 in UTC. The text stands last in its row, so that reading the rest of a long
message's row does not read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory.journal.ids import new_id

if TYPE_CHECKING:
    import sqlite3

_TABLES = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE scopes (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """CREATE TABLE sessions (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        scope INTEGER NOT NULL REFERENCES scopes,
        id TEXT NOT NULL,
        title TEXT NOT NULL DEFAULT '',
        UNIQUE (scope, id)
    )""",
    """CREATE TABLE messages (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        scope INTEGER NOT NULL REFERENCES scopes,
        session INTEGER NOT NULL REFERENCES sessions,
        exchange TEXT NOT NULL,
        role TEXT NOT NULL,
        speaker TEXT NOT NULL,
        time INTEGER,
        source TEXT NOT NULL,
        source_id TEXT NOT NULL,
        status TEXT NOT NULL,
        origin TEXT NOT NULL,
        model TEXT NOT NULL,
        used TEXT NOT NULL,
        prompt_tokens INTEGER,
        completion_tokens INTEGER,
        text TEXT NOT NULL
    )""",
    "CREATE INDEX messages_in_session ON messages (session, seq)",
    "CREATE INDEX messages_in_exchange ON messages (exchange, seq)",
    "CREATE UNIQUE INDEX messages_by_source ON messages (scope, source, source_id) WHERE source_id <> ''",
    """CREATE TABLE passages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        message INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
        scope INTEGER NOT NULL,
        ordinal INTEGER NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL
    )""",
    "CREATE INDEX passages_of_message ON passages (message, ordinal)",
)


def migrate(connection: sqlite3.Connection) -> None:
    """Make the tables and give the journal its identity."""
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute("INSERT INTO meta VALUES ('identity', ?)", (new_id(),))
