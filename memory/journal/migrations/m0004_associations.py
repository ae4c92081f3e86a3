"""What associations are made from: the terms and names of each message, session vectors, links between messages.

`nodes` are terms and names with the number of messages that have them, `node_links` says which; pairs of messages that
share one are never written down, as they would explode. `traces` holds per message its terms in order and its names, as
keys of nodes (int32, little-endian). All of it but `linked` (made by hand) is made anew from the log at any time.

Vectors of what a named speaker said are dropped, as they are made of "speaker: passage" from now on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_TABLES = (
    """CREATE TABLE nodes (
        key INTEGER PRIMARY KEY,
        scope INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        text TEXT NOT NULL,
        frequency INTEGER NOT NULL,
        UNIQUE (scope, kind, text)
    )""",
    """CREATE TABLE node_links (
        node INTEGER NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (node, message)
    ) WITHOUT ROWID""",
    """CREATE TABLE traces (
        message INTEGER PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
        scope INTEGER NOT NULL,
        words INTEGER NOT NULL,
        marks INTEGER NOT NULL,
        names BLOB NOT NULL,
        terms BLOB NOT NULL
    )""",
    "CREATE TABLE trace_totals (scope INTEGER PRIMARY KEY, messages INTEGER NOT NULL, terms INTEGER NOT NULL)",
    """CREATE TABLE session_vectors (
        session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
        embedder INTEGER NOT NULL REFERENCES embedders ON DELETE CASCADE,
        vector BLOB NOT NULL,
        PRIMARY KEY (session, embedder)
    )""",
    """CREATE TABLE together (
        message INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
        other INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
        weight REAL NOT NULL,
        PRIMARY KEY (message, other)
    ) WITHOUT ROWID""",
    "CREATE INDEX together_other ON together (other)",
    """CREATE TABLE linked (
        message INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
        other INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
        PRIMARY KEY (message, other)
    ) WITHOUT ROWID""",
    "CREATE INDEX linked_other ON linked (other)",
    "CREATE INDEX IF NOT EXISTS messages_by_time ON messages (scope, time)",
)
_DROP_BARE_VECTORS = """
    DELETE FROM vectors WHERE passage IN (
        SELECT p.id FROM passages p JOIN messages m ON m.seq = p.message
        WHERE lower(m.speaker) NOT IN ('', 'user', 'assistant', 'system', 'tool', 'human', 'ai')
    )
"""


def migrate(connection: sqlite3.Connection) -> None:
    """Make the tables, and have the vectors that are made of other text now made anew."""
    for statement in _TABLES:
        connection.execute(statement)
    if connection.execute(_DROP_BARE_VECTORS).rowcount:
        connection.execute("DELETE FROM index_states WHERE name = 'vectors' OR name GLOB 'embedded:*'")
