"""Mapping: what a memory or a topic is linked to, as nodes and typed edges around a centre; for pictures of it.

Around a message stand the messages that its strongest edges lead to, and what these lead to where there is room. Around
a topic stand what it evokes, and what that leads to. What is looked at is bounded, whatever the size of the memory.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memory.errors import UsageError
from memory.journal.traces import TERM
from memory.sparks import MATTERS
from memory.text import content_terms, shorten, term_spellings
from memory.types import STEP_KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from memory.memory import Memory
    from memory.store import Vector
    from memory.types import Message

TOPIC = "topic"
"""The id of the node that stands for a topic."""

NEAR, FAR = 0.6, 3
"""The share of the nodes that stand next to the centre; how many further ones each of these brings at most."""

_READ, _LABEL, _WORDS, _TRIED, _CROSS = 600, 22, 3, 10, 0.4
_KEPT = 20_000
_EDGES = 40
_TURNS = ("linked", "recalled_together", "name", "term", "similar", "next", "previous", "same_time")


@dataclass(frozen=True, slots=True)
class Node:
    """A memory (or the topic) in a map.

    Attributes:
        id: of the message; `TOPIC` for a topic.
        label: a few of its most telling words, at most 22 characters.
        message: None for a topic.
        distance: how many edges from the centre.
        strength: of the edge that brought it, from 0 to 1; 1 for the centre.
    """

    id: str
    label: str
    message: Message | None
    distance: int
    strength: float


@dataclass(frozen=True, slots=True)
class Link:
    """An edge between two nodes of a map; of two messages linked in several ways the strongest.

    Attributes:
        source, target: ids of nodes.
        kind: one of `memory.types.STEP_KINDS`.
        label: the name, term or words that both share; else empty.
        weight: from 0 to 1, comparable among edges from one node.
    """

    source: str
    target: str
    kind: str
    label: str
    weight: float

    @property
    def told(self) -> str:
        """The link in words."""
        words = STEP_KINDS.get(self.kind, self.kind)
        return f"{words} ({self.label})" if self.label else words


@dataclass(frozen=True, slots=True)
class Map:
    """What is around a centre.

    Attributes:
        centre: id of a node.
        title: what it is about.
        nodes: the centre first, then by distance and strength.
        links: those that brought the nodes, then the strongest among them.
    """

    centre: str
    title: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]

    def node(self, id_: str) -> Node:
        """The node with this id. Raises `KeyError` when there is none."""
        for node in self.nodes:
            if node.id == id_:
                return node
        raise KeyError(id_)

    def between(self, one: str, other: str) -> Link | None:
        """The link between two nodes, in either direction."""
        pair = {one, other}
        return next((link for link in self.links if {link.source, link.target} == pair), None)


class Mapper:
    """Draws maps of one memory. What it has learned of the meaning of words it keeps, so the next map is quicker.

    Args:
        memory: whose messages are drawn.
    """

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self._meanings: dict[str, Vector] = {}

    def around(self, about: str, most: int = 20) -> Map:
        """The map of a message (by its id, or the beginning of one) or else of a topic, with at most `most` nodes.

        Raises `UsageError` when there is nothing to show.
        """
        if most < 2:
            raise UsageError(f"A map of {most} is none.", "Ask for 2 nodes or more.")
        message = _named(self.memory, about.strip())
        return self.of_topic(about.strip(), most) if message is None else self.of_message(message, most)

    def of_message(self, message: Message, most: int = 20) -> Map:
        """What a message is linked to."""
        drawing = _Drawing(self, most)
        drawing.messages[message.id] = message
        drawing.distance[message.id] = 0
        near = drawing.reach([message], 1, max(1, round((most - 1) * NEAR)), most - 1)
        drawing.reach(near, 2, most, FAR)
        return drawing.made(message.id, shorten(message.text, 80))

    def of_topic(self, topic: str, most: int = 20) -> Map:
        """What a topic evokes, and what that is linked to. Raises `UsageError` when it evokes nothing."""
        if not topic:
            raise UsageError("There is no topic.", "Give a topic, or the id of a memory.")
        recall = self.memory.recall(topic, k=max(1, round((most - 1) * NEAR)))
        if not recall.recollections:
            raise UsageError("Nothing relevant to that is remembered.", "Try other words.")
        drawing = _Drawing(self, most)
        drawing.distance[TOPIC] = 0
        near = []
        for each in recall.recollections:
            step = each.why.path[0] if each.why.path else None
            kind = step.kind if step and step.message_id == each.message.id else "meaning"
            label = ", ".join(each.why.terms[:_WORDS]) if kind == "words" else ""
            drawing.add(TOPIC, each.message, 1, Link(TOPIC, each.message.id, kind, label, each.score))
            near.append(each.message)
        drawing.reach(near, 2, most, FAR)
        return drawing.made(TOPIC, topic)

    def meanings(self, words: Iterable[str]) -> Mapping[str, Vector]:
        """The vectors of words."""
        fresh = sorted({word for word in words if word not in self._meanings})
        if fresh:
            if len(self._meanings) > _KEPT:
                self._meanings.clear()
            self._meanings |= dict(zip(fresh, self.memory.embedder.embed(fresh), strict=True))
        return self._meanings

    def matters(self, edges: Iterable[tuple[str, int, int]]) -> set[tuple[str, int, int]]:
        """Those of (word, message, other message) whose word matters to both, as for sparks."""
        wanted = list(edges)
        vectors = self.memory.spreading.vectors({seq for _, one, other in wanted for seq in (one, other)})
        meaning = self.meanings(word.lower() for word, _, _ in wanted)

        def near(word: str, seq: int) -> float:
            rows = vectors.get(seq)
            return float((rows @ meaning[word.lower()]).max()) if rows is not None else 1.0

        return {each for each in wanted if min(near(each[0], each[1]), near(each[0], each[2])) >= MATTERS}


def _in_turn(one: tuple[int, float, Message, Link]) -> tuple[int, int, float]:
    turn, weight, _, link = one
    return turn, _TURNS.index(link.kind) if link.kind in _TURNS else len(_TURNS), -weight


def _named(memory: Memory, about: str) -> Message | None:
    """The message that an id, or the beginning of one, names."""
    if not 4 <= len(about) <= 12 or not about.isalnum():
        return None
    try:
        return memory.find(about)
    except UsageError:
        return None


class _Drawing:
    """A map that grows."""

    def __init__(self, mapper: Mapper, most: int) -> None:
        self._mapper = mapper
        self._memory = mapper.memory
        self._most = most
        self.messages: dict[str, Message] = {}
        self.distance: dict[str, int] = {}
        self.strength: dict[str, float] = {}
        self.links: dict[frozenset[str], Link] = {}
        self._others: list[Link] = []

    def add(self, source: str, message: Message, distance: int, link: Link) -> None:
        """Add a node with the link that brings it."""
        self.messages[message.id] = message
        self.distance[message.id] = distance
        self.strength[message.id] = link.weight
        self.links[frozenset({source, message.id})] = link

    def reach(self, sources: Sequence[Message], distance: int, most: int, each: int) -> list[Message]:
        """Add what `sources` lead to, at most `each`, while there are fewer than `most` nodes beside the centre.

        The strongest edge of each kind comes first, then the second of each: what a message has few of (a name that
        it shares, a link by hand) is seen beside what every message has.
        """
        found: list[tuple[int, float, Message, Link]] = []
        for _, links in self._links(sources):
            turns: Counter[str] = Counter()
            brought: list[tuple[int, float, Message, Link]] = []
            for other, link in links:
                if other.id in self.distance:
                    self._others.append(link)
                else:
                    turns[link.kind] += 1
                    brought.append((turns[link.kind], link.weight, other, link))
            found += sorted(brought, key=_in_turn)[:each]
        taken: list[Message] = []
        for _, _, other, link in sorted(found, key=_in_turn):
            if other.id in self.distance:
                self._others.append(link)
            elif len(self.distance) <= most and len(self.distance) < self._most:
                self.add(link.source, other, distance, link)
                taken.append(other)
        return taken

    def _links(self, sources: Sequence[Message]) -> list[tuple[Message, list[tuple[Message, Link]]]]:
        """What each of `sources` is linked to by what says something: shared words that matter to both."""
        edges = {one.id: self._memory.associations(one.id, _EDGES) for one in sources}
        messages = self._memory.journal.by_seq([edge.other_seq for some in edges.values() for edge in some])
        found: list[tuple[Message, list[tuple[Message, Link]]]] = []
        labelled: list[tuple[str, int, int]] = []
        for source in sources:
            links = []
            for edge in edges[source.id]:
                other = messages.get(edge.other_seq)
                if other is None or not content_terms(other.text[:_READ]):
                    continue
                label = self._label(edge.kind, edge.label, other)
                labelled += [(label, source.seq, other.seq)] if label else []
                links.append((other, Link(source.id, other.id, edge.kind, label, edge.weight)))
            found.append((source, links))
        telling = self._mapper.matters(labelled)
        return [
            (
                source,
                [
                    (other, link)
                    for other, link in links
                    if not link.label or (link.label, source.seq, other.seq) in telling
                ],
            )
            for source, links in found
        ]

    def _label(self, kind: str, label: str, other: Message) -> str:
        if kind == "term" and label:
            return term_spellings(f"{other.speaker}: {other.text[:_READ]}").get(label, label)
        if kind != "name":
            return ""
        found = re.search(re.escape(label), f"{other.speaker}: {other.text[:_READ]}", re.IGNORECASE)
        return found[0] if found else label.title()

    def made(self, centre: str, title: str) -> Map:
        """The map, with the strongest of the links that close circles."""
        more = [link for link in self._others if {link.source, link.target} <= self.distance.keys()]
        room = max(2, round(len(self.distance) * _CROSS))
        for link in sorted(more, key=lambda one: -one.weight):
            pair = frozenset({link.source, link.target})
            if len(pair) == 2 and pair not in self.links and room:
                self.links[pair] = link
                room -= 1
        labels = telling_words(self._mapper, self.messages.values())
        nodes = [
            Node(
                id_,
                shorten(title, _LABEL) if id_ == TOPIC else labels[id_],
                self.messages.get(id_),
                distance,
                self.strength.get(id_, 1.0),
            )
            for id_, distance in self.distance.items()
        ]
        nodes.sort(key=lambda node: (node.distance, -node.strength))
        return Map(centre, title, tuple(nodes), tuple(self.links.values()))


def telling_words(mapper: Mapper, messages: Iterable[Message]) -> dict[str, str]:
    """A short label for each message: the words that mean most of it, in the order in which they were said.

    A word counts by how near its vector is to that of the message, and by its rarity in this memory (as in keyword
    extraction by embeddings: Sharma and Li 2019).
    """
    told = list(messages)
    spelt = {one.id: term_spellings(one.text[:_READ]) for one in told}
    terms = {
        one.id: [
            term for term in dict.fromkeys(content_terms(one.text[:_READ])) if len(spelt[one.id].get(term, "")) > 2
        ]
        for one in told
    }
    memory = mapper.memory
    rarity = _rarity(memory, {term for some in terms.values() for term in some})
    rarest = {one.id: sorted(terms[one.id], key=lambda term: -rarity[term])[:_TRIED] for one in told}
    meaning = mapper.meanings(spelt[id_].get(term, term).lower() for id_, some in rarest.items() for term in some)
    vectors = memory.spreading.vectors([one.seq for one in told])
    labels = {}
    for one in told:
        rows = vectors.get(one.seq)

        def worth(term: str, one: Message = one, rows: NDArray[np.float32] | None = rows) -> float:
            near = float((rows @ meaning[spelt[one.id].get(term, term).lower()]).max()) if rows is not None else 0.5
            return float(near * rarity[term] ** 0.5)

        chosen: list[str] = []
        for term in sorted(rarest[one.id], key=worth, reverse=True):
            tried = [spelt[one.id][each] for each in terms[one.id] if each in {*chosen, term}]
            if len(chosen) < _WORDS and len(" ".join(tried)) <= _LABEL:
                chosen.append(term)
        label = " ".join(spelt[one.id][each] for each in terms[one.id] if each in chosen)
        labels[one.id] = label or shorten(one.text, _LABEL) or one.role.value
    return labels


def _rarity(memory: Memory, terms: Collection[str]) -> dict[str, float]:
    scope = memory.journal.scope_key(memory.scope.key)
    keys = memory.journal.node_keys(scope, TERM, terms)
    ordered = sorted(set(keys.values()))
    counts = memory.journal.node_frequencies(np.array(ordered, dtype=np.int64)).tolist()
    many = dict(zip(ordered, counts, strict=True))
    total = max(2, memory.journal.trace_totals(scope)[0])
    return {term: float(np.log1p(total / max(1, many.get(keys.get(term, -1), 1)))) for term in terms}
