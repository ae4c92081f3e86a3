"""Writing what was said: the message, its session, its exchange and its passages, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from memory.errors import UsageError
from memory.journal.ids import new_id
from memory.journal.rows import MESSAGES, Part, message, microseconds, storable
from memory.text import cut
from memory.types import Message, NewMessage, Origin, Remembered, Role

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from memory.types import Scope

_INSERT = """
    INSERT INTO messages (id, scope, session, exchange, role, speaker, time, source, source_id, status, origin, model,
                          used, prompt_tokens, completion_tokens, text)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (scope, source, source_id) WHERE source_id <> '' DO NOTHING
    RETURNING seq
"""
_BEFORE = "SELECT role, exchange FROM messages WHERE session = ? ORDER BY seq DESC LIMIT 1"


class Appending(Part):
    """The part of the journal that writes messages."""

    def append(self, new: NewMessage, scope: Scope) -> Message:
        """Write one message; when this returns it is on the disk.

        A message without a time is given this moment, unless it was imported. One whose (scope, source, source_id)
        is known is not written again: what is there is returned. Raises `UsageError` when `reply_to` names no
        message, or what `screen` raises.
        """
        spans = cut(text := self._writable(new.text))
        with self._db.write() as connection:
            id_ = _Batch(connection, scope).add(new, text, spans)
            if id_ is None:
                row = connection.execute(
                    f"{MESSAGES} JOIN scopes c ON c.key = m.scope"
                    " WHERE c.name = ? AND m.source = ? AND m.source_id = ? AND m.source_id <> ''",
                    (scope.key, storable(new.source), storable(new.source_id)),
                ).fetchone()
            else:
                row = connection.execute(f"{MESSAGES} WHERE m.id = ?", (id_,)).fetchone()
        return message(row)

    def append_many(self, new: Sequence[NewMessage], scope: Scope) -> Remembered:
        """Write many messages, all of them or (when this raises) none; those that are known are passed over."""
        prepared = [(one, text := self._writable(one.text), cut(text)) for one in new]
        with self._db.write() as connection:
            batch = _Batch(connection, scope)
            ids = [id_ for one, text, spans in prepared if (id_ := batch.add(one, text, spans))]
        return Remembered(len(ids), len(new) - len(ids), tuple(ids))


class _Batch:
    """One transaction's writing, which remembers the sessions it has met."""

    def __init__(self, connection: sqlite3.Connection, scope: Scope) -> None:
        self._connection = connection
        name = storable(scope.key)
        connection.execute("INSERT OR IGNORE INTO scopes (name) VALUES (?)", (name,))
        self._scope: int = connection.execute("SELECT key FROM scopes WHERE name = ?", (name,)).fetchone()[0]
        self._sessions: dict[str, int] = {}
        self._before: dict[int, tuple[str, str] | None] = {}

    def add(self, new: NewMessage, text: str, spans: Sequence[tuple[int, int]]) -> str | None:
        """Write a message and its passages; its id, or None when it is known."""
        session = self._session(storable(new.session))
        id_ = self._fresh_id()
        exchange = self._exchange(new, session) or id_
        time = datetime.now(UTC) if new.time is None and new.origin is not Origin.IMPORT else new.time
        row = self._connection.execute(
            _INSERT,
            (
                id_,
                self._scope,
                session,
                exchange,
                str(new.role),
                storable(new.speaker),
                microseconds(time),
                storable(new.source),
                storable(new.source_id),
                str(new.status),
                str(new.origin),
                storable(new.model),
                " ".join(new.used),
                new.prompt_tokens,
                new.completion_tokens,
                text,
            ),
        ).fetchall()
        if not row:
            return None
        self._connection.executemany(
            'INSERT INTO passages (message, scope, ordinal, start, "end") VALUES (?, ?, ?, ?, ?)',
            [(row[0][0], self._scope, ordinal, start, end) for ordinal, (start, end) in enumerate(spans)],
        )
        self._before[session] = (str(new.role), exchange)
        return id_

    def _session(self, id_: str) -> int:
        known = self._sessions.get(id_)
        if known is None:
            self._connection.execute("INSERT OR IGNORE INTO sessions (scope, id) VALUES (?, ?)", (self._scope, id_))
            where = (self._scope, id_)
            known = self._connection.execute("SELECT key FROM sessions WHERE scope = ? AND id = ?", where).fetchone()[0]
            self._sessions[id_] = known
        return known

    def _fresh_id(self) -> str:
        while True:
            id_ = new_id()
            if not self._connection.execute("SELECT 1 FROM messages WHERE id = ?", (id_,)).fetchone():
                return id_

    def _exchange(self, new: NewMessage, session: int) -> str:
        """The exchange that a message joins, or "" when it opens its own."""
        if new.reply_to:
            return self._exchange_of(new.reply_to)
        if new.role not in (Role.ASSISTANT, Role.TOOL):
            return ""
        if session not in self._before:
            self._before[session] = self._connection.execute(_BEFORE, (session,)).fetchone()
        role, exchange = self._before[session] or ("", "")
        return exchange if role in (Role.USER, Role.TOOL) else ""

    def _exchange_of(self, id_: str) -> str:
        """The exchange of the message that is answered; "" when it was forgotten while the answer was being made."""
        where = (id_, self._scope)
        row = self._connection.execute("SELECT exchange FROM messages WHERE id = ? AND scope = ?", where).fetchone()
        if row is not None:
            return str(row[0])
        if self._connection.execute("SELECT 1 FROM tombstones WHERE message = ? LIMIT 1", (id_,)).fetchone():
            return ""
        raise UsageError(
            f"There is no message {id_} to reply to.", "Give the id that remembering the message returned."
        )
