"""VectorScan: the vectors that the store does not hold yet (or all of them), searched exactly by NumPy.

The journal may be ahead of the store, by a vector or by all of them (a store that is broken, or open in another
process). Scanning is exact, so a lagging index costs time and never a memory.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from memory.journal import Journal
    from memory.store import Vector

_READ = 8192
_BLOCK = 1024
_WIDE_ROWS = 32768


class VectorScan:
    """The journal's vectors of one embedder in memory, kept up to date by reading what was added since."""

    def __init__(self, journal: Journal, embedder: str) -> None:
        self._journal = journal
        self._embedder = embedder
        self._lock = threading.Lock()
        self._scope_keys: dict[str, int] = {}
        self._table = _Table(0)
        self._from = self._last = self._tombstone = 0

    def search(self, vectors: Sequence[Vector], k: int, scope: str, after: int = 0) -> list[tuple[int, float]]:
        """The `k` passages of `scope` nearest to any of `vectors`, as (passage id, cosine), best first.

        Only vectors written after the vector sequence number `after` are looked at.
        """
        with self._lock:
            self._refresh(after)
            table = self._table
            first = table.first_after(after)
            if first == table.count:
                return []
            scores = table.cosines(first, np.stack(vectors).astype(np.float32))
            scores[table.scopes[first : table.count] != self._scope_keys.get(scope, -1)] = -np.inf
            best = np.argpartition(-scores, k - 1)[:k] if k < len(scores) else np.arange(len(scores))
            best = best[np.argsort(-scores[best], kind="stable")]
            return [(int(table.ids[first + i]), float(scores[i])) for i in best if np.isfinite(scores[i])]

    def _refresh(self, after: int) -> None:
        """Read what was written since the last look; drop what the store holds by now and what was forgotten."""
        if after < self._from or (self._table.count == 0 and after > self._from):
            self._table = _Table(0)
            self._from = self._last = after
        while (rows := self._journal.vectors(self._embedder, self._last, _READ)).seqs:
            scopes = [self._scope_keys.setdefault(key, len(self._scope_keys)) for key in rows.scopes]
            if self._table.count == 0:
                self._table = _Table(rows.matrix.shape[1])
            self._table.append(rows.seqs, rows.passages, scopes, rows.matrix)
            self._last = rows.seqs[-1]
        self._drop_forgotten()
        if self._table.first_after(after) > _READ:
            self._table.keep(self._table.seqs[: self._table.count] > after)
            self._from = after

    def _drop_forgotten(self) -> None:
        gone: list[int] = []
        while rows := self._journal.tombstones(self._tombstone, _READ):
            gone.extend(passage for _, passage in rows)
            self._tombstone = rows[-1][0]
        if gone:
            self._table.keep(~np.isin(self._table.ids[: self._table.count], gone))


class _Table:
    """Rows of (vector number, passage, scope, vector) in arrays with room to grow.

    Vectors are float32 while they are few (a search at the speed of BLAS) and float16 when they are many (half the
    memory); a search widens these block by block, small enough for the processor's cache.
    """

    def __init__(self, dimension: int) -> None:
        self.count = 0
        self.seqs: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.ids: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self.scopes: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._matrix: NDArray[Any] = np.empty((0, dimension), dtype=np.float32)

    def first_after(self, seq: int) -> int:
        """The first row with a number over `seq`."""
        return int(np.searchsorted(self.seqs[: self.count], seq, side="right"))

    def cosines(self, first: int, cues: NDArray[np.float32]) -> NDArray[np.float32]:
        """The greatest cosine to any of the cues, for each row from `first` on."""
        scores = np.empty(self.count - first, dtype=np.float32)
        for start in range(first, self.count, _BLOCK):
            block = self._matrix[start : min(start + _BLOCK, self.count)].astype(np.float32, copy=False)
            found = block @ cues[0] if len(cues) == 1 else (block @ cues.T).max(axis=1)
            scores[start - first : start - first + len(block)] = found
        return scores

    def append(
        self, seqs: Sequence[int], ids: Sequence[int], scopes: Sequence[int], matrix: NDArray[np.float32]
    ) -> None:
        """Add rows, whose numbers must follow those that are there."""
        self._reserve(self.count + len(seqs))
        new = slice(self.count, self.count + len(seqs))
        self.seqs[new], self.ids[new], self.scopes[new], self._matrix[new] = seqs, ids, scopes, matrix
        self.count = new.stop

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Keep the rows that are marked, and give back the memory of the others."""
        if not mask.all():
            rows = np.flatnonzero(mask)
            self.seqs, self.ids, self.scopes = self.seqs[rows], self.ids[rows], self.scopes[rows]
            self._matrix = self._matrix[rows]
            self.count = len(rows)

    def _reserve(self, wanted: int) -> None:
        """Make room for `wanted` rows, twice as much as before when it runs out."""
        if wanted <= len(self.seqs):
            return
        more = max(wanted, min(2 * len(self.seqs), len(self.seqs) + 16 * _READ), 256) - self.count
        self.seqs, self.ids, self.scopes = (
            np.concatenate([column[: self.count], np.zeros(more, dtype=np.int64)])
            for column in (self.seqs, self.ids, self.scopes)
        )
        matrix = np.empty(
            (self.count + more, self._matrix.shape[1]), np.float32 if wanted <= _WIDE_ROWS else np.float16
        )
        matrix[: self.count] = self._matrix[: self.count]
        self._matrix = matrix
