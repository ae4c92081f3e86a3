"""InMemoryStore: vectors in this process's memory, searched exactly; filled from the journal when it is opened."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from memory.errors import StorageError
from memory.store import Capabilities, Entry, Hit, MemoryStore, StoreSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from memory.store import Plain, Vector


class InMemoryStore(MemoryStore):
    """For tests, for a throw-away memory, and as the plainest example of a store."""

    capabilities: ClassVar[Capabilities] = Capabilities(persistent=False, many_processes=False)

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._guard = threading.Lock()
        self._identity = ""
        self._rows: dict[str, int] = {}
        self._ids: list[str] = []
        self._metadata: list[Mapping[str, Plain]] = []
        self._matrix = np.zeros((16, dimension), dtype=np.float32)

    @classmethod
    def open(cls, spec: StoreSpec) -> Self:
        """An empty store."""
        return cls(spec.dimension)

    def identity(self) -> str:
        """The text last given to `set_identity`."""
        return self._identity

    def set_identity(self, identity: str) -> None:
        """Keep a short text with the collection."""
        self._identity = identity

    def upsert(self, entries: Sequence[Entry]) -> None:
        """Write entries. Raises `StorageError` when a vector has another dimension; then none is written."""
        self._check(*(entry.vector for entry in entries))
        with self._guard:
            for entry in entries:
                row = self._rows.get(entry.id)
                if row is None:
                    row = self._rows[entry.id] = len(self._ids)
                    self._ids.append(entry.id)
                    self._metadata.append({})
                    if row == len(self._matrix):
                        self._matrix = np.concatenate([self._matrix, np.zeros_like(self._matrix)])
                self._matrix[row] = entry.vector
                self._metadata[row] = dict(entry.metadata)

    def get(self, ids: Sequence[str]) -> list[Entry]:
        """The entries under these ids, in the order asked."""
        with self._guard:
            rows = [self._rows[id_] for id_ in ids if id_ in self._rows]
            return [Entry(self._ids[row], self._matrix[row].copy(), self._metadata[row]) for row in rows]

    def search(self, vector: Vector, k: int, where: Mapping[str, Plain] | None = None) -> list[Hit]:
        """The `k` nearest entries by cosine. Raises `StorageError` when the vector has another dimension."""
        self._check(vector)
        with self._guard:
            rows = [
                row
                for row, metadata in enumerate(self._metadata)
                if not where or all(metadata.get(name) == value for name, value in where.items())
            ]
            found = self._matrix[rows]
            ids = [self._ids[row] for row in rows]
        lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(vector)
        scores = (found @ vector) / np.where(lengths > 0, lengths, 1)
        best = np.argsort(-scores, kind="stable")[: max(0, k)]
        return [Hit(ids[i], float(scores[i])) for i in best]

    def delete(self, ids: Iterable[str]) -> None:
        """Remove entries; the last ones take their places."""
        with self._guard:
            for id_ in ids:
                row = self._rows.pop(id_, None)
                if row is None:
                    continue
                last = len(self._ids) - 1
                if row != last:
                    self._ids[row], self._metadata[row] = self._ids[last], self._metadata[last]
                    self._matrix[row] = self._matrix[last]
                    self._rows[self._ids[row]] = row
                self._matrix[last] = 0
                self._ids.pop()
                self._metadata.pop()

    def page(self, after: str | None = None, limit: int = 1000) -> list[str]:
        """Ids in alphabetical order, those that follow `after`."""
        with self._guard:
            return sorted(id_ for id_ in self._ids if after is None or id_ > after)[:limit]

    def count(self) -> int:
        """How many entries there are."""
        return len(self._ids)

    def clear(self) -> None:
        """Remove every entry and the identity."""
        with self._guard:
            self._identity = ""
            self._rows.clear()
            self._ids.clear()
            self._metadata.clear()
            self._matrix = np.zeros((16, self._dimension), dtype=np.float32)

    def close(self) -> None:
        """Nothing to let go of."""

    def _check(self, *vectors: Vector) -> None:
        if any(vector.shape != (self._dimension,) for vector in vectors):
            raise StorageError(f"This store holds vectors of {self._dimension} dimensions alone.")
