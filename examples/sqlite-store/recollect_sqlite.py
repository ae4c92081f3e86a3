"""A vector store for recollect: one SQLite file a collection, searched exactly by NumPy."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar, Self

import numpy as np

from memory.errors import IndexMismatchError, StorageError
from memory.store import Capabilities, Entry, Hit, MemoryStore, Plain, StoreSpec, Vector

_TABLES = """
CREATE TABLE IF NOT EXISTS entries (id TEXT PRIMARY KEY, metadata TEXT, vector BLOB);
CREATE TABLE IF NOT EXISTS about (identity TEXT);
"""


class SqliteStore(MemoryStore):
    """Several processes may have it open at once: SQLite sees to that."""

    capabilities: ClassVar[Capabilities] = Capabilities(persistent=True, many_processes=True)

    def __init__(self, spec: StoreSpec) -> None:
        self._dimension = spec.dimension
        self._lock = threading.RLock()
        with self._using():
            spec.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = spec.folder / f"{spec.collection}.db"
            self._file.touch(mode=0o600)
            self._db = sqlite3.connect(self._file, timeout=30, check_same_thread=False)
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.executescript(_TABLES)

    @classmethod
    def open(cls, spec: StoreSpec) -> Self:
        store = cls(spec)
        with store._using():
            made = store._db.execute("PRAGMA user_version").fetchone()[0] or spec.dimension
            if made == spec.dimension:
                store._db.execute(f"PRAGMA user_version = {spec.dimension}")
                return store
        store.close()
        raise IndexMismatchError(f"{store._file} has {made} dimensions, not {spec.dimension}.")

    def identity(self) -> str:
        with self._using():
            return "".join(row[0] for row in self._db.execute("SELECT identity FROM about"))

    def set_identity(self, identity: str) -> None:
        with self._using():
            self._db.execute("DELETE FROM about")
            self._db.execute("INSERT INTO about VALUES (?)", (identity,))

    def upsert(self, entries: Sequence[Entry]) -> None:
        self._check(*(entry.vector for entry in entries))
        rows = [(e.id, json.dumps(dict(e.metadata)), e.vector.astype(np.float32).tobytes()) for e in entries]
        with self._using():
            self._db.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?)", rows)

    def get(self, ids: Sequence[str]) -> list[Entry]:
        wanted = "SELECT * FROM entries WHERE id IN (SELECT value FROM json_each(?))"
        with self._using():
            found = {row[0]: row for row in self._db.execute(wanted, (json.dumps(list(ids)),))}
        rows = [found[id_] for id_ in ids if id_ in found]
        return [Entry(id_, np.frombuffer(vector, np.float32), json.loads(meta)) for id_, meta, vector in rows]

    def search(self, vector: Vector, k: int, where: Mapping[str, Plain] | None = None) -> list[Hit]:
        self._check(vector)
        conditions = " AND ".join("json_extract(metadata, ?) = ?" for _ in where or {}) or "1"
        values = [part for name, value in (where or {}).items() for part in (f'$."{name}"', value)]
        with self._using():
            rows = self._db.execute(f"SELECT id, vector FROM entries WHERE {conditions}", values).fetchall()  # noqa: S608
        if not rows or k < 1:
            return []
        matrix = np.frombuffer(b"".join(row[1] for row in rows), np.float32).reshape(len(rows), -1)
        scores = matrix @ vector / (np.linalg.norm(matrix, axis=1) * np.linalg.norm(vector))
        return [Hit(rows[i][0], float(scores[i])) for i in np.argsort(-scores, kind="stable")[:k]]

    def delete(self, ids: Iterable[str]) -> None:
        with self._using():
            self._db.executemany("DELETE FROM entries WHERE id = ?", [(id_,) for id_ in ids])

    def page(self, after: str | None = None, limit: int = 1000) -> list[str]:
        following = "SELECT id FROM entries WHERE id > ? ORDER BY id LIMIT ?"
        with self._using():
            return [row[0] for row in self._db.execute(following, (after or "", limit))]

    def count(self) -> int:
        with self._using():
            return int(self._db.execute("SELECT count(*) FROM entries").fetchone()[0])

    def clear(self) -> None:
        with self._using():
            self._db.executescript("DELETE FROM entries; DELETE FROM about")

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _check(self, *vectors: Vector) -> None:
        if any(vector.shape != (self._dimension,) for vector in vectors):
            raise StorageError(f"{self._file} holds vectors of {self._dimension} dimensions.")

    @contextmanager
    def _using(self) -> Iterator[None]:
        """One thread at a time, one transaction; whatever goes wrong becomes recollect's own error."""
        with self._lock:
            try:
                yield
                self._db.commit()
            except (OSError, sqlite3.Error) as error:
                raise StorageError(f"The SQLite store failed: {error}.") from error
