"""Forgetting for good: rows, vectors, and every byte of the text in the journal's files."""

from __future__ import annotations

import json
import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memory.errors import StorageError, UsageError
from memory.journal.feedback import forget_cues
from memory.journal.kept import kept
from memory.journal.rows import Part, storable
from memory.journal.sessionvectors import resum_sessions
from memory.journal.traces import forget_traces
from memory.types import Forgotten

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from memory.types import Scope

_log = logging.getLogger(__name__)
_OWED = "INSERT OR IGNORE INTO meta VALUES ('scrub', 'owed')"


class Forgetting(Part):
    """The part of the journal that forgets. Tombstones with the ids of what is gone stay, for the indexes."""

    def forget(
        self,
        *,
        messages: Sequence[str] = (),
        sessions: Sequence[str] = (),
        everything: bool = False,
        scope: Scope,
        dry_run: bool = False,
    ) -> Forgotten:
        """Remove messages (by id), whole sessions, or everything of a scope; with `dry_run` only say what would go.

        When this returns, neither the file nor its write-ahead log holds a byte of the text, unless another process was
        reading an older state all the while; the next `scrub` then makes up for it. Raises `UsageError` when a name
        is not known in this scope, and then nothing is taken.
        """
        wish = _Wish(tuple(map(storable, messages)), tuple(map(storable, sessions)), everything, scope.key)
        if dry_run:
            with self._db.read() as connection:
                return wish.meant(connection, dry_run=True)
        with self._db.write() as connection:
            gone = wish.meant(connection, dry_run=False)
            if not gone.messages:
                return gone
            ids = json.dumps(gone.messages)
            connection.execute(
                "INSERT INTO tombstones (passage, message) SELECT coalesce(p.id, 0), m.id FROM messages m"
                " LEFT JOIN passages p ON p.message = m.seq WHERE m.id IN (SELECT value FROM json_each(?))"
                " ORDER BY m.seq, p.id",
                (ids,),
            )
            forget_traces(connection, ids)
            forget_cues(connection, ids)
            touched = connection.execute(
                "SELECT DISTINCT session FROM messages WHERE id IN (SELECT value FROM json_each(?))", (ids,)
            ).fetchall()
            connection.execute("DELETE FROM messages WHERE id IN (SELECT value FROM json_each(?))", (ids,))
            connection.execute(
                "DELETE FROM sessions WHERE NOT EXISTS (SELECT 1 FROM messages WHERE session = sessions.key)"
            )
            resum_sessions(connection, [row[0] for row in touched])
            connection.execute(_OWED)
        self.scrub()
        return gone

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


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be forgotten, and in whose memory."""

    messages: tuple[str, ...]
    sessions: tuple[str, ...]
    everything: bool
    scope: str

    def meant(self, connection: sqlite3.Connection, dry_run: bool) -> Forgotten:
        """The messages that are meant, in the order of the journal, and the sessions that lose all of theirs.

        Raises `UsageError` for a name that is not known in this scope.
        """
        rows = connection.execute(
            "SELECT m.id, s.id, s.key FROM scopes c JOIN messages m ON m.scope = c.key"
            " JOIN sessions s ON s.key = m.session"
            " WHERE c.name = ? AND (? OR m.id IN (SELECT value FROM json_each(?))"
            " OR s.id IN (SELECT value FROM json_each(?))) ORDER BY m.seq",
            (self.scope, self.everything, json.dumps(self.messages), json.dumps(self.sessions)),
        ).fetchall()
        unknown = {*self.messages, *self.sessions} - {name for row in rows for name in row[:2]}
        if unknown:
            raise UsageError(
                f"Nothing is known by the name {', '.join(sorted(unknown))}.",
                "`recollect sessions` and `recollect recall` show the names there are.",
            )
        taken = Counter(row[2] for row in rows)
        names = {row[2]: row[1] for row in rows}
        sizes = connection.execute(
            "SELECT session, count(*) FROM messages WHERE session IN (SELECT value FROM json_each(?)) GROUP BY session",
            (json.dumps(list(taken)),),
        ).fetchall()
        whole = {key for key, size in sizes if size == taken[key]}
        return Forgotten(
            tuple(row[0] for row in rows), tuple(name for key, name in names.items() if key in whole), dry_run
        )
