"""Session vectors: for each session the sum of what its messages mean, kept as they are embedded."""

# ruff: noqa: S608 - queries are put together from constants of this package alone

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from memory.journal.kept import kept
from memory.journal.rows import Part

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_ROWS = """
    SELECT v.seq, m.session, v.vector, (SELECT count(*) FROM passages WHERE message = m.seq)
    FROM vectors v JOIN passages p ON p.id = v.passage JOIN messages m ON m.seq = p.message
"""


class SessionVectors(Part):
    """The part of the journal that knows what sessions are about. Each message counts alike, however long it is."""

    def sum_sessions(self, embedder: str, most: int) -> int:
        """Add the next `most` vectors to those of their sessions; returns how many there were."""
        if not self.unsummed(embedder):
            return 0
        with self._db.write(durable=False) as connection:
            key = connection.execute("SELECT key FROM embedders WHERE name = ?", (embedder,)).fetchone()
            if key is None:
                return 0
            start = _position(connection, embedder)
            rows = connection.execute(
                f"{_ROWS} WHERE v.seq > ? AND v.embedder = ? ORDER BY v.seq LIMIT ?", (start, key[0], most)
            ).fetchall()
            if not rows:
                return 0
            _add(connection, key[0], _sums(rows))
            connection.execute(
                "INSERT OR REPLACE INTO index_states VALUES (?, ?, ?, 0)", (_name(embedder), embedder, rows[-1][0])
            )
        return len(rows)

    @kept
    def unsummed(self, embedder: str) -> int:
        """How many vectors are not added yet, at most."""
        with self._db.read() as connection:
            newest = connection.execute(
                "SELECT coalesce(max(seq), 0) FROM vectors WHERE embedder = (SELECT key FROM embedders WHERE name = ?)",
                (embedder,),
            ).fetchone()[0]
            return max(0, int(newest) - _position(connection, embedder))

    @kept
    def summed(self, embedder: str) -> int:
        """Up to which vector they are added."""
        with self._db.read() as connection:
            return _position(connection, embedder)

    def summed_after(self, embedder: str, seq: int, most: int) -> list[int]:
        """The sessions (by their keys) of the first `most` vectors with a number over `seq`, one for each vector."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT m.session FROM vectors v JOIN passages p ON p.id = v.passage"
                " JOIN messages m ON m.seq = p.message WHERE v.seq > ?"
                " AND v.embedder = (SELECT key FROM embedders WHERE name = ?) ORDER BY v.seq LIMIT ?",
                (seq, embedder, most),
            ).fetchall()
        return [row[0] for row in rows]

    def session_vectors(self, embedder: str, sessions: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """The sums of these sessions (float32, of any length), without those that have none yet."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT session, vector FROM session_vectors WHERE session IN (SELECT value FROM json_each(?))"
                " AND embedder = (SELECT key FROM embedders WHERE name = ?)",
                (json.dumps(list(sessions)), embedder),
            ).fetchall()
        return {session: np.frombuffer(blob, dtype="<f4") for session, blob in rows}

    def reset_session_vectors(self, embedder: str) -> None:
        """Have all sessions summed anew."""
        with self._db.write(durable=False) as connection:
            connection.execute(
                "DELETE FROM session_vectors WHERE embedder = (SELECT key FROM embedders WHERE name = ?)", (embedder,)
            )
            connection.execute("DELETE FROM index_states WHERE name = ?", (_name(embedder),))


def _name(embedder: str) -> str:
    return f"summed:{embedder}"


def _position(connection: sqlite3.Connection, embedder: str) -> int:
    row = connection.execute("SELECT position FROM index_states WHERE name = ?", (_name(embedder),)).fetchone()
    return int(row[0]) if row else 0


def _sums(rows: Iterable[tuple[int, int, bytes, int]]) -> dict[int, NDArray[np.float32]]:
    sums: dict[int, NDArray[np.float32]] = {}
    for _, session, blob, many in rows:
        share = np.frombuffer(blob, dtype="<f2").astype(np.float32) / np.float32(many)
        sums[session] = sums[session] + share if session in sums else share
    return sums


def _add(connection: sqlite3.Connection, embedder: int, sums: dict[int, NDArray[np.float32]]) -> None:
    known = dict(
        connection.execute(
            "SELECT session, vector FROM session_vectors WHERE embedder = ?"
            " AND session IN (SELECT value FROM json_each(?))",
            (embedder, json.dumps(list(sums))),
        ).fetchall()
    )
    connection.executemany(
        "INSERT OR REPLACE INTO session_vectors VALUES (?, ?, ?)",
        [
            (
                session,
                embedder,
                (total + np.frombuffer(known[session], dtype="<f4") if session in known else total)
                .astype("<f4")
                .tobytes(),
            )
            for session, total in sums.items()
        ],
    )


def resum_sessions(connection: sqlite3.Connection, sessions: Iterable[int]) -> None:
    """Sum these sessions anew from what is left of them; to be called in the transaction that forgot the rest."""
    wanted = json.dumps(list(sessions))
    connection.execute("DELETE FROM session_vectors WHERE session IN (SELECT value FROM json_each(?))", (wanted,))
    for key, name in connection.execute("SELECT key, name FROM embedders").fetchall():
        rows = connection.execute(
            f"{_ROWS} WHERE m.session IN (SELECT value FROM json_each(?)) AND v.embedder = ? AND v.seq <= ?",
            (wanted, key, _position(connection, name)),
        ).fetchall()
        groups: dict[int, list[tuple[int, int, bytes, int]]] = defaultdict(list)
        for row in rows:
            groups[row[1]].append(row)
        _add(connection, key, {session: _sums(group)[session] for session, group in groups.items()})
