"""Known: what this process has read of messages lately, so that a recall reads only what is new to it.

Traces, vectors and owners never change once they are there; what was forgotten (here or by another process) is dropped.
"""

from __future__ import annotations

import threading
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.facts import Facts
from memory.associations.meanings import Meanings
from memory.associations.nodes import Nodes
from memory.associations.order import Order
from memory.associations.room import with_room
from memory.associations.sessions import SessionMeanings
from memory.associations.tracing import trace
from memory.journal.traces import NAME, TERM

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from memory.associations.facts import Columns
    from memory.journal import Journal
    from memory.journal.traces import Trace

    Ints = NDArray[np.int64]
    Loose = Callable[[Collection[int]], dict[int, NDArray[np.float32]]]


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
        sessions: the vectors of their sessions.
        order: what was said around them.
        nodes: how common their terms and names are.
    """

    def __init__(self, journal: Journal, embedder: str, loose: Loose | None = None) -> None:
        self._journal = journal
        self._guard = threading.RLock()
        self.meanings = Meanings(journal, embedder, loose)
        self.sessions = SessionMeanings(journal, embedder)
        self.order = Order(journal)
        self.nodes = Nodes(journal)
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
        for part in (self.sessions, self.order, self.nodes):
            part.refresh()

    def clear(self) -> None:
        """Drop everything."""
        with self._guard:
            self._facts.clear()
            self._owners = np.zeros(0, dtype=np.int32)
        for part in (self.meanings, self.sessions, self.order, self.nodes):
            part.clear()

    def owners(self, passages: Sequence[int]) -> list[int]:
        """The place of the message that each of these passages was cut from; 0 for one that is not there."""
        wanted = np.array(passages, dtype=np.int64)
        with self._guard:
            self._owners = with_room(self._owners, int(wanted.max(initial=0)))
            missing = wanted[self._owners[wanted] == 0]
            if len(missing):
                fresh = self._journal.owners(missing.tolist())
                self._owners[list(fresh)] = list(fresh.values())
            found: list[int] = self._owners[wanted].tolist()
        return found

    def facts(self, seqs: Ints) -> Columns:
        """The facts of those of these messages that are there, in their order.

        Those that are not traced yet are traced on the spot.
        """
        with self._guard:
            self._learn(seqs)
            found = self._facts.of(seqs)
            return found if found.session.all() else self._facts.of(seqs[found.session > 0])

    def within(self, seqs: Ints, scope: int) -> list[int]:
        """Those of these messages that are there and of a scope."""
        with self._guard:
            self._learn(seqs)
            return self._facts.within(seqs, scope)

    def _learn(self, seqs: Ints) -> None:
        """Read the facts of those of these messages that nothing is known of."""
        if self._facts.is_full:
            self._facts.clear()
        unknown = self._facts.unknown(seqs)
        if len(unknown):
            traces = list(self._journal.traces(unknown.tolist()).values())
            whole = [one.words >= 0 for one in traces]
            self._facts.put(traces if all(whole) else self._traced_now(traces), whole)

    def _traced_now(self, traces: Sequence[Trace]) -> list[Trace]:
        """Traces, those among them that are not there yet made now.

        Terms that no traced message has are given keys by `loose_key`.
        """
        said = {one.seq: one for one in self._journal.said([one.seq for one in traces if one.words < 0])}
        made = {seq: trace(one) for seq, one in said.items()}
        keys: dict[tuple[int, int], dict[str, int]] = {}
        for scope in {one.scope for one in said.values()}:
            ours = [made[seq] for seq, one in said.items() if one.scope == scope]
            keys[scope, TERM] = self._journal.node_keys(scope, TERM, {text for one in ours for text in one.terms})
            keys[scope, NAME] = self._journal.node_keys(scope, NAME, {text for one in ours for text in one.names})
        found = []
        for one in traces:
            if (now := made.get(one.seq)) is not None:
                terms, names = keys[one.scope, TERM], keys[one.scope, NAME]
                one = replace(  # noqa: PLW2901
                    one,
                    words=now.words,
                    marks=now.marks,
                    names=np.array([names[text] for text in now.names if text in names], dtype=np.int32),
                    terms=np.array([terms.get(text) or loose_key(text) for text in now.terms], dtype=np.int32),
                )
            found.append(one)
        return found
