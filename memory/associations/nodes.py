"""Nodes: how many messages have a term or a name, and which, for those that were asked about lately."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.room import with_room
from memory.associations.runs import distinct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from memory.journal import Journal

    Ints = NDArray[np.int64]

_MOST = 8192
_READ = 512
_UNKNOWN = -1


class Nodes:
    """Frequencies (four bytes a node of the journal) and the messages of rare nodes (a few thousand of these).

    Those of a message are read anew once it is traced, and all after many or when any was forgotten. Safe to use from
    several threads.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._guard = threading.RLock()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._guard:
            self._state = (0, 0)
            self._frequency = np.zeros(0, dtype=np.int32)
            self._messages: dict[int, Ints] = {}

    def refresh(self) -> None:
        """Forget the nodes of what was traced since the last look."""
        state = self._journal.traced()
        with self._guard:
            if state == self._state:
                return
            (times, seen), self._state = self._state, state
            fresh = self._journal.nodes_after(seen, _READ) if times == state[0] and 0 < seen < state[1] else []
            if not 0 < len(fresh) < _READ:
                self.clear()
                self._state = state
                return
            nodes = distinct(np.concatenate(fresh))
            self._frequency[nodes[: np.searchsorted(nodes, len(self._frequency))]] = _UNKNOWN
            for node in nodes.tolist():
                self._messages.pop(node, None)

    def frequencies(self, nodes: Ints) -> Ints:
        """In how many messages each of these nodes stands; 0 for one that is not there."""
        wanted = np.maximum(nodes, 0)
        with self._guard:
            self._frequency = with_room(self._frequency, int(wanted.max(initial=0)), _UNKNOWN)
            self._frequency[0] = 0
            fresh = wanted[self._frequency[wanted] < 0]
            if len(fresh):
                fresh = distinct(fresh)
                self._frequency[fresh] = self._journal.node_frequencies(fresh)
            return self._frequency[wanted].astype(np.int64)

    def messages(self, nodes: Sequence[int]) -> list[Ints]:
        """The places of the messages in which each of these nodes stands, ascending."""
        with self._guard:
            fresh = [node for node in nodes if node not in self._messages]
            if fresh:
                standing = self._journal.node_messages(sorted(fresh))
                ends = np.searchsorted(standing[:, 0], fresh, side="right")
                starts = np.searchsorted(standing[:, 0], fresh)
                for node, start, end in zip(fresh, starts.tolist(), ends.tolist(), strict=True):
                    self._messages[node] = standing[start:end, 1].copy()
            found = [self._messages[node] for node in nodes]
            while len(self._messages) > _MOST:
                del self._messages[next(iter(self._messages))]
            return found
