"""Forgetting for good: rows, vectors, and every byte of the text in the journal's files."""

# ruff: noqa: S608 - queries are put together from constants of this package alone

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from memory.errors import StorageError, UsageError
from memory.journal.feedback import forget_cues
from memory.journal.forgotten import ForgottenIds
from memory.journal.kept import kept
from memory.journal.rows import Part
from memory.journal.selecting import chosen
from memory.journal.sessionvectors import resum_sessions
from memory.journal.traces import forget_traces
from memory.journal.undoing import keep
from memory.types import Forgotten, Selection

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import datetime

    from memory.journal.undoing import Kept
    from memory.types import Scope

_log = logging.getLogger(__name__)
_OWED = "INSERT OR IGNORE INTO meta VALUES ('scrub', 'owed')"
_MEANT = """
    SELECT m.id, s.id, s.key FROM scopes c JOIN messages m ON m.scope = c.key JOIN sessions s ON s.key = m.session
    WHERE c.name = :scope AND {} ORDER BY m.seq
"""
_DOOMED = "IN (SELECT value FROM json_each(?))"


class Forgetting(Part):
    """The part of the journal that forgets. Tombstones with the ids of what is gone stay, for the indexes."""

    def forget(
        self,
        *,
        messages: Sequence[str] = (),
        sessions: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        everything: bool = False,
        scope: Scope,
        dry_run: bool = False,
    ) -> Forgotten:
        """Remove messages (by id, of whole sessions, of a span of time) or everything of a scope; see `Selection.of`.

        With `dry_run` it is only said what would go. When this returns, neither the file nor its write-ahead log holds
        a byte of the text, unless another process was reading an older state all the while; the next `scrub` then makes
        up for it. Raises `UsageError` when a name is not known in this scope, and then nothing is taken.
        """
        wish = Selection.of(messages, sessions, everything, since, until)
        return self.forget_selected(wish, scope, dry_run=dry_run)[0]

    def forget_selected(
        self, wish: Selection, scope: Scope, *, dry_run: bool = False, undoable: bool = False
    ) -> tuple[Forgotten, Kept | None]:
        """As `forget`; when it shall be `undoable` also what is needed to put it back, unless that is too much."""
        if dry_run:
            with self._db.read() as connection:
                return replace(_meant(connection, wish, scope), dry_run=True), None
        with self._db.write() as connection:
            gone = _meant(connection, wish, scope)
            if not gone.messages:
                return gone, None
            ids = json.dumps(gone.messages)
            kept = keep(connection, ids, scope.key) if undoable else None
            _remove(connection, ids, scope.key)
            connection.execute(_OWED)
        self.scrub()
        return gone, kept

    def scrub(self) -> bool:
        """Rewrite the journal's files if a forgetting left something in them; False when it cannot be done yet."""
        with self._db.read() as connection:
            owed = connection.execute("SELECT 1 FROM meta WHERE name = 'scrub'").fetchone()
        if not owed:
            return True
        try:
            if not self._db.scrub():
                return False
        except StorageError as error:
            _log.warning("forgotten text was removed, and its file is rewritten later: %s", error)
            return False
        with self._db.write(durable=False) as connection:
            connection.execute("DELETE FROM meta WHERE name = 'scrub'")
        return True

    def tombstones(self, after: int, most: int) -> list[tuple[int, int]]:
        """At most `most` tombstones with a number over `after`, in order, as (number, passage id)."""
        if after >= self.last_tombstone():
            return []
        with self._db.read() as connection:
            return connection.execute(
                "SELECT seq, passage FROM tombstones WHERE seq > ? ORDER BY seq LIMIT ?", (after, most)
            ).fetchall()

    @kept
    def last_tombstone(self) -> int:
        """The number of the newest tombstone; 0 when there is none."""
        with self._db.read() as connection:
            return int(connection.execute("SELECT coalesce(max(seq), 0) FROM tombstones").fetchone()[0])


def _remove(connection: sqlite3.Connection, ids: str, scope: str) -> None:
    """Take the messages with these ids (a JSON list) out of every table."""
    connection.execute(
        "INSERT INTO tombstones (passage, message) SELECT coalesce(p.id, 0), m.id FROM messages m"
        f" LEFT JOIN passages p ON p.message = m.seq WHERE m.id {_DOOMED} ORDER BY m.seq, p.id",
        (ids,),
    )
    names = connection.execute(f"SELECT id, source, source_id FROM messages WHERE id {_DOOMED}", (ids,))
    ForgottenIds(connection, scope).add(names.fetchall())
    forget_traces(connection, ids)
    forget_cues(connection, ids)
    connection.execute(
        "UPDATE sessions SET forked = coalesce((SELECT p.id FROM messages g JOIN messages p ON p.session = g.session"
        f" WHERE g.id = sessions.forked AND p.seq < g.seq AND p.id NOT {_DOOMED} ORDER BY p.seq DESC LIMIT 1), '')"
        f" WHERE forked {_DOOMED}",
        (ids, ids),
    )
    touched = connection.execute(f"SELECT DISTINCT session FROM messages WHERE id {_DOOMED}", (ids,)).fetchall()
    connection.execute(f"DELETE FROM messages WHERE id {_DOOMED}", (ids,))
    connection.execute("DELETE FROM sessions WHERE NOT EXISTS (SELECT 1 FROM messages WHERE session = sessions.key)")
    connection.executemany("UPDATE sessions SET made = '' WHERE key = ?", touched)
    resum_sessions(connection, [row[0] for row in touched])


def _meant(connection: sqlite3.Connection, wish: Selection, scope: Scope) -> Forgotten:
    """The messages that are meant, in the order of the journal, and the sessions that lose all of theirs.

    Raises `UsageError` for a name that is not known in this scope.
    """
    rows = _rows(connection, wish, scope)
    unknown = {*wish.messages, *wish.sessions} - {name for row in rows for name in row[:2]}
    if unknown and (wish.since or wish.until):
        of_any_time = _rows(connection, replace(wish, since=None, until=None), scope)
        unknown -= {name for row in of_any_time for name in row[:2]}
    if unknown:
        raise UsageError(
            f"Nothing is known by the name {', '.join(sorted(unknown))}.",
            "`recollect sessions` and `recollect recall` show the names there are.",
        )
    taken = Counter(row[2] for row in rows)
    names = {row[2]: row[1] for row in rows}
    sizes = connection.execute(
        f"SELECT session, count(*) FROM messages WHERE session {_DOOMED} GROUP BY session", (json.dumps(list(taken)),)
    ).fetchall()
    whole = {key for key, size in sizes if size == taken[key]}
    return Forgotten(tuple(row[0] for row in rows), tuple(name for key, name in names.items() if key in whole))


def _rows(connection: sqlite3.Connection, wish: Selection, scope: Scope) -> list[tuple[str, str, int]]:
    """Message, session and key of the session of what is selected."""
    condition, values = chosen(wish)
    return connection.execute(_MEANT.format(condition), {**values, "scope": scope.key}).fetchall()
