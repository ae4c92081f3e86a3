"""Session meanings: the vectors of sessions that candidates were of lately, in rows of one matrix."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.room import with_room

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from memory.journal import Journal

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

_BYTES = 8 * 2**20
_READ = 512
_UNKNOWN, _NONE = 0, -1


class SessionMeanings:
    """Unit vectors by session: 8 MiB at most. Those that vectors were added to are read anew, or all after many.

    Safe to use from several threads.
    """

    def __init__(self, journal: Journal, embedder: str) -> None:
        self._journal = journal
        self._embedder = embedder
        self._guard = threading.RLock()
        self._state = -1
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._guard:
            self._row_of = np.zeros(1, dtype=np.int32)  # of each session, plus 1
            self._matrix: Floats = np.empty((0, 0), dtype=np.float32)
            self._count = 0

    def refresh(self) -> None:
        """Forget the sessions that may have changed since the last look."""
        state = self._journal.summed(self._embedder)
        with self._guard:
            if state == self._state:
                return
            before, self._state = self._state, state
            changed = self._journal.summed_after(self._embedder, before, _READ) if 0 < before < state else []
            if not 0 < len(changed) < _READ:
                self.clear()
                return
            known = [session for session in changed if session < len(self._row_of)]
            self._row_of[known] = _UNKNOWN

    def of(self, sessions: Ints, dimension: int) -> tuple[Floats, NDArray[np.bool_]]:
        """The vectors of these sessions (shape (n, dimension), 0 where there is none), and which have one."""
        with self._guard:
            self._row_of = with_room(self._row_of, int(sessions.max(initial=0)))
            unknown = sessions[self._row_of[sessions] == _UNKNOWN]
            most = max(len(sessions), _BYTES // (4 * dimension))
            if self._count + len(unknown) > most:
                self.clear()
                self._row_of = with_room(self._row_of, int(sessions.max(initial=0)))
                unknown = sessions
            if len(unknown):
                self._read(unknown, most, dimension)
            rows = self._row_of[sessions]
            there = rows > 0
            found = np.zeros((len(sessions), dimension), dtype=np.float32)
            if there.any():
                found[there] = self._matrix[rows[there] - 1]
            return found, there

    def _read(self, sessions: Ints, most: int, dimension: int) -> None:
        if not len(self._matrix):
            self._matrix = np.empty((most, dimension), dtype=np.float32)
        self._row_of[sessions] = _NONE
        for session, vector in self._journal.session_vectors(self._embedder, sessions.tolist()).items():
            if len(vector) == dimension:
                self._matrix[self._count] = vector / (np.linalg.norm(vector) + 1e-9)
                self._count += 1
                self._row_of[session] = self._count
