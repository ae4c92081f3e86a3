"""Reasons: from placed candidates to recollections, each with its signals, the words it shares and the path to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from memory.recall.candidates import REACH
from memory.text import shorten, term_spellings
from memory.types import Recollection, Step, Why

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memory.associations import Hop
    from memory.journal import Journal
    from memory.recall.allowed import Allowed
    from memory.recall.candidates import Scene
    from memory.recall.features import Table
    from memory.recall.ranking import Placed
    from memory.types import Message

_LABEL = 60
_READ = 4000
SIGNALS = {
    "cosine": "meaning.cosine",
    "bm25": "words.bm25",
    "coverage": "words.coverage",
    "with previous": "meaning.with_previous",
    "context": "meaning.context",
    "neighbour": "neighbours.both_best",
    "session": "session.both_best",
    "name": "association.name_scaled",
    "term": "association.term_scaled",
    "similar": "association.similar_scaled",
    "tied": "association.tied",
    "two hops": "association.later_hops",
    "time": "when_said.fits",
}
"""What the why shows -> the feature it is."""

_WELL = 0.4
_BETTER = 1.15
_SAID_SO = 0.75


def recollections(
    journal: Journal, scene: Scene, ranked: Sequence[Placed], allowed: Allowed
) -> tuple[Recollection, ...]:
    """The placed candidates as recollections, in their order."""
    if not ranked:
        return ()
    hops = [scene.activated.path(placed.seq) for placed in ranked]
    neighbours = [_neighbour(scene, placed) for placed in ranked]
    through = {seq for path in hops for hop in path for seq in (hop.source, hop.target)}
    beside = {seq for seq in neighbours if seq is not None}
    messages = journal.with_exchanges([placed.seq for placed in ranked], through | beside)
    nodes = journal.node_texts({int(hop.label) for path in hops for hop in path if hop.label})
    exchanges: dict[str, list[Message]] = {}
    for one in messages.values():
        exchanges.setdefault(one.exchange, []).append(one)
    shown = allowed.in_time(messages)
    way = _Way(scene, ranked[0].features, messages, nodes)
    rows = [placed.row for placed in ranked]
    signals = _signals(ranked[0].features, rows)
    has = (scene.evidence.counts[rows] > 0).tolist()
    spelling = term_spellings(scene.cue.text)
    spelt = [spelling.get(term, term) for term in scene.cue.distinct]
    made = []
    for number, placed in enumerate(ranked):
        message = messages.get(placed.seq)
        if message is None:
            continue
        said = allowed.exchange(exchanges[message.exchange]) or (message,)
        terms = tuple(dict.fromkeys(term for term, one in zip(spelt, has[number], strict=True) if one))
        path = hops[number] if {seq for hop in hops[number] for seq in (hop.source, hop.target)} <= shown else ()
        steps = way.steps(placed, terms, path, neighbours[number])
        made.append(Recollection(message, said, round(placed.score, 4), Why(signals[number], steps, terms)))
    return tuple(made)


def _signals(found: Table, rows: Sequence[int]) -> list[dict[str, float]]:
    names = [name for name, feature in SIGNALS.items() if feature in found.columns]
    table = np.round(np.array([found.columns[SIGNALS[name]][rows] for name in names], dtype=np.float64).T, 4)
    return [dict(zip(names, row, strict=True)) for row in table.tolist()]


def _neighbour(scene: Scene, placed: Placed) -> int | None:
    """Place of the best match among what was said up to two messages before and after; None when it is no match."""
    base = placed.features.columns["words.base"]
    near = scene.near[placed.row, REACH - 2 : REACH + 2].tolist()
    rows = [row for row in near if 0 <= row < scene.count]
    if not rows:
        return None
    best = max(rows, key=base.__getitem__)
    return int(scene.evidence.seqs[best]) if base[best] >= _WELL else None


class _Way:
    """The ways from the cue to recollections."""

    def __init__(self, scene: Scene, found: Table, messages: Mapping[int, Message], nodes: Mapping[int, str]) -> None:
        self._messages = messages
        self._nodes = nodes
        self._base = found.columns["words.base"]
        self._coverage = found.columns["words.coverage"]
        self._cosine = found.columns["meaning.cosine"]
        seqs = scene.evidence.seqs[: scene.count].tolist()
        self._row_of = {seq: row for row, seq in enumerate(seqs) if seq in messages}

    def steps(
        self, placed: Placed, spelt: tuple[str, ...], hops: Sequence[Hop], neighbour: int | None
    ) -> tuple[Step, ...]:
        """By itself when it matches well; else beside a better match, or by association from one.

        How well is relative to the other candidates; who has nearly all words of the cue matches well whatever they do.
        """
        own = float(self._base[placed.row])
        message = self._messages[placed.seq]
        if spelt and self._coverage[placed.row] >= _SAID_SO:
            return self._itself(placed, message, spelt)
        if neighbour is not None and neighbour in self._messages and self._match(neighbour) > _BETTER * own:
            label = shorten(self._messages[neighbour].text, _LABEL)
            weight = round(self._match(neighbour), 4)
            return (self._found(neighbour), Step("neighbour", label, message.id, weight))
        if hops and hops[0].source in self._messages and self._match(hops[0].source) > _BETTER * own:
            steps = [self._found(hops[0].source)]
            for hop in hops:
                if hop.target not in self._messages or hop.source not in self._messages:
                    return self._itself(placed, message, spelt)
                label = self._label(hop) or shorten(self._messages[hop.source].text, _LABEL)
                steps.append(Step(hop.kind, label, self._messages[hop.target].id, round(min(1.0, hop.weight), 4)))
            return tuple(steps)
        return self._itself(placed, message, spelt)

    def _label(self, hop: Hop) -> str:
        """The name that both share, or the rare word as it is spelt in the message; empty for other kinds of edge."""
        text = self._nodes.get(int(hop.label), "") if hop.label else ""
        if text and hop.kind == "term":
            target = self._messages[hop.target]
            return term_spellings(f"{target.speaker}: {target.text[:_READ]}").get(text, text)
        return text

    def _match(self, seq: int) -> float:
        row = self._row_of.get(seq)
        return 0.0 if row is None else float(self._base[row])

    def _found(self, seq: int) -> Step:
        """How the cue led to a message that it matches."""
        message, row = self._messages[seq], self._row_of.get(seq)
        by_words = row is not None and self._coverage[row] >= self._cosine[row]
        kind = "words" if by_words else "meaning"
        return Step(kind, shorten(message.text, _LABEL), message.id, round(self._match(seq), 4))

    def _itself(self, placed: Placed, message: Message, spelt: tuple[str, ...]) -> tuple[Step, ...]:
        steps = []
        if spelt:
            coverage = float(self._coverage[placed.row])
            steps.append(Step("words", ", ".join(spelt), message.id, round(min(1.0, coverage), 4)))
        cosine = float(self._cosine[placed.row])
        if cosine > 0:
            steps.append(Step("meaning", shorten(message.text, _LABEL), message.id, round(min(1.0, cosine), 4)))
        return tuple(steps)
