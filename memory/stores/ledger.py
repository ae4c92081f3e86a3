"""Ledger: what is known of the entries of a store that cannot tell it itself, in a small SQLite file.

It knows ids, metadata and vectors, and so gives what such a store lacks: pages, counts, filters, exact cosines.
"""

# ruff: noqa: S608 - queries are put together from constants alone

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from memory.errors import StorageError
from memory.store import Entry, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from memory.store import Plain, Vector

_BUSY_SECONDS = 30.0
_READ = 4096
_AMONG = "WHERE id IN (SELECT value FROM json_each(?))"
_TABLES = """
CREATE TABLE IF NOT EXISTS entries (id TEXT PRIMARY KEY, metadata TEXT NOT NULL, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class Ledger:
    """Ids with metadata and vectors, and a few named notes. Several threads and processes may use it at once.

    What is removed from it is overwritten in the file. Raises `StorageError` when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.RLock()
        with self._explaining():
            path.touch(mode=0o600)
            self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False, isolation_level=None)
            try:
                self._db.execute("PRAGMA secure_delete = ON")
                self._db.execute("PRAGMA synchronous = NORMAL")
                self._db.executescript(_TABLES)
            except BaseException:
                self._db.close()
                raise

    def note(self, name: str) -> str:
        """The note of this name; an empty text when there is none."""
        with self._explaining():
            row = self._db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def set_note(self, name: str, value: str) -> None:
        """Keep a note."""
        with self._explaining():
            self._db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))

    def put(self, entries: Sequence[Entry]) -> None:
        """Keep entries, in place of those with the same ids."""
        rows = [(entry.id, json.dumps(dict(entry.metadata)), entry.vector.astype("<f4").tobytes()) for entry in entries]
        with self._writing():
            self._db.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", rows)

    def entries(self, ids: Sequence[str]) -> dict[str, Entry]:
        """Those of the ids that there are, with what belongs to them."""
        with self._explaining():
            rows = self._db.execute(f"SELECT * FROM entries {_AMONG}", (json.dumps(list(ids)),)).fetchall()
        return {
            id_: Entry(id_, np.frombuffer(vector, dtype="<f4").astype(np.float32), json.loads(metadata))
            for id_, metadata, vector in rows
        }

    def known(self, ids: Sequence[str]) -> set[str]:
        """Those of the ids that there are."""
        with self._explaining():
            return {row[0] for row in self._db.execute(f"SELECT id FROM entries {_AMONG}", (json.dumps(list(ids)),))}

    def search(self, vector: Vector, k: int, where: Mapping[str, Plain] | None) -> list[Hit]:
        """The `k` nearest entries by cosine that have every value `where` names, by looking at all of them."""
        best: list[Hit] = []
        with self._explaining():
            cursor = self._db.execute("SELECT id, metadata, vector FROM entries")
            while rows := cursor.fetchmany(_READ):
                matching = [(id_, vec) for id_, metadata, vec in rows if agrees(json.loads(metadata), where)]
                vectors = [np.frombuffer(vec, dtype="<f4") for _, vec in matching]
                scores = cosines(vectors, vector) if vectors else []
                best += [Hit(id_, score) for (id_, _), score in zip(matching, scores, strict=True)]
                best = sorted(best, key=lambda hit: -hit.score)[:k]
        return best

    def remove(self, ids: Sequence[str]) -> None:
        """Remove entries."""
        with self._writing():
            self._db.execute(f"DELETE FROM entries {_AMONG}", (json.dumps(list(ids)),))

    def page(self, after: str | None, limit: int) -> list[str]:
        """Ids in alphabetical order, those that follow `after`."""
        with self._explaining():
            rows = self._db.execute(
                "SELECT id FROM entries WHERE id > ? ORDER BY id LIMIT ?", (after or "", limit)
            ).fetchall()
        return [row[0] for row in rows]

    def count(self) -> int:
        """How many entries there are."""
        with self._explaining():
            return int(self._db.execute("SELECT count(*) FROM entries").fetchone()[0])

    def clear(self) -> None:
        """Remove every entry and every note."""
        with self._writing():
            self._db.execute("DELETE FROM entries")
            self._db.execute("DELETE FROM notes")

    def close(self) -> None:
        """Let go of the file."""
        with self._guard:
            self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._explaining():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        with self._guard:
            try:
                yield
            except (OSError, sqlite3.Error) as error:
                raise StorageError(
                    f"The ledger {self._path} cannot be used: {error}.",
                    "Nothing is lost: recall goes on without it, and `recollect rebuild` makes it anew.",
                ) from error


def agrees(metadata: Mapping[str, Plain], where: Mapping[str, Plain] | None) -> bool:
    """Whether metadata has every value that `where` names."""
    return not where or all(name in metadata and metadata[name] == value for name, value in where.items())


def cosines(vectors: Sequence[Vector], cue: Vector) -> list[float]:
    """The cosine of each of the vectors to `cue`."""
    matrix = np.stack(vectors)
    lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(cue)
    found: list[float] = np.clip(matrix @ cue / np.where(lengths > 0, lengths, 1), -1, 1).tolist()
    return found
