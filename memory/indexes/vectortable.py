"""A table of vectors, and what is nearest among them: all are compared while they are few, else their sketches first.

A sketch has a bit for each dimension, whether the vector is over nought there. Of unit vectors the share of bits in
which two differ tells their angle (Charikar 2002), and the bits of ten thousand vectors are compared in the time that
some hundred products take. The true cosines of the most alike then decide: of the sixty nearest passages of real talk
it finds 98 in 100, which is about what an approximate index does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from memory.recall.products import dots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

_FEW_ROWS = 2048
_SHORTLIST, _TIMES_K = 192, 8
_WIDE_ROWS = 16384
_LEAST_ROOM, _MOST_ROOM = 256, 131_072
_BLOCK = 256
"""How many rows are compared at once: so few stay in the processor's cache."""


class VectorTable:
    """Rows of (vector number, passage, scope, vector) in arrays with room to grow.

    Vectors are float32 while they are few and float16 when they are many: a table takes 25 MB for 16,384 vectors of
    384 dimensions, and 50 MB for 65,536; their sketches another 48 bytes each.
    """

    def __init__(self, dimension: int) -> None:
        self.count = 0
        self._seqs: Ints = np.zeros(0, dtype=np.int64)
        self._ids: Ints = np.zeros(0, dtype=np.int64)
        self._scopes: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self._matrix: NDArray[Any] = np.empty((0, dimension), dtype=np.float32)
        self._sketches: NDArray[np.uint64] = np.zeros((-(-dimension // 64), 0), dtype=np.uint64)

    @property
    def seqs(self) -> Ints:
        """The numbers of the vectors, ascending."""
        return self._seqs[: self.count]

    @property
    def ids(self) -> Ints:
        """The passages they belong to."""
        return self._ids[: self.count]

    def first_after(self, seq: int) -> int:
        """The first row with a number over `seq`."""
        return int(np.searchsorted(self.seqs, seq, side="right"))

    def nearest(self, after: int, cues: Floats, k: int, scope: int) -> list[tuple[int, float]]:
        """The `k` passages of a scope nearest to any of `cues` (shape (cues, dimension)), with their cosines.

        Best first. Only rows with a number over `after` count.
        """
        first = self.first_after(after)
        ours = self._scopes[first : self.count] == scope
        wanted = max(_SHORTLIST, _TIMES_K * k)
        few = self.count - first <= max(_FEW_ROWS, 2 * wanted)
        listed = [np.flatnonzero(ours) if few else self._alike(first, cue, ours, wanted) for cue in cues]
        scores = np.concatenate([self._cosines(first + rows, cue) for rows, cue in zip(listed, cues, strict=True)])
        rows = first + np.concatenate(listed)
        most = k * len(cues)
        best = np.argpartition(-scores, most - 1)[:most] if most < len(scores) else np.arange(len(scores))
        best = best[np.argsort(-scores[best], kind="stable")]
        hits = zip(self._ids[rows[best]].tolist(), scores[best].tolist(), strict=True)
        if len(cues) == 1:
            return list(hits)[:k]
        found: dict[int, float] = {}
        for passage, score in hits:
            found.setdefault(passage, score)
        return list(found.items())[:k]

    def _cosines(self, rows: Ints, cue: Floats) -> Floats:
        found = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), _BLOCK):
            some = self._matrix.take(rows[start : start + _BLOCK], axis=0)
            found[start : start + _BLOCK] = dots(some.astype(np.float32, copy=False), cue)
        return found

    def _alike(self, first: int, cue: Floats, ours: NDArray[np.bool_], many: int) -> Ints:
        """Rows from `first` on whose sketches are the most alike to a cue's: at least `many`, if so many are `ours`."""
        differing = np.zeros(self.count - first, dtype=np.uint16)
        for words, word in zip(self._sketches[:, first : self.count], _sketches(cue[None])[:, 0], strict=True):
            differing += np.bitwise_count(words ^ word)
        if not ours.all():
            differing[~ours] = len(cue) + 1
        most = int(np.searchsorted(np.cumsum(np.bincount(differing)), many))
        found: Ints = np.flatnonzero(differing <= min(most, len(cue)))
        return found

    def append(self, seqs: Sequence[int], ids: Sequence[int], scopes: Sequence[int], matrix: Floats) -> None:
        """Add rows, whose numbers must follow those that are there."""
        self._reserve(self.count + len(seqs))
        new = slice(self.count, self.count + len(seqs))
        self._seqs[new], self._ids[new], self._scopes[new], self._matrix[new] = seqs, ids, scopes, matrix
        self._sketches[:, new] = _sketches(matrix)
        self.count = new.stop

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Keep the rows that are marked, and give back the memory of the others."""
        if not mask.all():
            rows = np.flatnonzero(mask)
            self._seqs, self._ids, self._scopes = self._seqs[rows], self._ids[rows], self._scopes[rows]
            self._matrix, self._sketches = self._matrix[rows], self._sketches[:, rows]
            self.count = len(rows)

    def _reserve(self, wanted: int) -> None:
        """Make room for `wanted` rows, twice as much as before when it runs out."""
        if wanted <= len(self._seqs):
            return
        more = max(wanted, min(2 * len(self._seqs), len(self._seqs) + _MOST_ROOM), _LEAST_ROOM) - self.count
        kind = np.float32 if wanted <= _WIDE_ROWS else np.float16
        self._seqs, self._ids, self._scopes = (
            np.concatenate([one[: self.count], np.zeros(more, dtype=one.dtype)])
            for one in (self._seqs, self._ids, self._scopes)
        )
        matrix = np.empty((self.count + more, self._matrix.shape[1]), dtype=kind)
        matrix[: self.count] = self._matrix[: self.count]
        sketches = np.zeros((len(self._sketches), self.count + more), dtype=np.uint64)
        sketches[:, : self.count] = self._sketches[:, : self.count]
        self._matrix, self._sketches = matrix, sketches


def _sketches(matrix: Floats) -> NDArray[np.uint64]:
    """The sketches of rows, shape (words, rows)."""
    bits = np.packbits(matrix > 0, axis=1)
    padded = np.zeros((len(bits), -(-bits.shape[1] // 8) * 8), dtype=np.uint8)
    padded[:, : bits.shape[1]] = bits
    return np.ascontiguousarray(padded.view(np.uint64).T)
