"""Putting back what was forgotten a moment ago: the same messages with the same ids, at the places they had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory.journal.rows import Part, microseconds, storable
from memory.journal.traces import Said, write_traces
from memory.text import cut

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from memory.journal.traces import Traced
    from memory.types import Message, Scope

_INSERT = """
    INSERT OR IGNORE INTO messages (seq, id, scope, session, exchange, role, speaker, time, source, source_id, status,
                                    origin, model, used, prompt_tokens, completion_tokens, text)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class Restoring(Part):
    """The part of the journal that undoes a forgetting, for whoever still has the messages."""

    def restore(self, messages: Sequence[Message], scope: Scope, make: Callable[[Said], Traced]) -> int:
        """Write messages as they were; returns how many. Those that are there (by id or source) are passed over.

        `make` traces them, as their places lie before that to which tracing has come. A tombstone that names nothing
        makes every process drop what it has read of the sessions.
        """
        done = 0
        with self._db.write() as connection:
            connection.execute("INSERT OR IGNORE INTO scopes (name) VALUES (?)", (storable(scope.key),))
            key = connection.execute("SELECT key FROM scopes WHERE name = ?", (storable(scope.key),)).fetchone()[0]
            state = connection.execute("SELECT position FROM index_states WHERE name = 'associations'").fetchone()
            traced = state[0] if state else 0
            said = []
            for one in messages:
                if not _insert(connection, one, key):
                    continue
                done += 1
                if one.seq <= traced:
                    said.append(Said(one.seq, key, one.speaker, one.text, one.used))
            write_traces(connection, [(one, make(one)) for one in said])
            if done:
                connection.execute("INSERT INTO tombstones (passage, message) VALUES (0, '')")
        return done


def _insert(connection: sqlite3.Connection, one: Message, scope: int) -> bool:
    connection.execute("INSERT OR IGNORE INTO sessions (scope, id) VALUES (?, ?)", (scope, one.session))
    session = connection.execute(
        "SELECT key FROM sessions WHERE scope = ? AND id = ?", (scope, one.session)
    ).fetchone()[0]
    values = (
        one.seq,
        one.id,
        scope,
        session,
        one.exchange,
        str(one.role),
        one.speaker,
        microseconds(one.time),
        one.source,
        one.source_id,
        str(one.status),
        str(one.origin),
        one.model,
        " ".join(one.used),
        one.prompt_tokens,
        one.completion_tokens,
        one.text,
    )
    if not connection.execute(_INSERT, values).rowcount:
        return False
    connection.executemany(
        'INSERT INTO passages (message, scope, ordinal, start, "end") VALUES (?, ?, ?, ?, ?)',
        [(one.seq, scope, ordinal, start, end) for ordinal, (start, end) in enumerate(cut(one.text))],
    )
    return True
