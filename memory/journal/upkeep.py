"""What upkeep asks of the journal: messages by their places alone, a plain look into it, and sums made anew."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from memory.journal.rows import Part
from memory.journal.sessionvectors import resum_sessions

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

_SESSIONS = 200


class Upkeep(Part):
    """The part of the journal that is looked at and put in order."""

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to look with. Fetch all rows inside the block."""
        with self._db.read() as connection:
            yield connection

    def last_message(self) -> int:
        """The place of the newest message; 0 when there is none."""
        with self._db.read() as connection:
            return int(connection.execute("SELECT coalesce(max(seq), 0) FROM messages").fetchone()[0])

    def seqs(self, after: int, most: int) -> list[int]:
        """The places of the first `most` messages after one."""
        query = "SELECT seq FROM messages WHERE seq > ? ORDER BY seq LIMIT ?"
        with self._db.read() as connection:
            return [row[0] for row in connection.execute(query, (after, most)).fetchall()]

    def resum(self, embedder: str) -> None:
        """Sum the vectors of all sessions anew, some at a time, where they were summed before."""
        last = 0
        while True:
            with self._db.write(durable=False) as connection:
                query = "SELECT key FROM sessions WHERE key > ? ORDER BY key LIMIT ?"
                keys = [row[0] for row in connection.execute(query, (last, _SESSIONS)).fetchall()]
                if not keys:
                    return
                if connection.execute("SELECT 1 FROM embedders WHERE name = ?", (embedder,)).fetchone():
                    resum_sessions(connection, keys)
                last = keys[-1]

    def drop_broken_vectors(self) -> None:
        """Remove vectors of the wrong length, and have every passage looked at again for one that it lacks."""
        with self._db.write(durable=False) as connection:
            connection.execute(
                "DELETE FROM vectors WHERE length(vector) <>"
                " 2 * (SELECT dimension FROM embedders WHERE key = vectors.embedder)"
            )
            connection.execute("DELETE FROM index_states WHERE name GLOB 'embedded:*'")
