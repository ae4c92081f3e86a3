"""What one message leads to by itself: what was said around it, at the same time, recalled with it, linked by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from memory.errors import UsageError
from memory.journal.rows import Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from memory.types import Scope

_CLOSE_IN_TIME = """
    SELECT seq, time FROM messages WHERE scope = ? AND time {} ? AND time BETWEEN ? AND ? AND session <> ?
    ORDER BY time {} LIMIT ?
"""


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

    def close_in_time(self, seq: int, within: int, most: int) -> list[tuple[int, int]]:
        """What was said in other sessions nearest in time to a message, as (message, microseconds apart).

        At most `most` before and `most` after, no more than `within` microseconds away; none when its time is unknown.
        """
        with self._db.read() as connection:
            row = connection.execute("SELECT scope, time, session FROM messages WHERE seq = ?", (seq,)).fetchone()
            if row is None or row[1] is None:
                return []
            scope, time, session = row
            found = []
            for sign, order in (("<=", "DESC"), (">", "ASC")):
                found += connection.execute(
                    _CLOSE_IN_TIME.format(sign, order),
                    (scope, time, time - within, time + within, session, most),
                ).fetchall()
        return sorted(((other, abs(when - time)) for other, when in found), key=lambda pair: pair[1])

    def session_places(self, after: Mapping[int, int]) -> dict[int, list[int]]:
        """For each session (by its key) the places of its messages over a given place, in order."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT m.session, m.seq FROM json_each(?) j JOIN messages m ON m.session = CAST(j.key AS INTEGER)"
                " AND m.seq > j.value ORDER BY m.session, m.seq",
                (json.dumps({str(session): place for session, place in after.items()}),),
            ).fetchall()
        found: dict[int, list[int]] = {}
        for session, seq in rows:
            found.setdefault(session, []).append(seq)
        return found

    def newest(self, scope: int) -> tuple[int, int | None]:
        """The key of a scope's newest session (0: there is none), and the latest time in it in microseconds."""
        with self._db.read() as connection:
            session = connection.execute("SELECT max(key) FROM sessions WHERE scope = ?", (scope,)).fetchone()[0]
            time = connection.execute("SELECT max(time) FROM messages WHERE scope = ?", (scope,)).fetchone()[0]
        return int(session or 0), time

    def message_vectors(self, embedder: str, seqs: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The vectors of the first 64 passages of these messages, as (their messages in ascending order, matrix)."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT p.message, v.vector FROM json_each(?) j"
                " JOIN passages p ON p.message = j.value AND p.ordinal < 64"
                " JOIN vectors v ON v.passage = p.id AND v.embedder = (SELECT key FROM embedders WHERE name = ?)",
                (json.dumps(sorted(seqs)), embedder),
            ).fetchall()
        owners = np.array([row[0] for row in rows], dtype=np.int64)
        if not rows:
            return owners, np.empty((0, 0), dtype=np.float32)
        matrix = np.frombuffer(b"".join([row[1] for row in rows]), dtype="<f2").reshape(len(rows), -1)
        order = np.argsort(owners, kind="stable")
        return owners[order], matrix[order].astype(np.float32)
