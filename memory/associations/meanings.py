"""Meanings: the vectors of messages that were candidates lately, in rows of one matrix."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.room import with_room
from memory.associations.runs import opens

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from memory.journal import Journal

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]
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
            self._row_of = np.zeros(1, dtype=np.int32)  # of each message, plus 1
            self._seq_of = np.zeros(0, dtype=np.int64)
            self._is_long = np.zeros(0, dtype=bool)
            self._means: Floats = np.empty((0, 0), dtype=np.float32)
            self._norms: Floats = np.empty(0, dtype=np.float32)
            self._next = 0
            self._pieces: dict[int, Floats] = {}
            self._piece_bytes = 0

    def rows(self, seqs: Ints, dimension: int) -> Rows:
        """The vectors of these messages, in their order."""
        with self._guard:
            loose = self._read(seqs)
            at = self._row_of[seqs] - 1
            there = np.flatnonzero(at >= 0)
            if len(there) == len(seqs) > 0:
                mean, norms = self._means.take(at, axis=0), self._norms[at]
            else:
                mean = np.zeros((len(seqs), dimension), dtype=np.float32)
                norms = np.zeros(len(seqs), dtype=np.float32)
                if len(there):
                    mean[there], norms[there] = self._means[at[there]], self._norms[at[there]]
            pieces: dict[int, Floats] = {}
            if self._pieces:
                long = there[self._is_long[at[there]]]
                pieces = {row: self._pieces[seq] for row, seq in zip(long.tolist(), seqs[long].tolist(), strict=True)}
        for row, seq in enumerate(seqs.tolist()) if loose else ():
            if seq in loose:
                pieces[row] = loose[seq]
                total = loose[seq].sum(axis=0)
                norms[row] = np.linalg.norm(total)
                mean[row] = total / (norms[row] + 1e-9)
        return Rows(mean, norms, pieces)

    def passages(self, seqs: Collection[int]) -> dict[int, Floats]:
        """The vectors of the passages of each message (shape (passages, dimension)), without those that have none."""
        with self._guard:
            found = self._read(np.fromiter(seqs, dtype=np.int64, count=len(seqs)))
            for seq in seqs:
                row = int(self._row_of[seq]) - 1
                if row >= 0:
                    found[seq] = self._pieces[seq] if self._is_long[row] else self._means[[row]] * self._norms[row]
            return found

    def _read(self, seqs: Ints) -> dict[int, Floats]:
        """Read those of these that are not known; what is not all there yet is returned, and not kept."""
        self._row_of = with_room(self._row_of, int(seqs.max(initial=0)))
        found: dict[int, Floats] = {}
        missing = seqs[self._row_of[seqs] == 0]
        asked: set[int] = set()
        while len(missing):
            found |= self._fetch(missing.tolist())
            asked.update(missing.tolist())
            # What was just read may have taken the place of what was there before.
            missing = np.array(
                [seq for seq in seqs[self._row_of[seqs] == 0].tolist() if seq not in asked], dtype=np.int64
            )
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
        return {seq: pieces for seq, pieces in found.items() if not self._row_of[seq]}

    def _keep(self, owners: Ints, matrix: Floats) -> None:
        """Keep the passages (shape (n, dimension)) of messages, whose places ascend."""
        starts = np.flatnonzero(opens(owners))
        ends = np.append(starts[1:], len(owners))
        sums = np.add.reduceat(matrix, starts, axis=0) if len(starts) < len(owners) else matrix
        rows = self._free(len(starts), matrix.shape[1])
        norms = np.linalg.norm(sums, axis=1)
        self._means[rows], self._norms[rows] = sums / (norms + 1e-9)[:, None], norms
        seqs, is_long = owners[starts], ends - starts > 1
        self._seq_of[rows], self._is_long[rows] = seqs, is_long
        self._row_of[seqs] = np.arange(rows.start, rows.stop) + 1
        for place in np.flatnonzero(is_long).tolist():
            pieces = self._pieces[int(seqs[place])] = matrix[starts[place] : ends[place]].copy()
            self._piece_bytes += pieces.nbytes
        while self._piece_bytes > _BYTES:
            self._drop(next(iter(self._pieces)))

    def _free(self, many: int, dimension: int) -> slice:
        """So many rows to write to: new ones as long as there may be more, then those that were written first."""
        most = max(_LEAST_ROWS, _BYTES // (4 * dimension), many)
        size = len(self._means)
        if self._next + many > size and size < most:
            more = min(most, max(2 * size, self._next + many, 256)) - size
            empty = np.empty((more, dimension), dtype=np.float32)
            self._means = np.concatenate([self._means, empty]) if size else empty
            self._norms = np.concatenate([self._norms, np.zeros(more, dtype=np.float32)])
            self._seq_of = np.concatenate([self._seq_of, np.zeros(more, dtype=np.int64)])
            self._is_long = np.concatenate([self._is_long, np.zeros(more, dtype=bool)])
        start = self._next if self._next + many <= len(self._means) else 0
        self._next = start + many
        for row, seq in enumerate(self._seq_of[start : self._next].tolist(), start + 1):
            if seq and self._row_of[seq] == row:
                self._drop(seq)
        return slice(start, self._next)

    def _drop(self, seq: int) -> None:
        self._row_of[seq] = 0
        if seq in self._pieces:
            self._piece_bytes -= self._pieces.pop(seq).nbytes
