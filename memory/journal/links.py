"""What one message leads to by itself: what was said around it, at the same time, recalled with it, linked by hand."""

# ruff: noqa: S608 - queries are put together from constants of this package alone

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from memory.errors import UsageError
from memory.journal.kept import kept
from memory.journal.rows import Part, microseconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from memory.types import Scope

_BEFORE_IN_TIME, _AFTER_IN_TIME = (
    "SELECT * FROM (SELECT ? AS one, seq, time FROM messages"
    f" WHERE scope = ? AND time {sign} ? AND time BETWEEN ? AND ? AND session <> ? ORDER BY time {order} LIMIT ?)"
    for sign, order in (("<=", "DESC"), (">", "ASC"))
)
_ZONES = timedelta(days=1)
"""Files without a zone may be that far ahead."""


class Links(Part):
    """The part of the journal that knows how messages follow and belong to each other."""

    def link(self, one: str, other: str, scope: Scope) -> None:
        """Link two messages by hand, both ways. Raises `UsageError` for an unknown id, or for one and the same."""
        with self._db.write() as connection:
            rows = connection.execute(
                "SELECT m.id, m.seq FROM messages m JOIN scopes c ON c.key = m.scope"
                " WHERE c.name = ? AND m.id IN (?, ?)",
                (scope.key, one, other),
            ).fetchall()
            places = dict(rows)
            for id_ in (one, other):
                if id_ not in places:
                    raise UsageError(f"There is no message {id_} to link.", "Ids are shown by `recollect recall`.")
            if one == other:
                raise UsageError(f"The message {one} cannot be linked to itself.", "Name two messages.")
            pair = (places[one], places[other])
            connection.executemany("INSERT OR IGNORE INTO linked VALUES (?, ?)", [pair, pair[::-1]])

    def linked(self, seqs: Sequence[int]) -> list[tuple[int, int]]:
        """Links made by hand from these messages, as (message, other)."""
        with self._db.read() as connection:
            return connection.execute(
                "SELECT message, other FROM linked WHERE message IN (SELECT value FROM json_each(?))",
                (json.dumps(list(seqs)),),
            ).fetchall()

    def together(self, seqs: Sequence[int]) -> list[tuple[int, int, float]]:
        """What was recalled together with these messages for one answer, as (message, other, how often)."""
        with self._db.read() as connection:
            return connection.execute(
                "SELECT message, other, weight FROM together WHERE message IN (SELECT value FROM json_each(?))"
                " AND weight > 1e-9 ORDER BY weight DESC",
                (json.dumps(list(seqs)),),
            ).fetchall()

    def close_in_time(
        self, moments: Sequence[tuple[int, int, int]], within: int, most: int
    ) -> list[tuple[int, int, int]]:
        """What was said in other sessions nearest in time to some moments, as (moment, message, microseconds apart).

        Args:
            moments: each as (key of a scope, key of the session that does not count, microseconds since 1970).
            within: how many microseconds apart at most.
            most: how many messages before and how many after each at most; the nearest come first.
        """
        if not moments:
            return []
        asked = [
            (number, scope, time, time - within, time + within, session, most)
            for number, (scope, session, time) in enumerate(moments)
        ]
        query = " UNION ALL ".join([_BEFORE_IN_TIME, _AFTER_IN_TIME] * len(asked))
        with self._db.read() as connection:
            rows = connection.execute(query, [value for one in asked for value in (*one, *one)]).fetchall()
        found = [(number, other, abs(time - moments[number][2])) for number, other, time in rows]
        return sorted(found, key=lambda row: (row[0], row[2]))

    def session_places(self, sessions: Sequence[int]) -> NDArray[np.int64]:
        """The messages of sessions (by their keys), as rows of (session, place) in ascending order, shape (n, 2)."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT session, seq FROM messages WHERE session IN (SELECT value FROM json_each(?))"
                " ORDER BY session, seq",
                (json.dumps(list(sessions)),),
            ).fetchall()
        return np.array(rows, dtype=np.int64).reshape(len(rows), 2)

    def sessions_after(self, seq: int, most: int) -> list[tuple[int, int]]:
        """The first `most` messages after a place, as (place, key of its session)."""
        with self._db.read() as connection:
            return connection.execute(
                "SELECT seq, session FROM messages WHERE seq > ? ORDER BY seq LIMIT ?", (seq, most)
            ).fetchall()

    @kept
    def has_links(self) -> tuple[bool, bool]:
        """Whether any message was linked to another by hand, and whether any were recalled together."""
        with self._db.read() as connection:
            row = connection.execute("SELECT EXISTS (SELECT 1 FROM linked), EXISTS (SELECT 1 FROM together)").fetchone()
        return bool(row[0]), bool(row[1])

    @kept
    def newest(self, scope: int) -> tuple[int, int | None]:
        """The key of a scope's newest session (0: there is none), and the latest time in it in microseconds.

        What a clock that was ahead dated does not count, unless all is of the future.
        """
        with self._db.read() as connection:
            session = connection.execute("SELECT max(key) FROM sessions WHERE scope = ?", (scope,)).fetchone()[0]
            latest = "SELECT max(time) FROM messages WHERE scope = ?"
            time = connection.execute(
                f"{latest} AND time <= ?", (scope, microseconds(datetime.now(UTC) + _ZONES))
            ).fetchone()[0]
            time = time if time is not None else connection.execute(latest, (scope,)).fetchone()[0]
        return int(session or 0), time

    def message_vectors(
        self, embedder: str, seqs: Sequence[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], set[int]]:
        """The vectors of the first 64 passages of these messages, as (their messages in ascending order, matrix).

        The third is which of these messages have passages that have no vector yet.
        """
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT p.message, v.vector FROM json_each(?) j"
                " JOIN passages p ON p.message = j.value AND p.ordinal < 64"
                " LEFT JOIN vectors v ON v.passage = p.id AND v.embedder = (SELECT key FROM embedders WHERE name = ?)",
                (json.dumps(sorted(seqs)), embedder),
            ).fetchall()
        partial = {row[0] for row in rows if row[1] is None}
        rows = [row for row in rows if row[1] is not None] if partial else rows
        owners = np.array([row[0] for row in rows], dtype=np.int64)
        if not rows:
            return owners, np.empty((0, 0), dtype=np.float32), partial
        matrix = np.frombuffer(b"".join([row[1] for row in rows]), dtype="<f2").reshape(len(rows), -1)
        order = np.argsort(owners, kind="stable")
        return owners[order], matrix[order].astype(np.float32), partial
