"""Associations: the edges of a message, and spreading along them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from memory.associations.spread import Spreading
from memory.associations.types import SHARES, Activated, Edge

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from memory.associations.known import Known
    from memory.journal import Journal
    from memory.store import Vector

    Query = tuple[list[Vector], int]
    Search = Callable[[list[Query]], list[list[tuple[int, float]]]]

_NEAREST = 6
_SIMILAR_FROM = 4


class Associations:
    """What leads from message to message in one memory.

    Args:
        journal: where edges are made from.
        known: what was read of messages lately.
        search: for each query (vectors, k) the `k` passages of the scope of this memory nearest to any of the vectors,
            as (passage id, cosine), best first.
    """

    def __init__(self, journal: Journal, known: Known, search: Search) -> None:
        self._journal = journal
        self._known = known
        self._search = search
        self._spreading = Spreading(journal, known)

    def edges(self, seq: int, most: int = 20) -> list[Edge]:
        """The strongest edges from the message at place `seq`, strongest first; none when there is no such message.

        Weights are those of `SHARES`, divided among the edges of a kind.
        """
        self._known.refresh()
        if not len(self._known.facts(np.array([seq]))):
            return []
        reached = self.spread({seq: 1.0}, hops=1)
        hops = sorted(reached.best.values(), key=lambda hop: (-hop.weight, hop.target))[:most]
        return [Edge(hop.kind, hop.target, min(1.0, hop.weight), hop.label) for hop in hops]

    def spread(
        self,
        seeds: Mapping[int, float],
        *,
        hops: int = 2,
        similar: Callable[[Sequence[int]], Iterable[tuple[int, int, float]]] | None = None,
        avoid: Iterable[int] = (),
        kinds: Iterable[str] = tuple(SHARES),
        past: Iterable[int] = (),
        labels: bool = True,
    ) -> Activated:
        """Let activation spread from `seeds` (place -> activation); see `Spreading.spread`.

        Without `similar` the vector index is searched for what is near in meaning to the four strongest of a hop. With
        `labels` each hop over a name or term says which.
        """
        found = self._spreading.spread(
            seeds, hops=hops, similar=similar or self.nearest, avoid=avoid, kinds=tuple(kinds), past=past
        )
        if labels:
            nodes = {node for *_, node in found.hops.values() if node}
            found.labels = self._journal.node_texts(nodes) if nodes else {}
        return found

    def vectors(self, seqs: Collection[int]) -> dict[int, NDArray[np.float32]]:
        """The vectors of messages' passages (shape (passages, dimension)) by place, without those that have none."""
        return self._known.meanings.passages(seqs)

    def nearest(self, seqs: Sequence[int]) -> list[tuple[int, int, float]]:
        """What is nearest in meaning to the first four of these messages, as (message, other, cosine)."""
        first = list(seqs)[:_SIMILAR_FROM]
        vectors = self._known.meanings.passages(first)
        first = [seq for seq in first if seq in vectors]
        found: list[tuple[int, int, float]] = []
        for seq, hits in zip(first, self._search([_around(vectors[seq]) for seq in first]), strict=True):
            best: dict[int, float] = {}
            for other, (_, cosine) in zip(self._known.owners([passage for passage, _ in hits]), hits, strict=True):
                if other not in (0, seq):
                    best[other] = max(cosine, best.get(other, cosine))
            ranked = sorted(best.items(), key=lambda pair: -pair[1])[:_NEAREST]
            found += [(seq, other, cosine) for other, cosine in ranked]
        return found


def _around(passages: NDArray[np.float32]) -> Query:
    """What asks for the passages near to the mean of a message's own, of which it finds most too."""
    mean = passages.mean(axis=0)
    return [mean / (np.linalg.norm(mean) + 1e-9)], _NEAREST + 2 * len(passages)
