"""VectorScan: the journal's own vectors in memory, searched without a store.

All of them while they are few, which is quicker than any store and finds what is there; of a large memory those that
the store does not hold yet, be it one or (when it is broken, or open in another process) all.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from memory.indexes.vectortable import VectorTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memory.journal import Journal
    from memory.store import Vector

    Query = tuple[Sequence[Vector], int]
    Found = list[tuple[int, float]]

_READ = 8192


class VectorScan:
    """The vectors of one embedder, kept up to date by reading what was added since. Safe for several threads."""

    def __init__(self, journal: Journal, embedder: str) -> None:
        self._journal = journal
        self._embedder = embedder
        self._lock = threading.Lock()
        self._scope_keys: dict[str, int] = {}
        self._table = VectorTable(0)
        self._from = self._last = self._tombstone = 0

    def search(self, vectors: Sequence[Vector], k: int, scope: str, after: int = 0) -> Found:
        """The answer to one query; see `search_each`."""
        return self.search_each([(vectors, k)], scope, after)[0]

    def search_each(self, queries: Sequence[Query], scope: str, after: int = 0) -> list[Found]:
        """For each query (vectors, k) the `k` passages of `scope` nearest to any of its vectors.

        As (passage id, cosine), best first. Only vectors written after the vector sequence number `after` are looked
        at.
        """
        with self._lock:
            self._refresh(after)
            key = self._scope_keys.get(scope, -1)
            if not queries or self._table.first_after(after) == self._table.count:
                return [[] for _ in queries]
            return [self._table.nearest(after, np.stack(vectors).astype(np.float32), k, key) for vectors, k in queries]

    def refresh(self) -> None:
        """Read what is not known yet now, and not when it is searched."""
        with self._lock:
            self._refresh(0)

    def _refresh(self, after: int) -> None:
        """Read what was written since the last look; drop what the store holds by now and what was forgotten."""
        if after < self._from or (self._table.count == 0 and after > self._from):
            self._table = VectorTable(0)
            self._from = self._last = after
        while (rows := self._journal.vectors(self._embedder, self._last, _READ)).seqs:
            scopes = [self._scope_keys.setdefault(key, len(self._scope_keys)) for key in rows.scopes]
            if self._table.count == 0:
                self._table = VectorTable(rows.matrix.shape[1])
            self._table.append(rows.seqs, rows.passages, scopes, rows.matrix)
            self._last = rows.seqs[-1]
        self._drop_forgotten()
        if self._table.first_after(after) > _READ:
            self._table.keep(self._table.seqs > after)
            self._from = after

    def _drop_forgotten(self) -> None:
        gone: list[int] = []
        while rows := self._journal.tombstones(self._tombstone, _READ):
            gone.extend(passage for _, passage in rows)
            self._tombstone = rows[-1][0]
        if gone:
            self._table.keep(~np.isin(self._table.ids, gone))
