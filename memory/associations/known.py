"""Known: what this process has read of messages lately, so that a recall reads only what is new to it.

Traces, vectors and owners never change once they are there; what was forgotten (here or by another process) is dropped.
"""

from __future__ import annotations

import threading
import zlib
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.facts import Facts
from memory.associations.meanings import Meanings
from memory.associations.nodes import Nodes
from memory.associations.order import Order
from memory.associations.tracing import trace
from memory.journal.traces import NAME, TERM, Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from memory.associations.facts import Columns
    from memory.journal import Journal

    Loose = Callable[[Collection[int]], dict[int, NDArray[np.float32]]]

_TRACES = 16384


def loose_key(term: str) -> int:
    """A key (below nought) for a term that no traced message has, the same wherever it is asked for."""
    return -1 - (zlib.crc32(term.encode("utf-8", "replace")) & 0x3FFFFFFF)


class Known:
    """What is known of messages, by place or key. Safe to use from several threads.

    Args:
        journal: where they are.
        embedder: whose vectors.
        loose: gives the vectors of messages that could not be written yet.

    Attributes:
        meanings: their vectors.
        order: what was said around them.
        nodes: how common their terms and names are.
    """

    def __init__(self, journal: Journal, embedder: str, loose: Loose | None = None) -> None:
        self._journal = journal
        self._guard = threading.RLock()
        self.meanings = Meanings(journal, embedder, loose)
        self.order = Order(journal)
        self.nodes = Nodes(journal)
        self._traces: dict[int, Trace] = {}
        self._facts = Facts()
        self._owners = np.zeros(0, dtype=np.int32)
        self._state = (0, 0)

    def refresh(self) -> None:
        """Take in what was said, traced and forgotten since; to be called when a recall begins."""
        state = (self._journal.last_tombstone(), self._journal.traced()[0])
        with self._guard:
            if state != self._state:
                self.clear()
                self._state = state
        self.nodes.refresh()
        self.order.refresh()

    def clear(self) -> None:
        """Drop everything."""
        with self._guard:
            self._traces.clear()
            self._facts.clear()
            self._owners = np.zeros(0, dtype=np.int32)
        for part in (self.meanings, self.order, self.nodes):
            part.clear()

    def owners(self, passages: Sequence[int]) -> list[int]:
        """The place of the message that each of these passages was cut from; 0 for one that is not there."""
        wanted = np.array(passages, dtype=np.int64)
        most = int(wanted.max(initial=0))
        with self._guard:
            if most >= len(self._owners):
                more = np.zeros(max(most + 1, 2 * len(self._owners)), dtype=np.int32)
                more[: len(self._owners)] = self._owners
                self._owners = more
            missing = wanted[self._owners[wanted] == 0]
            if len(missing):
                fresh = self._journal.owners(missing.tolist())
                self._owners[list(fresh)] = list(fresh.values())
            found: list[int] = self._owners[wanted].tolist()
        return found

    def traces(self, seqs: Collection[int]) -> dict[int, Trace]:
        """The traces of messages by place; those not traced yet are traced on the spot, and not kept."""
        with self._guard:
            known = {seq: self._traces[seq] for seq in seqs if seq in self._traces}
        if len(known) == len(seqs):
            return known
        fresh = self._journal.traces([seq for seq in seqs if seq not in known])
        loose = [seq for seq, one in fresh.items() if one.words < 0]
        made = self._loose(fresh, loose) if loose else {}
        with self._guard:
            self._traces.update({seq: one for seq, one in fresh.items() if one.words >= 0})
            while len(self._traces) > _TRACES:
                del self._traces[next(iter(self._traces))]
            self._facts.put([made.get(seq, one) for seq, one in fresh.items()])
        return known | fresh | made

    def rows(self, seqs: Sequence[int]) -> tuple[list[Trace], Columns]:
        """The traces of those of these messages that are there, in their order, and their facts."""
        with self._guard:
            found = self.traces(seqs)
            rows = [found[seq] for seq in seqs if seq in found]
            return rows, self._facts.of(np.array([one.seq for one in rows], dtype=np.int64))

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
