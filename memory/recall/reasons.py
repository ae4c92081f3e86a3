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


def recollections(
    journal: Journal, scene: Scene, ranked: Sequence[Placed], allowed: Allowed
) -> tuple[Recollection, ...]:
    """The placed candidates as recollections, in their order."""
    hops = {placed.seq: _hops(scene, placed) for placed in ranked}
    through = {seq for path in hops.values() for hop in path for seq in (hop.source, hop.target)}
    neighbours = {placed.seq: _neighbour(scene, placed) for placed in ranked}
    beside = {seq for seq in neighbours.values() if seq is not None}
    messages = journal.by_seq([*{*(placed.seq for placed in ranked), *through, *beside}])
    nodes = journal.node_texts({int(hop.label) for path in hops.values() for hop in path if hop.label})
    exchanges = journal.exchange(list({messages[one.seq].exchange for one in ranked if one.seq in messages}))
    shown = allowed.in_time(messages)
    spelling = term_spellings(scene.cue.text)
    made = []
    for placed in ranked:
        message = messages.get(placed.seq)
        if message is None:
            continue
        said = allowed.exchange(exchanges.get(message.exchange) or (message,)) or (message,)
        has = scene.evidence.counts[placed.row] > 0
        terms = [term for term, one in zip(scene.cue.distinct, has, strict=True) if one]
        spelt = tuple(dict.fromkeys(spelling.get(term, term) for term in terms))
        path = _Path(scene, placed, messages, nodes)
        kept = [hop for hop in hops[placed.seq] if {hop.source, hop.target} <= shown]
        steps = path.steps(spelt, kept if len(kept) == len(hops[placed.seq]) else [], neighbours[placed.seq])
        made.append(Recollection(message, said, round(placed.score, 4), Why(_signals(placed), steps, spelt)))
    return tuple(made)


def _signals(placed: Placed) -> dict[str, float]:
    columns = placed.features.columns
    return {
        name: round(float(columns[feature][placed.row]), 4) for name, feature in SIGNALS.items() if feature in columns
    }


def _hops(scene: Scene, placed: Placed) -> tuple[Hop, ...]:
    return scene.activated.path(placed.seq)


def _neighbour(scene: Scene, placed: Placed) -> int | None:
    """Place of the best match among what was said up to two messages before and after; None when it is no match."""
    near = scene.near[placed.row, REACH - 2 : REACH + 2]
    rows = near[(near >= 0) & (near < scene.count)]
    if not len(rows):
        return None
    base = placed.features.columns["words.base"]
    best = int(rows[np.argmax(base[rows])])
    return int(scene.evidence.seqs[best]) if base[best] >= _WELL else None


class _Path:
    """The way from the cue to one recollection."""

    def __init__(self, scene: Scene, placed: Placed, messages: Mapping[int, Message], nodes: Mapping[int, str]) -> None:
        self._scene = scene
        self._placed = placed
        self._messages = messages
        self._nodes = nodes
        self._base = placed.features.columns["words.base"]
        self._row_of = {int(seq): row for row, seq in enumerate(scene.evidence.seqs[: scene.count])}

    def steps(self, spelt: tuple[str, ...], hops: Sequence[Hop], neighbour: int | None) -> tuple[Step, ...]:
        """By itself when it matches well; else beside a better match, or by association from one."""
        own = float(self._base[self._placed.row])
        if neighbour is not None and neighbour in self._messages and self._match(neighbour) > _BETTER * own:
            beside = self._messages[neighbour]
            label = shorten(beside.text, _LABEL)
            weight = round(self._match(neighbour), 4)
            message = self._messages[self._placed.seq]
            return (self._found(neighbour), Step("neighbour", label, message.id, weight))
        if hops and hops[0].source in self._messages and self._match(hops[0].source) > _BETTER * own:
            steps = [self._found(hops[0].source)]
            for hop in hops:
                if hop.target not in self._messages or hop.source not in self._messages:
                    return self._itself(spelt)
                label = self._label(hop) or shorten(self._messages[hop.source].text, _LABEL)
                steps.append(Step(hop.kind, label, self._messages[hop.target].id, round(min(1.0, hop.weight), 4)))
            return tuple(steps)
        return self._itself(spelt)

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
        columns = self._placed.features.columns
        by_words = row is not None and columns["words.coverage"][row] >= columns["meaning.cosine"][row]
        kind = "words" if by_words else "meaning"
        return Step(kind, shorten(message.text, _LABEL), message.id, round(self._match(seq), 4))

    def _itself(self, spelt: tuple[str, ...]) -> tuple[Step, ...]:
        message, row = self._messages[self._placed.seq], self._placed.row
        columns = self._placed.features.columns
        steps = []
        if spelt:
            coverage = float(columns["words.coverage"][row])
            steps.append(Step("words", ", ".join(spelt), message.id, round(min(1.0, coverage), 4)))
        cosine = float(columns["meaning.cosine"][row])
        if cosine > 0:
            steps.append(Step("meaning", shorten(message.text, _LABEL), message.id, round(min(1.0, cosine), 4)))
        return tuple(steps)
