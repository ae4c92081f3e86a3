"""Writing what was said: the message, its session, its exchange and its passages, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from memory.errors import UsageError
from memory.journal.forgotten import ForgottenIds
from memory.journal.ids import new_id
from memory.journal.rows import MESSAGES, Part, message, microseconds, storable
from memory.text import cut
from memory.types import Message, NewMessage, Origin, Remembered, Role

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

    from memory.types import Scope

_MANY = 500
_INSERT = """
    INSERT INTO messages (seq, id, scope, session, exchange, role, speaker, time, source, source_id, status, origin,
                          model, used, prompt_tokens, completion_tokens, text)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (scope, source, source_id) WHERE source_id <> '' DO NOTHING
    RETURNING seq
"""
_LAST = """
    INSERT INTO meta VALUES ('last/' || ?, ?)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value
"""
"""In which session of a scope something was said here last: the clock may be wrong, this is not."""
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
            id_ = Batch(connection, scope).add(new, text, spans)
            if id_ is None:
                row = connection.execute(
                    f"{MESSAGES} JOIN scopes c ON c.key = m.scope"
                    " WHERE c.name = ? AND m.source = ? AND m.source_id = ? AND m.source_id <> ''",
                    (scope.key, storable(new.source), storable(new.source_id)),
                ).fetchone()
            else:
                row = connection.execute(f"{MESSAGES} WHERE m.id = ?", (id_,)).fetchone()
        return message(row)

    def append_many(self, new: Sequence[NewMessage], scope: Scope, *, again: bool = False) -> Remembered:
        """Write many messages, all of them or (when this raises) none; those that are known are passed over.

        What was forgotten (by source and source_id) is not taken, unless it is wanted `again`.
        """
        prepared = [(one, text := self._writable(one.text), cut(text)) for one in new]
        ids: list[str] = []
        refused = 0
        with self._db.write() as connection:
            batch = Batch(connection, scope)
            forgotten = ForgottenIds(connection, scope.key)
            for one, text, spans in prepared:
                name = ("", storable(one.source), storable(one.source_id))
                if again:
                    forgotten.drop([name])
                elif forgotten.has(*name):
                    refused += 1
                    continue
                if id_ := batch.add(one, text, spans):
                    ids.append(id_)
        return Remembered(len(ids), len(new) - len(ids) - refused, tuple(ids), refused)

    def append_all(
        self,
        new: Iterable[NewMessage],
        scope: Scope,
        *,
        again: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> Remembered:
        """As `append_many`, in batches, each of which stays when a later one raises.

        `progress` is called with the number of messages looked at so far.
        """
        messages = iter(new)
        ids: list[str] = []
        skipped = forgotten = 0
        while batch := list(islice(messages, _MANY)):
            done = self.append_many(batch, scope, again=again)
            ids += done.ids
            skipped += done.skipped
            forgotten += done.forgotten
            if progress:
                progress(len(ids) + skipped + forgotten)
        return Remembered(len(ids), skipped, tuple(ids), forgotten)


@dataclass(frozen=True, slots=True)
class _Made:
    """What a message is given when it is written: id, exchange, key of its session, microseconds, and maybe a place."""

    id: str
    exchange: str
    session: int
    time: int | None
    seq: int | None = None


class Batch:
    """One transaction's writing, which remembers the sessions it has met.

    Attributes:
        scope: the key of the scope that is written to; made when it is new.
    """

    def __init__(self, connection: sqlite3.Connection, scope: Scope) -> None:
        self._connection = connection
        name = storable(scope.key)
        connection.execute("INSERT OR IGNORE INTO scopes (name) VALUES (?)", (name,))
        self.scope: int = connection.execute("SELECT key FROM scopes WHERE name = ?", (name,)).fetchone()[0]
        self._sessions: dict[str, int] = {}
        self._before: dict[int, tuple[str, str] | None] = {}

    def add(self, new: NewMessage, text: str, spans: Sequence[tuple[int, int]]) -> str | None:
        """Write a message and its passages; its id, or None when it is known."""
        session = self.session(storable(new.session))
        id_ = self._fresh_id()
        exchange = self._exchange(new, session) or id_
        time = datetime.now(UTC) if new.time is None and new.origin is not Origin.IMPORT else new.time
        made = _Made(id_, exchange, session, microseconds(time))
        if self._insert(made, new, text, spans) is None:
            return None
        self._before[session] = (str(new.role), exchange)
        if new.origin is Origin.CHAT and new.time is None:
            self._connection.execute(_LAST, (self.scope, str(session)))
        return id_

    def put(self, kept: Message, spans: Sequence[tuple[int, int]], seq: int | None = None) -> int | None:
        """Write a message with the id, exchange and time that it has; its place, or None when it is known.

        It takes the next place, or the one that it had when `seq` says so.
        """
        session = self.session(storable(kept.session))
        made = _Made(kept.id, kept.exchange, session, microseconds(kept.time), seq)
        return self._insert(made, kept, storable(kept.text), spans)

    def _insert(
        self, made: _Made, new: NewMessage | Message, text: str, spans: Sequence[tuple[int, int]]
    ) -> int | None:
        row = self._connection.execute(
            _INSERT,
            (
                made.seq,
                made.id,
                self.scope,
                made.session,
                made.exchange,
                str(new.role),
                storable(new.speaker),
                made.time,
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
            [(row[0][0], self.scope, ordinal, start, end) for ordinal, (start, end) in enumerate(spans)],
        )
        return int(row[0][0])

    def session(self, id_: str) -> int:
        """The key of a session; made when it is new."""
        known = self._sessions.get(id_)
        if known is None:
            self._connection.execute("INSERT OR IGNORE INTO sessions (scope, id) VALUES (?, ?)", (self.scope, id_))
            where = (self.scope, id_)
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
        where = (id_, self.scope)
        row = self._connection.execute("SELECT exchange FROM messages WHERE id = ? AND scope = ?", where).fetchone()
        if row is not None:
            return str(row[0])
        if self._connection.execute("SELECT 1 FROM tombstones WHERE message = ? LIMIT 1", (id_,)).fetchone():
            return ""
        raise UsageError(
            f"There is no message {id_} to reply to.", "Give the id that remembering the message returned."
        )
