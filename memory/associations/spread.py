"""Spreading activation by local push: what the messages that matched lead to, a few hops away.

After Collins and Loftus (1975) and ACT-R (Anderson 1983): activation flows from a message over its edges and is divided
among them (the fan effect: the more messages share a name, the less each gets), and only a part of it is left after
each hop. As in local-push PageRank (Andersen, Chung and Lang 2006), nothing is looked at but the neighbourhood of
what is active, so the cost does not depend on the size of the memory: at most `FRONTIER` messages push in a hop, each
over at most `MOST_NODES` names and as many terms that stand in at most `HUB` messages, and of what a kind of edge
reaches the strongest `REACHED` are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.types import DECAY, SHARES, Activated, Hop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from memory.associations.known import Known
    from memory.journal import Journal
    from memory.journal.traces import Trace

    Ints = NDArray[np.int64]
    Similar = Callable[[Sequence[int]], Iterable[tuple[int, int, float]]]

FRONTIER = (15, 12)
"""How many messages push in the first hop, and in each later one."""

MOST_NODES = 8
HUB = {"name": 60, "term": 25}
"""A name or term that stands in more messages than this carries nothing."""

REACHED = 64

_LEAST_COSINE = 0.35
_SAME_TIME = 6 * 3_600_000_000
_TIMED = 4


@dataclass(frozen=True, slots=True)
class Push:
    """One hop's work.

    Attributes:
        active: place -> activation, of those that push.
        avoid: keys of nodes that carry nothing this time, such as the cue's own terms; ascending.
        frequency: key of a node -> how many messages have it; filled in with the nodes of what pushes.
    """

    active: Mapping[int, float]
    avoid: Ints
    frequency: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flow:
    """What flows over edges of one kind: from which message to which, how much (before decay), over which node or 0."""

    kind: str
    source: Ints
    target: Ints
    amount: NDArray[np.float64]
    node: Ints

    @classmethod
    def of(cls, kind: str, rows: Sequence[tuple[int, int, float]]) -> Flow:
        """Rows of (source, target, amount) without a node."""
        table = np.array(rows, dtype=np.float64).reshape(len(rows), 3)
        ends = table[:, :2].astype(np.int64)
        return cls(kind, ends[:, 0], ends[:, 1], table[:, 2], np.zeros(len(rows), dtype=np.int64))


class Spreading:
    """Finds what flows from active messages to others. Reads through `known`."""

    def __init__(self, journal: Journal, known: Known) -> None:
        self._journal = journal
        self._known = known

    def spread(
        self,
        seeds: Mapping[int, float],
        *,
        hops: int = 2,
        similar: Similar | None = None,
        avoid: Iterable[int] = (),
        kinds: Iterable[str] = tuple(SHARES),
    ) -> Activated:
        """Let activation spread from `seeds` (place -> activation, of any positive scale).

        Args:
            seeds: where it starts; the strongest `FRONTIER[0]` push.
            hops: how far it goes.
            similar: gives for some messages others that are near in meaning, as (message, other, cosine).
            avoid: nodes that carry nothing, such as the cue's own terms.
            kinds: kinds of edge to go along.

        Every hop passes on at most `DECAY` of what was active before it. A node of a path stands in its label as a key.
        """
        wanted = tuple(dict.fromkeys(kinds))
        found = Activated(seeds=frozenset(seeds), by_kind={kind: {} for kind in wanted})
        active = strongest(seeds, FRONTIER[0])
        shunned = np.unique(np.fromiter(avoid, dtype=np.int64))
        for hop in range(hops):
            if not active:
                break
            gained: dict[int, float] = {}
            settled = frozenset(found.best)
            for flow in self._flows(Push(active, shunned, found.frequency), similar, wanted):
                _take(found, flow, gained, lambda one: seeds.get(one, 0.0), settled)
            part = found.later if hop else found.first
            for target, amount in gained.items():
                found.total[target] = found.total.get(target, 0.0) + amount
                part[target] = part.get(target, 0.0) + amount
            active = strongest({seq: amount for seq, amount in gained.items() if seq not in seeds}, FRONTIER[1])
        return found

    def _flows(self, push: Push, similar: Similar | None, kinds: Sequence[str]) -> list[Flow]:
        """Everything that flows in one hop."""
        traces = self._known.traces(list(push.active))
        flows = [self.through_nodes(push, traces, kind) for kind in ("name", "term") if kind in kinds]
        flows += [*self._in_order(push, traces, kinds), *self._links(push, kinds)]
        if similar is not None and "similar" in kinds:
            flows.append(_by_meaning(push, similar(list(push.active))))
        return [flow for flow in flows if len(flow.source)]

    def through_nodes(self, push: Push, traces: Mapping[int, Trace], kind: str) -> Flow:
        """What flows over shared names or terms.

        A node takes the share of its rarity in that of all nodes of the message, and divides it among the others.
        """
        nodes_of = {seq: np.unique(one.names if kind == "name" else one.terms) for seq, one in traces.items()}
        nodes_of = {seq: nodes[nodes > 0].astype(np.int64) for seq, nodes in nodes_of.items()}
        every = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *nodes_of.values()]))
        frequency = self._journal.node_frequencies(every)
        push.frequency.update(zip(every.tolist(), frequency.tolist(), strict=True))
        total = max([2, *(self._journal.trace_totals(scope)[0] for scope in {one.scope for one in traces.values()})])
        rarity = np.log1p(total / np.maximum(frequency, 1))
        carries = (frequency >= 2) & (frequency <= HUB[kind]) & ~np.isin(every, push.avoid)
        to_each = np.where(carries, rarity / np.maximum(frequency - 1, 1), 0.0)
        chosen: list[tuple[int, int, float]] = []
        for seq, nodes in nodes_of.items():
            at = np.searchsorted(every, nodes)
            each = to_each[at] / (rarity[at].sum() + 1e-9)
            best = np.argsort(-each, kind="stable")[:MOST_NODES]
            share = push.active[seq] * SHARES[kind]
            chosen += [(seq, int(nodes[at]), share * float(each[at])) for at in best.tolist() if each[at] > 0]
        if not chosen:
            return Flow.of(kind, [])
        standing = self._journal.node_messages(sorted({node for _, node, _ in chosen}))
        standing = standing[np.argsort(standing[:, 0], kind="stable")]
        source, node = (np.array([row[column] for row in chosen], dtype=np.int64) for column in (0, 1))
        start, end = (np.searchsorted(standing[:, 0], node, side=side) for side in ("left", "right"))
        many = end - start
        row = np.repeat(np.arange(len(chosen)), many)
        target = standing[np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many) + start[row], 1]
        kept = target != source[row]
        row = row[kept]
        amount = np.array([one[2] for one in chosen])
        return Flow(kind, source[row], target[kept], amount[row], node[row])

    def _in_order(self, push: Push, traces: Mapping[int, Trace], kinds: Sequence[str]) -> list[Flow]:
        """What flows to what was said next and before in the session."""
        order = self._known.order({one.session for one in traces.values()})
        rows: dict[str, list[tuple[int, int, float]]] = {"next": [], "previous": []}
        for seq, one in traces.items():
            places = order.get(one.session)
            if places is None:
                continue
            at = int(np.searchsorted(places, seq))
            for kind, other in (("next", at + 1), ("previous", at - 1)):
                if 0 <= other < len(places):
                    rows[kind].append((seq, int(places[other]), push.active[seq] * SHARES[kind]))
        return [Flow.of(kind, some) for kind, some in rows.items() if kind in kinds]

    def _links(self, push: Push, kinds: Sequence[str]) -> list[Flow]:
        """What flows over links by hand, to what was recalled together, and to what was said at the same time."""
        seqs = list(push.active)
        pairs: dict[str, list[tuple[int, int, float]]] = {}
        if "linked" in kinds:
            pairs["linked"] = [(seq, other, 1.0) for seq, other in self._journal.linked(seqs)]
        if "recalled_together" in kinds:
            pairs["recalled_together"] = self._journal.together(seqs)
        if "same_time" in kinds:
            pairs["same_time"] = [
                (seq, other, 1 - apart / (_SAME_TIME + 1))
                for seq in seqs[:_TIMED]
                for other, apart in self._journal.close_in_time(seq, _SAME_TIME, 2)
            ]
        flows = []
        for kind, some in pairs.items():
            sums: dict[int, float] = {}
            for seq, _, weight in some:
                sums[seq] = sums.get(seq, 0.0) + weight
            share = SHARES[kind]
            flows.append(
                Flow.of(kind, [(seq, to, push.active[seq] * share * weight / sums[seq]) for seq, to, weight in some])
            )
        return flows


def _by_meaning(push: Push, near: Iterable[tuple[int, int, float]]) -> Flow:
    """What flows to what is near in meaning, by how far the cosine is over what any two messages have."""
    over = [
        (seq, other, cosine - _LEAST_COSINE)
        for seq, other, cosine in near
        if other != seq and seq in push.active and cosine > _LEAST_COSINE
    ]
    sums: dict[int, float] = {}
    for seq, _, above in over:
        sums[seq] = sums.get(seq, 0.0) + above
    share = SHARES["similar"]
    return Flow.of(
        "similar", [(seq, to, push.active[seq] * share * above / (sums[seq] + 1.0)) for seq, to, above in over]
    )


def _take(
    found: Activated,
    flow: Flow,
    gained: dict[int, float],
    seed: Callable[[int], float],
    settled: frozenset[int],
) -> None:
    """Add what flows, after decay, to what was found and gained; of each target the strongest flow is its best hop.

    Those that are `settled` were reached in fewer hops and keep theirs. A seed takes one from a stronger seed alone.
    """
    amount = flow.amount * DECAY
    targets, inverse = np.unique(flow.target, return_inverse=True)
    sums = np.bincount(inverse, weights=amount)
    order = np.lexsort((-amount, inverse))
    first = order[np.searchsorted(inverse[order], np.arange(len(targets)))]
    part = found.by_kind[flow.kind]
    for at in np.argsort(-sums, kind="stable")[:REACHED].tolist():
        target, total, row = int(targets[at]), float(sums[at]), int(first[at])
        gained[target] = gained.get(target, 0.0) + total
        part[target] = part.get(target, 0.0) + total
        best, brought, source = found.best.get(target), float(amount[row]), int(flow.source[row])
        if target in settled or 0 < seed(target) >= seed(source):
            continue
        if best is None or brought > best.weight:
            node = int(flow.node[row])
            found.best[target] = Hop(flow.kind, source, target, brought, str(node) if node else "")


def strongest(active: Mapping[int, float], most: int) -> dict[int, float]:
    """The most active of these, strongest first; of equals the newest."""
    best = sorted(((amount, seq) for seq, amount in active.items() if amount > 0), reverse=True)[:most]
    return {seq: amount for amount, seq in best}
