"""Known: what this process has read of messages lately, so that a recall reads mostly what the last one did not.

Traces and vectors never change once they are there; what was forgotten (here or by another process) is dropped.
"""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.tracing import trace
from memory.journal.traces import NAME, TERM, Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from memory.journal import Journal

    Loose = Callable[[Collection[int]], dict[int, NDArray[np.float32]]]

_TRACES, _VECTOR_ROWS, _SESSIONS = 16384, 16384, 4096


def loose_key(term: str) -> int:
    """A key (below nought) for a term that no traced message has, the same wherever it is asked for."""
    return -1 - (zlib.crc32(term.encode("utf-8", "replace")) & 0x3FFFFFFF)


class Known:
    """Traces, vectors and the order of sessions, by place or key. Safe to use from several threads.

    Args:
        journal: where they are.
        embedder: whose vectors.
        loose: gives the vectors of messages that could not be written yet.
    """

    def __init__(self, journal: Journal, embedder: str, loose: Loose | None = None) -> None:
        self._journal = journal
        self._embedder = embedder
        self._loose_vectors = loose
        self._guard = threading.RLock()
        self._traces: OrderedDict[int, Trace] = OrderedDict()
        self._vectors: OrderedDict[int, NDArray[np.float32]] = OrderedDict()
        self._rows = 0
        self._orders: OrderedDict[int, NDArray[np.int64]] = OrderedDict()
        self._tombstone = 0

    def refresh(self) -> None:
        """Drop everything if something was forgotten since; to be called when a recall begins."""
        tombstone = self._journal.last_tombstone()
        with self._guard:
            if tombstone != self._tombstone:
                self.clear()
                self._tombstone = tombstone

    def clear(self) -> None:
        """Drop everything."""
        with self._guard:
            self._traces.clear()
            self._vectors.clear()
            self._orders.clear()
            self._rows = 0

    def traces(self, seqs: Collection[int]) -> dict[int, Trace]:
        """The traces of messages by place; those not traced yet are traced on the spot, and not kept."""
        with self._guard:
            known = {seq: self._traces[seq] for seq in seqs if seq in self._traces}
        missing = [seq for seq in seqs if seq not in known]
        if not missing:
            return known
        fresh = self._journal.traces(missing)
        loose = [seq for seq, one in fresh.items() if one.words < 0]
        with self._guard:
            self._traces.update({seq: one for seq, one in fresh.items() if one.words >= 0})
            while len(self._traces) > _TRACES:
                self._traces.popitem(last=False)
        return known | (fresh | self._loose(fresh, loose) if loose else fresh)

    def _loose(self, fresh: dict[int, Trace], seqs: Sequence[int]) -> dict[int, Trace]:
        """Traces made now. Terms that no traced message has are given keys by `loose_key`."""
        made = {said.seq: (said.scope, trace(said)) for said in self._journal.said(seqs)}
        found: dict[int, Trace] = {}
        for scope in {scope for scope, _ in made.values()}:
            ours = {seq: traced for seq, (key, traced) in made.items() if key == scope}
            terms = self._journal.node_keys(scope, TERM, {text for one in ours.values() for text in one.terms})
            names = self._journal.node_keys(scope, NAME, {text for one in ours.values() for text in one.names})
            for seq, traced in ours.items():
                old = fresh[seq]
                keyed = [terms[text] if text in terms else loose_key(text) for text in traced.terms]
                named = [names[text] for text in traced.names if text in names]
                found[seq] = Trace(
                    seq, old.session, old.scope, old.role, old.speaker, old.time, traced.words, traced.marks,
                    np.array(named, dtype=np.int32), np.array(keyed, dtype=np.int32),
                )  # fmt: skip
        return found

    def vectors(self, seqs: Collection[int]) -> dict[int, NDArray[np.float32]]:
        """The vectors of messages' passages (shape (passages, dimension)) by place, without those that have none."""
        with self._guard:
            known = {seq: self._vectors[seq] for seq in seqs if seq in self._vectors}
        missing = [seq for seq in seqs if seq not in known]
        if not missing:
            return known
        loose = self._loose_vectors(missing) if self._loose_vectors else {}
        owners, matrix = self._journal.message_vectors(self._embedder, missing)
        if not len(owners):
            return known | loose
        starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]])
        ends = np.r_[starts[1:], len(owners)]
        fresh = {
            int(owners[start]): matrix[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        }
        with self._guard:
            for seq, rows in fresh.items():
                self._rows += len(rows) - len(self._vectors.get(seq, ()))
                self._vectors[seq] = rows.copy()
            while self._rows > _VECTOR_ROWS and self._vectors:
                self._rows -= len(self._vectors.popitem(last=False)[1])
        return known | loose | fresh

    def order(self, sessions: Iterable[int]) -> dict[int, NDArray[np.int64]]:
        """The places of the messages of sessions (by their keys), in order."""
        wanted = list(sessions)
        with self._guard:
            after = {key: int(self._orders[key][-1]) if key in self._orders else 0 for key in wanted}
        more = self._journal.session_places(after)
        with self._guard:
            for key, seqs in more.items():
                new = np.array(seqs, dtype=np.int64)
                old = self._orders.get(key)
                if old is not None:
                    new = np.concatenate([old, new[new > old[-1]]])
                self._orders[key] = new
            found = {key: self._orders[key] for key in wanted if key in self._orders}
            while len(self._orders) > _SESSIONS:
                self._orders.popitem(last=False)
        return found
