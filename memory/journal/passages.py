"""Reading passages: what is embedded and searched."""

# ruff: noqa: S608 - queries are put together from constants of this package alone

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from memory.journal.kept import kept
from memory.journal.rows import Part
from memory.types import Passage

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_PASSAGES = (
    'SELECT p.id, p.message, p.ordinal, p.start, p."end", c.name FROM passages p JOIN scopes c ON c.key = p.scope'
)


class Passages(Part):
    """The part of the journal that reads passages. The text of a message is read once, however many passages it has."""

    @kept
    def last_passage(self) -> int:
        """The id of the newest passage; 0 when there is none."""
        with self._db.read() as connection:
            return int(connection.execute("SELECT coalesce(max(id), 0) FROM passages").fetchone()[0])

    def passages(self, after: int, most: int) -> list[Passage]:
        """The first `most` passages with an id over `after`, in order."""
        if after >= self.last_passage():
            return []
        return self._passages(f"{_PASSAGES} WHERE p.id > ? ORDER BY p.id LIMIT ?", (after, most))

    def passages_by_id(self, ids: Sequence[int]) -> dict[int, Passage]:
        """The passages with these ids, without those that are not there."""
        found = self._passages(f"{_PASSAGES} WHERE p.id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),))
        return {passage.id: passage for passage in found}

    def passages_of(self, seqs: Sequence[int], most: int) -> list[Passage]:
        """The first `most` passages of each of these messages."""
        return self._passages(
            f"{_PASSAGES} WHERE p.message IN (SELECT value FROM json_each(?)) AND p.ordinal < ? ORDER BY p.id",
            (json.dumps(list(seqs)), most),
        )

    @kept
    def scopes(self) -> list[str]:
        """The keys of all scopes that hold a message."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT name FROM scopes WHERE EXISTS (SELECT 1 FROM sessions WHERE scope = scopes.key) ORDER BY key"
            ).fetchall()
        return [row[0] for row in rows]

    def characters(self, scope: str, after: int = 0) -> tuple[int, int]:
        """About how many characters the messages of `scope` with passages over `after` have, and the newest passage.

        Taken from where their passages end: no text is read.
        """
        with self._db.read() as connection:
            return connection.execute(  # type: ignore[no-any-return]
                "SELECT coalesce(sum(long), 0), coalesce(max(newest), ?) FROM"
                ' (SELECT max("end") AS long, max(id) AS newest'
                " FROM passages WHERE id > ? AND scope = (SELECT key FROM scopes WHERE name = ?) GROUP BY message)",
                (after, after, scope),
            ).fetchone()

    def in_scope(self, ids: Sequence[int], scope: str) -> set[int]:
        """Which of these passages are of `scope`."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT id FROM passages WHERE id IN (SELECT value FROM json_each(?))"
                " AND scope = (SELECT key FROM scopes WHERE name = ?)",
                (json.dumps(list(ids)), scope),
            ).fetchall()
        return {row[0] for row in rows}

    def _passages(self, query: str, values: tuple[Any, ...]) -> list[Passage]:
        with self._db.read() as connection:
            connection.execute("BEGIN")
            try:
                rows = connection.execute(query, values).fetchall()
                said = _said(connection, {row[1] for row in rows})
            finally:
                connection.execute("COMMIT")
        return [
            Passage(id_, seq, said[seq][0], ordinal, start, end, said[seq][2][start:end], said[seq][1], scope)
            for id_, seq, ordinal, start, end, scope in rows
        ]


def _said(connection: sqlite3.Connection, seqs: set[int]) -> dict[int, tuple[str, str, str]]:
    """Id, speaker and text of messages by their place."""
    rows = connection.execute(
        "SELECT seq, id, speaker, text FROM messages WHERE seq IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(seqs)),),
    )
    return {row[0]: row[1:] for row in rows}
