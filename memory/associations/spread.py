"""Spreading activation by local push: what the messages that matched lead to, a few hops away.

After Collins and Loftus (1975) and ACT-R (Anderson 1983): activation flows from a message over its edges and is divided
among them (the fan effect: the more messages share a name, the less each gets), and only a part of it is left after
each hop. As in local-push PageRank (Andersen, Chung and Lang 2006), nothing is looked at but the neighbourhood of
what is active, so the cost does not depend on the size of the memory: at most `FRONTIER` messages push in a hop, each
over at most `MOST_NODES` names and as many terms that stand in at most `HUB` messages, and of what a kind of edge
reaches the strongest `REACHED` are kept.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.runs import distinct, first_of_each, numbered, opens, places
from memory.associations.types import DECAY, KINDS, SHARES, Activated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from memory.associations.facts import Columns
    from memory.associations.known import Known
    from memory.journal import Journal

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Similar = Callable[[Sequence[int]], Iterable[tuple[int, int, float]]]

FRONTIER = (15, 12)
"""How many messages push in the first hop, and in each later one."""

MOST_NODES = 8
HUB = {"name": 60, "term": 25}
"""A name or term that stands in more messages than this carries nothing."""

REACHED = 64

_LEAST_COSINE = 0.35
_SAME_TIME = 6 * 3_600_000_000
_TIMED, _TIMED_KEPT = 4, 4096
_CODE = {kind: code for code, kind in enumerate(KINDS)}
_SHARE = np.array([SHARES[kind] for kind in KINDS])
_HUB = np.array([HUB["name"], HUB["term"]])


@dataclass(frozen=True, slots=True)
class Push:
    """One hop's work.

    Attributes:
        facts: of the messages that push, the strongest first.
        amounts: their activation.
        avoid: keys of nodes that carry nothing this time, such as the cue's own terms; ascending.
        kinds: kinds of edge to go along.
        met: nodes of what pushes, and how many messages have each; filled in.
    """

    facts: Columns
    amounts: Floats
    avoid: Ints
    kinds: frozenset[str]
    met: list[tuple[Ints, Ints]]

    @property
    def active(self) -> dict[int, float]:
        """Place -> activation."""
        return dict(zip(self.facts.seqs.tolist(), self.amounts.tolist(), strict=True))


_COLUMNS = ("kind", "source", "target", "amount", "node")


@dataclass(frozen=True, slots=True)
class Flow:
    """What flows over edges: of which kind, from which message to which, how much (before decay), over which node or 0.

    Rows of one kind stand together.
    """

    kind: Ints
    source: Ints
    target: Ints
    amount: Floats
    node: Ints

    @classmethod
    def of(cls, kind: str, rows: Sequence[tuple[int, int, float]]) -> Flow:
        """Rows of (source, target, amount) without a node."""
        source, target, amount = zip(*rows, strict=True) if rows else ((), (), ())
        nothing = np.zeros(len(rows), dtype=np.int64)
        return cls(
            nothing + _CODE[kind],
            np.array(source, dtype=np.int64),
            np.array(target, dtype=np.int64),
            np.array(amount, dtype=np.float64),
            nothing,
        )

    def where(self, holds: NDArray[np.bool_]) -> Flow:
        """The rows for which something holds."""
        return Flow(*(getattr(self, name)[holds] for name in _COLUMNS))

    @classmethod
    def joined(cls, flows: Sequence[Flow]) -> Flow:
        """Several as one."""
        return cls(*(np.concatenate([getattr(flow, name) for flow in flows]) for name in _COLUMNS))


class Spreading:
    """Finds what flows from active messages to others. Reads through `known`."""

    def __init__(self, journal: Journal, known: Known) -> None:
        self._journal = journal
        self._known = known
        self._guard = threading.Lock()
        self._timed: dict[int, list[tuple[int, float]]] = {}
        self._timed_as_of = (0, 0)

    def spread(
        self,
        seeds: Mapping[int, float],
        *,
        hops: int = 2,
        similar: Similar | None = None,
        avoid: Iterable[int] = (),
        kinds: Iterable[str] = tuple(SHARES),
        past: Iterable[int] = (),
    ) -> Activated:
        """Let activation spread from `seeds` (place -> activation, of any positive scale).

        Args:
            seeds: where it starts; the strongest `FRONTIER[0]` push.
            hops: how far it goes.
            similar: gives for some messages others that are near in meaning, as (message, other, cosine).
            avoid: nodes that carry nothing, such as the cue's own terms.
            kinds: kinds of edge to go along.
            past: places of messages that nothing flows to.

        Every hop passes on at most `DECAY` of what was active before it. A node of a path stands in its label as a key.
        """
        wanted = frozenset(kinds)
        found = Activated(seeds=frozenset(seeds), by_kind={kind: {} for kind in SHARES if kind in wanted})
        active = strongest(seeds, FRONTIER[0])
        shunned = distinct(np.fromiter(avoid, dtype=np.int64))
        passed = distinct(np.fromiter(past, dtype=np.int64))
        met: list[tuple[Ints, Ints]] = []
        for hop in range(hops):
            facts = self._known.facts(np.fromiter(active, dtype=np.int64, count=len(active)))
            if not len(facts):
                break
            push = Push(facts, np.array([active[seq] for seq in facts.seqs.tolist()]), shunned, wanted, met)
            flow = self._flow(push, similar)
            if len(passed):
                flow = flow.where(places(flow.target, passed) < 0)
            gained = _take(found, flow, seeds)
            part = found.later if hop else found.first
            for into in (found.total, part):
                _add(into, gained.items())
            active = strongest({seq: amount for seq, amount in gained.items() if seq not in seeds}, FRONTIER[1])
        if met:
            nodes, frequency = (np.concatenate(column) for column in zip(*met, strict=True))
            order = np.argsort(nodes)
            order = order[opens(nodes[order])]
            found.nodes, found.frequency = nodes[order], frequency[order]
        return found

    def _flow(self, push: Push, similar: Similar | None) -> Flow:
        """Everything that flows in one hop."""
        flows = [self.through_nodes(push), *self._in_order(push), *self._links(push)]
        if similar is not None and "similar" in push.kinds:
            flows.append(_by_meaning(push, similar(push.facts.seqs.tolist())))
        return Flow.joined(flows)

    def through_nodes(self, push: Push) -> Flow:
        """What flows over shared names and terms.

        A node takes the share of its rarity in that of all nodes of its kind of the message, and divides it among the
        others.
        """
        facts = push.facts
        kind, row, node = _nodes_of(facts, push.kinds)
        if not len(node):
            return Flow.of("name", [])
        frequency = self._known.nodes.frequencies(node)
        push.met.append((node, frequency))
        total = max([2, *(self._journal.trace_totals(scope)[0] for scope in set(facts.scope.tolist()))])
        rarity = np.log1p(total / np.maximum(frequency, 1))
        carries = (frequency >= 2) & (frequency <= _HUB[kind]) & (places(node, push.avoid) < 0)
        group = kind * len(facts) + row
        each = rarity * carries / np.maximum(frequency - 1, 1) / (np.bincount(group, weights=rarity)[group] + 1e-9)
        best = first_of_each(np.lexsort((-each, group)), group, MOST_NODES)
        best = best[each[best] > 0]
        kind, row, node = kind[best], row[best], node[best]
        standing = self._known.nodes.messages(node.tolist())
        if not standing:
            return Flow.of("name", [])
        many = np.array([len(messages) for messages in standing])
        target = np.concatenate(standing)
        source = facts.seqs[row].repeat(many)
        amount = (push.amounts[row] * _SHARE[kind] * each[best]).repeat(many)
        other = target != source
        return Flow(kind.repeat(many)[other], source[other], target[other], amount[other], node.repeat(many)[other])

    def _in_order(self, push: Push) -> list[Flow]:
        """What flows to what was said next and before in the session."""
        seqs = push.facts.seqs
        near = self._known.order.around(seqs, push.facts.session, 1).near
        flows = []
        for kind, target in (("next", near[:, 1]), ("previous", near[:, 0])):
            if kind in push.kinds:
                there = np.flatnonzero(target)
                nothing = np.zeros(len(there), dtype=np.int64)
                amount = push.amounts[there] * SHARES[kind]
                flows.append(Flow(nothing + _CODE[kind], seqs[there], target[there], amount, nothing))
        return flows

    def _links(self, push: Push) -> list[Flow]:
        """What flows over links by hand, to what was recalled together, and to what was said at the same time."""
        by_hand, together = self._journal.has_links()
        active = push.active
        seqs = list(active)
        pairs: dict[str, list[tuple[int, int, float]]] = {}
        if by_hand and "linked" in push.kinds:
            pairs["linked"] = [(seq, other, 1.0) for seq, other in self._journal.linked(seqs)]
        if together and "recalled_together" in push.kinds:
            pairs["recalled_together"] = self._journal.together(seqs)
        if "same_time" in push.kinds:
            pairs["same_time"] = self._at_the_same_time(push.facts)
        flows = []
        for kind, some in pairs.items():
            sums = _sums(some)
            share = SHARES[kind]
            flows.append(
                Flow.of(kind, [(seq, to, active[seq] * share * weight / sums[seq]) for seq, to, weight in some])
            )
        return flows

    def _at_the_same_time(self, facts: Columns) -> list[tuple[int, int, float]]:
        """What was said at about the time of the strongest, as (message, other, how near in time from 0 to 1)."""
        seqs = facts.seqs[:_TIMED].tolist()
        as_of = (self._journal.last_message(), self._journal.last_tombstone())
        with self._guard:
            if as_of != self._timed_as_of or len(self._timed) > _TIMED_KEPT:
                self._timed, self._timed_as_of = {}, as_of
            found = {seq: self._timed[seq] for seq in seqs if seq in self._timed}
        asked = [row for row, seq in enumerate(seqs) if seq not in found]
        if asked:
            fresh: dict[int, list[tuple[int, float]]] = {seqs[row]: [] for row in asked}
            timed = [row for row in asked if not np.isnan(facts.time[row])]
            moments = [(int(facts.scope[row]), int(facts.session[row]), int(facts.time[row])) for row in timed]
            for number, other, apart in self._journal.close_in_time(moments, _SAME_TIME, 2):
                fresh[seqs[timed[number]]].append((other, 1 - apart / (_SAME_TIME + 1)))
            found |= fresh
            with self._guard:
                if as_of == self._timed_as_of:
                    self._timed |= fresh
        return [(seq, other, near) for seq in seqs for other, near in found[seq]]


def _by_meaning(push: Push, near: Iterable[tuple[int, int, float]]) -> Flow:
    """What flows to what is near in meaning, by how far the cosine is over what any two messages have."""
    active = push.active
    over = [
        (seq, other, cosine - _LEAST_COSINE)
        for seq, other, cosine in near
        if other != seq and seq in active and cosine > _LEAST_COSINE
    ]
    sums = _sums(over)
    share = SHARES["similar"]
    return Flow.of("similar", [(seq, to, active[seq] * share * above / (sums[seq] + 1.0)) for seq, to, above in over])


def _sums(rows: Iterable[tuple[int, int, float]]) -> dict[int, float]:
    """The sum of the weights of each source."""
    sums: dict[int, float] = {}
    for seq, _, weight in rows:
        sums[seq] = sums.get(seq, 0.0) + weight
    return sums


def _nodes_of(facts: Columns, kinds: frozenset[str]) -> tuple[Ints, Ints, Ints]:
    """The distinct names and terms of messages as columns: code of the kind, row of the message, node."""
    rows = np.arange(len(facts))
    groups = []
    for code, (kind, nodes, many) in enumerate(
        (("name", facts.all_names, facts.names), ("term", facts.all_terms, facts.terms))
    ):
        if kind in kinds:
            found = nodes().astype(np.int64)
            groups.append(((code << 16 | rows.repeat(many)) << 32 | found)[found > 0])
    keys = distinct(np.concatenate(groups)) if groups else np.zeros(0, dtype=np.int64)
    return keys >> 48, keys >> 32 & 0xFFFF, keys & 0xFFFFFFFF


def _take(found: Activated, flow: Flow, seeds: Mapping[int, float]) -> dict[int, float]:
    """Add what flows, after decay, to what was found; what each target gained.

    Of what flows over a kind of edge the `REACHED` strongest targets count. Of each target the strongest flow is its
    best hop: those that were reached in fewer hops keep theirs, and a seed takes one from a stronger seed alone.
    """
    if not len(flow.kind):
        return {}
    amount = flow.amount * DECAY
    keys = flow.kind << 48 | flow.target
    order = np.lexsort((-amount, keys))
    first = opens(keys[order])
    row = order[first]
    keys, sums = keys[row], np.add.reduceat(amount[order], np.flatnonzero(first))
    kinds = keys >> 48
    kept = first_of_each(np.lexsort((-sums, kinds)), kinds, REACHED)
    kinds, sums, row = kinds[kept], sums[kept], row[kept]
    targets = flow.target[row]
    starts = np.flatnonzero(opens(kinds)).tolist()
    reached, brought = targets.tolist(), sums.tolist()
    for start, end in zip(starts, [*starts[1:], len(kinds)], strict=True):
        _add(found.by_kind[KINDS[kinds[start]]], zip(reached[start:end], brought[start:end], strict=True))
    _keep_hops(found, flow, amount, row, seeds)
    gained, inverse = numbered(targets)
    return dict(zip(gained.tolist(), np.bincount(inverse, weights=sums).tolist(), strict=True))


def _add(part: dict[int, float], amounts: Iterable[tuple[int, float]]) -> None:
    """Add amounts to what places have."""
    if part:
        part.update([(seq, part.get(seq, 0.0) + amount) for seq, amount in amounts])
    else:
        part.update(amounts)


def _keep_hops(found: Activated, flow: Flow, amount: Floats, rows: Ints, seeds: Mapping[int, float]) -> None:
    """Keep of the flows in `rows` the strongest to each target as its best hop, where it may have one."""
    target = flow.target[rows]
    ends = np.array([target, flow.source[rows]])
    there, back = _looked_up(
        ends, np.fromiter(seeds, np.int64, len(seeds)), np.fromiter(seeds.values(), float, len(seeds))
    )
    rows = rows[(there <= 0) | (there < back)]
    target, weight = flow.target[rows], amount[rows]
    best = rows[first_of_each(np.lexsort((-weight, target)), target, 1)]
    columns = (flow.kind, flow.source, flow.target, amount, flow.node)
    hops = zip(*(column[best].tolist() for column in columns), strict=True)
    found.hops = {hop[2]: hop for hop in hops} | found.hops


def _looked_up(keys: Ints, known: Ints, values: Floats) -> Floats:
    """The values of keys; 0 for those that are not known."""
    if not len(known):
        return np.zeros(keys.shape)
    order = np.argsort(known)
    ascending = known[order]
    at = np.minimum(np.searchsorted(ascending, keys), len(known) - 1)
    return np.where(ascending[at] == keys, values[order[at]], 0.0)


def strongest(active: Mapping[int, float], most: int) -> dict[int, float]:
    """The most active of these, strongest first; of equals the newest."""
    best = sorted(((amount, seq) for seq, amount in active.items() if amount > 0), reverse=True)[:most]
    return {seq: amount for amount, seq in best}
