"""The words of association: edge, hop, what was activated. And how much each kind of edge carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SHARES = {
    "name": 0.30,
    "term": 0.20,
    "similar": 0.20,
    "next": 0.08,
    "previous": 0.08,
    "recalled_together": 0.06,
    "linked": 0.06,
    "same_time": 0.02,
}
"""Kind of edge -> the share of a message's activation that flows over its edges of that kind.

They sum to 1, so a hop never adds activation; what a message has no edges for is lost.
"""

KINDS = ("name", "term", "next", "previous", "linked", "recalled_together", "same_time", "similar")
"""The kinds, each at its place."""

DECAY = 0.5
"""What is left of activation after each hop."""


def _none() -> NDArray[np.int64]:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a message to another.

    Attributes:
        kind: one of `SHARES`: `next`, `previous` (in the session), `name`, `term` (one that both have), `similar` (in
            meaning), `same_time` (said in another session at about that time), `recalled_together` (for one answer),
            `linked` (by hand).
        other_seq: the place of the other message.
        weight: how strong, from 0 to 1; of a message's edges of one kind they sum to 1 at most.
        label: what they share: the name or term; else empty.
    """

    kind: str
    other_seq: int
    weight: float
    label: str = ""


class Hop(NamedTuple):
    """One hop of a path: from `source` to `target` over an edge of `kind`, with the activation it carried."""

    kind: str
    source: int
    target: int
    weight: float
    label: str = ""


@dataclass(slots=True)
class Activated:
    """What spreading activation reached.

    Attributes:
        total: place of a message -> its activation, without what it had as a seed.
        by_kind: kind of edge -> place -> the part that came over edges of that kind (in the last hop).
        first, later: place -> the part that came in the first hop, and in later ones.
        hops: place -> the hop that brought it most, of the fewest hops, as a row (place of the kind in `KINDS`, source,
            target, activation, key of the node or 0). A seed has none but from a stronger seed.
        labels: key of a node -> its text; None where they were not read, and then a hop's label is the key itself.
        nodes, frequency: keys of the names and terms of what pushed, ascending, and how many messages have each.
    """

    total: dict[int, float] = field(default_factory=dict)
    by_kind: dict[str, dict[int, float]] = field(default_factory=dict)
    first: dict[int, float] = field(default_factory=dict)
    later: dict[int, float] = field(default_factory=dict)
    hops: dict[int, tuple[int, int, int, float, int]] = field(default_factory=dict)
    labels: dict[int, str] | None = None
    seeds: frozenset[int] = frozenset()
    nodes: NDArray[np.int64] = field(default_factory=_none)
    frequency: NDArray[np.int64] = field(default_factory=_none)

    @property
    def best(self) -> dict[int, Hop]:
        """Place -> the hop that brought it most."""
        return {seq: self._hop(row) for seq, row in self.hops.items()}

    def path(self, seq: int) -> tuple[Hop, ...]:
        """The hops that carried most activation to a message, from a seed on; empty for what was not reached."""
        hops: list[Hop] = []
        seen = {seq}
        while (row := self.hops.get(seq)) is not None and row[1] not in seen:
            hop = self._hop(row)
            hops.append(hop)
            seq = hop.source
            seen.add(seq)
        return tuple(reversed(hops))

    def _hop(self, row: tuple[int, int, int, float, int]) -> Hop:
        kind, source, target, weight, node = row
        label = "" if not node else str(node) if self.labels is None else self.labels.get(node, "")
        return Hop(KINDS[kind], source, target, weight, label)


def amounts(part: Mapping[int, float], seqs: NDArray[np.int64]) -> NDArray[np.float64]:
    """What each of these places has of some activation, 0 where it has none."""
    return np.fromiter(map(part.get, seqs.tolist(), repeat(0.0)), dtype=np.float64, count=len(seqs))
