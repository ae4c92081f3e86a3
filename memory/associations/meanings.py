"""Meanings: the vectors of messages that were candidates lately, in rows of one matrix."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from memory.journal import Journal

    Floats = NDArray[np.float32]
    Loose = Callable[[Collection[int]], dict[int, Floats]]

_BYTES = 24 * 2**20
_LEAST_ROWS = 2048


@dataclass(frozen=True, slots=True)
class Rows:
    """Vectors of some messages.

    Attributes:
        mean: of the vectors of the passages of each, at unit length, shape (n, dimension); 0 where there is none.
        norms: the length of their sum, so that `mean * norm` is the vector of a message with one passage.
        pieces: row -> the vectors of its passages (shape (passages, dimension)), of messages with more than one.
    """

    mean: Floats
    norms: Floats
    pieces: Mapping[int, Floats]


class Meanings:
    """Vectors by message: 24 MiB of means at most, and as much of the passages of long messages.

    Vectors never change once they are there. What was read first goes first. Safe to use from several threads.

    Args:
        journal: where the vectors are.
        embedder: whose vectors.
        loose: gives the vectors of messages that could not be written yet.
    """

    def __init__(self, journal: Journal, embedder: str, loose: Loose | None = None) -> None:
        self._journal = journal
        self._embedder = embedder
        self._loose = loose
        self._guard = threading.RLock()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._guard:
            self._row_of: dict[int, int] = {}
            self._seq_of: list[int] = []
            self._means: Floats = np.empty((0, 0), dtype=np.float32)
            self._norms: Floats = np.empty(0, dtype=np.float32)
            self._next = 0
            self._pieces: dict[int, Floats] = {}
            self._piece_bytes = 0

    def rows(self, seqs: Sequence[int], dimension: int) -> Rows:
        """The vectors of these messages, in their order."""
        mean = np.zeros((len(seqs), dimension), dtype=np.float32)
        norms = np.zeros(len(seqs), dtype=np.float32)
        with self._guard:
            loose = self._read(seqs)
            rows = np.array([self._row_of.get(seq, -1) for seq in seqs], dtype=np.int64)
            if len(rows) and rows.min() >= 0:
                mean, norms = self._means[rows], self._norms[rows]
            elif self._row_of:
                have = np.flatnonzero(rows >= 0)
                mean[have], norms[have] = self._means[rows[have]], self._norms[rows[have]]
            known = self._pieces | loose if loose else self._pieces
            pieces = {row: known[seq] for row, seq in enumerate(seqs) if seq in known} if known else {}
        for row, seq in enumerate(seqs) if loose else ():
            if seq in loose:
                total = loose[seq].sum(axis=0)
                norms[row] = np.linalg.norm(total)
                mean[row] = total / (norms[row] + 1e-9)
        return Rows(mean, norms, pieces)

    def passages(self, seqs: Collection[int]) -> dict[int, Floats]:
        """The vectors of the passages of each message (shape (passages, dimension)), without those that have none."""
        with self._guard:
            loose = self._read(list(seqs))
            return loose | {
                seq: self._pieces[seq] if seq in self._pieces else self._means[[row]] * self._norms[row]
                for seq in seqs
                if (row := self._row_of.get(seq, -1)) >= 0
            }

    def _read(self, seqs: Sequence[int]) -> dict[int, Floats]:
        """Read those of these that are not known; what is not all there yet is returned, and not kept."""
        missing = [seq for seq in seqs if seq not in self._row_of]
        found: dict[int, Floats] = {}
        while missing:
            found |= self._fetch(missing)
            asked = {*missing, *found}
            # What was just read may have taken the place of what was there before.
            missing = [seq for seq in seqs if seq not in self._row_of and seq not in asked]
        return found

    def _fetch(self, seqs: Sequence[int]) -> dict[int, Floats]:
        """Read these; see `_read`."""
        owners, matrix, partial = self._journal.message_vectors(self._embedder, seqs)
        found = self._loose(seqs) if self._loose else {}
        if partial:
            found |= {seq: matrix[owners == seq] for seq in partial.intersection(owners.tolist())}
            whole = ~np.isin(owners, list(partial))
            owners, matrix = owners[whole], matrix[whole]
        if len(owners):
            self._keep(owners, matrix)
        return {seq: pieces for seq, pieces in found.items() if seq not in self._row_of}

    def _keep(self, owners: NDArray[np.int64], matrix: Floats) -> None:
        """Keep the passages (shape (n, dimension)) of messages, whose places ascend."""
        starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]])
        ends = np.r_[starts[1:], len(owners)]
        sums = np.add.reduceat(matrix, starts, axis=0) if len(starts) < len(owners) else matrix
        rows = self._free(len(starts), matrix.shape[1])
        norms = np.linalg.norm(sums, axis=1)
        self._means[rows], self._norms[rows] = sums / (norms + 1e-9)[:, None], norms
        for row, start, end in zip(rows, starts.tolist(), ends.tolist(), strict=True):
            seq = int(owners[start])
            self._row_of[seq], self._seq_of[row] = row, seq
            if end - start > 1:
                self._pieces[seq] = matrix[start:end].copy()
                self._piece_bytes += self._pieces[seq].nbytes
        while self._piece_bytes > _BYTES:
            self._drop(next(iter(self._pieces)))

    def _free(self, many: int, dimension: int) -> list[int]:
        """So many rows to write to: new ones as long as there may be more, then those that were written first."""
        most = max(_LEAST_ROWS, _BYTES // (4 * dimension), many)
        if self._next + many > len(self._means) < most:
            size = min(most, max(2 * len(self._means), self._next + many, 256))
            means, norms = np.empty((size, dimension), dtype=np.float32), np.empty(size, dtype=np.float32)
            if len(self._means):
                means[: len(self._means)], norms[: len(self._norms)] = self._means, self._norms
            self._seq_of += [0] * (size - len(self._means))
            self._means, self._norms = means, norms
        start = self._next if self._next + many <= len(self._means) else 0
        rows = list(range(start, start + many))
        self._next = start + many
        for row in rows:
            if self._row_of.get(self._seq_of[row]) == row:
                self._drop(self._seq_of[row])
        return rows

    def _drop(self, seq: int) -> None:
        del self._row_of[seq]
        if seq in self._pieces:
            self._piece_bytes -= self._pieces.pop(seq).nbytes
