"""Bridging: what the best candidates tell that the cue does not say, and who has it too: the next step of a question.

"Who led the country where the composer of Aschenbrödel was born?" names neither composer nor country. The best match
on the composition has the composer's name; what shares that rare name, and what that in turn leads to, comes next. A
message whose speaker speaks but here (a page with a title) is led to by whatever has the words of that title.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.runs import distinct, places
from memory.recall.features.scaling import of_most
from memory.recall.products import dots, products
from memory.stopwords import STOPWORDS
from memory.text import is_named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from memory.associations.facts import Columns
    from memory.recall.candidates import Scene

    Column = NDArray[np.float32]
    Ints = NDArray[np.int64]
    Square = NDArray[np.float32]

_SEEDS = 8
_HUB = {"names": 60, "terms": 25}
_LEAST = 2
_SAME_TITLE = 2
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Links:
    """How strongly each of some candidates leads to each candidate, by kind; each of shape (sources, candidates).

    Attributes:
        names, terms: by the rarity of all that they share and the cue has not, towards 1 the more and rarer it is.
        to_title: the share of a candidate's title (as far as the cue has it not) that stands in the source.
        from_title: the share of the source's title that stands in the candidate.
    """

    names: Square
    terms: Square
    to_title: Square
    from_title: Square

    @property
    def best(self) -> Square:
        """By whatever leads best; a word alone by half."""
        titles = np.maximum(self.to_title, self.from_title)
        found: Square = np.maximum(np.maximum(self.names, self.terms * np.float32(0.5)), titles)
        return found


def bridging(scene: Scene, known: Mapping[str, Column]) -> dict[str, Column]:
    """Links from the best candidates by kind, over two hops, and how well a linked pair answers all of the cue."""
    base = known["words.base"]
    seeds = scene.seeds[np.argsort(-base[scene.seeds], kind="stable")][:_SEEDS]
    count = scene.count
    if not len(seeds):
        return dict.fromkeys(_NAMES, np.zeros(count, dtype=np.float32))
    nodes = _Nodes(scene)
    weight = np.maximum(base[seeds], 0.0) / (base[seeds].max() + 1e-9)
    weight = weight[:, None].astype(np.float32)
    first = nodes.links(seeds)
    link = first.best * weight
    reached = link.max(axis=0)
    gap = _left_open(scene, seeds)
    cover = np.maximum(known["words.coverage"][seeds][:, None], known["words.coverage"][None, :])
    pair = known["words.coverage"][seeds][:, None] + gap
    rest = _rest(scene, seeds)
    pushing = np.argsort(-(reached * (1 + known["meaning.cosine_scaled"])), kind="stable")[:_SEEDS]
    second = nodes.links(pushing).best * reached[pushing][:, None]
    of_best = first.best[0]
    found = {
        "names": (first.names * weight).max(axis=0),
        "names_all": (first.names * weight).sum(axis=0),
        "terms": (first.terms * weight).max(axis=0),
        "terms_all": (first.terms * weight).sum(axis=0),
        "to_title": (first.to_title * weight).max(axis=0),
        "from_title": (first.from_title * weight).max(axis=0),
        "link": reached,
        "link_scaled": of_most(reached),
        "of_best": of_best,
        "link_open": (link * gap).max(axis=0),
        "link_pair": (link * pair).max(axis=0),
        "pair": pair.max(axis=0),
        "pair_gain": (pair - cover).max(axis=0),
        "rest": rest.max(axis=0),
        "link_rest": (link * np.maximum(rest, 0)).max(axis=0),
        "link_meaning": reached * known["meaning.cosine_scaled"],
        "two_hops": second.max(axis=0),
        "two_hops_open": second.max(axis=0) * gap[0],
    }
    return {name: np.asarray(column, dtype=np.float32) for name, column in found.items()}


_NAMES = (
    "names", "names_all", "terms", "terms_all", "to_title", "from_title", "link", "link_scaled", "of_best", "link_open",
    "link_pair", "pair", "pair_gain", "rest", "link_rest", "link_meaning", "two_hops", "two_hops_open",
)  # fmt: skip


def _left_open(scene: Scene, seeds: Ints) -> Square:
    """The share of the cue's terms (by rarity) that a candidate has and a seed lacks, shape (seeds, candidates)."""
    rarity = scene.whole.rarity
    total = float(rarity.sum())
    if total <= 0:
        return np.zeros((len(seeds), scene.count), dtype=np.float32)
    has = (scene.evidence.counts[: scene.count] > 0).astype(np.float32)
    return products((1 - has[seeds]) * rarity, has) / total


def _rest(scene: Scene, seeds: Ints) -> Square:
    """Cosine of each candidate to what a seed leaves of the cue's vector, shape (seeds, candidates)."""
    mean = scene.evidence.mean[: scene.count]
    near = dots(mean, scene.cue.mean)
    share = near[seeds][:, None]
    left = near - share * products(mean[seeds], mean)
    found: Square = (left / np.sqrt(np.maximum(1 - share**2, 0.05))).astype(np.float32)
    return found


class _Nodes:
    """The rare names and terms of the candidates of a scene, their titles, and who shares which."""

    def __init__(self, scene: Scene) -> None:
        facts = scene.evidence.facts
        most = float(np.log1p(scene.whole.messages / 2)) + 1e-9
        told = distinct(scene.cue.keys)
        terms = _Flat(facts.all_terms(scene.count), facts.terms[: scene.count])
        names = _Flat(facts.all_names(scene.count), facts.names[: scene.count])
        rare = {kind: _rare(scene, hub, most) for kind, hub in _HUB.items()}
        self._names = names.sharing(*_without(*rare["names"], told)) * ("name" not in scene.without)
        self._terms = terms.sharing(*_without(*rare["terms"], told)) * ("term" not in scene.without)
        title, owner = _titles(facts, 0 if "name" in scene.without else scene.count)
        words = distinct(title)
        self._has_word = terms.having(words, np.ones(len(words), dtype=np.float32))
        self._title = np.zeros((scene.count, len(words)), dtype=np.float32)
        self._title[owner, np.searchsorted(words, title)] = 1.0
        self._fresh = self._title * (places(words, told) < 0)
        self._title /= np.maximum(self._title.sum(axis=1, keepdims=True), 1.0)

    def links(self, sources: Ints) -> _Links:
        """Links from these candidates to all, none to itself."""
        to_title = from_title = np.zeros((len(sources), len(self._title)), dtype=np.float32)
        if self._title.size:
            to_title = products(self._has_word[sources], self._title)
            to_title *= products(self._has_word[sources], self._fresh) > 0
            from_title = products(self._title[sources], self._has_word)
        found = _Links(
            -np.expm1(-products(self._names[sources], self._names)),
            -np.expm1(-products(self._terms[sources], self._terms)),
            to_title,
            from_title,
        )
        for part in (found.names, found.terms, found.to_title, found.from_title):
            part[np.arange(len(sources)), sources] = 0.0
        return found


def _rare(scene: Scene, hub: int, most: float) -> tuple[Ints, Column]:
    """The nodes of what pushed that are no hubs, ascending; and their rarity to the power of 1.5, 1 at most.

    Two messages that share such a node get the cube of its rarity.
    """
    known = scene.activated
    kept = (known.nodes > 0) & (known.frequency >= _LEAST) & (known.frequency <= hub)
    frequency = known.frequency[kept].astype(np.float32)
    rarity = (np.log1p(scene.whole.messages / frequency) / most) ** 1.5
    return known.nodes[kept], rarity.astype(np.float32)


def _without(nodes: Ints, rarity: Column, told: Ints) -> tuple[Ints, Column]:
    kept = places(nodes, told) < 0
    return nodes[kept], rarity[kept]


class _Flat:
    """Nodes of many messages in one row, with the message that each is of."""

    def __init__(self, nodes: NDArray[np.int32], many: Ints) -> None:
        self._count = len(many)
        self._nodes = nodes
        self._ends = np.cumsum(many)

    def having(self, wanted: Ints, worth: Column) -> Square:
        """What each of these (ascending) nodes is worth where a message has it; shape (messages, wanted)."""
        found = np.zeros((self._count, len(wanted)), dtype=np.float32)
        if len(wanted):
            at = places(self._nodes, wanted)
            hit = np.flatnonzero(at >= 0)
            at = at[hit]
            found[np.searchsorted(self._ends, hit, side="right"), at] = worth[at]
        return found

    def sharing(self, wanted: Ints, worth: Column) -> Square:
        """The same without the nodes that fewer than two messages have."""
        found = self.having(wanted, worth)
        return found[:, np.count_nonzero(found, axis=0) > 1]


def _titles(facts: Columns, count: int) -> tuple[Ints, Ints]:
    """Terms of titles, and the row that each is of. Titles are names of speakers who hardly ever speak.

    What a named speaker says begins with the name's terms.
    """
    speaker = facts.speaker[:count]
    seldom = np.bincount(speaker, minlength=len(facts.speakers)) <= _SAME_TITLE
    words = np.zeros(len(facts.speakers), dtype=np.int64)
    for one in distinct(speaker[seldom[speaker]]).tolist():
        if is_named(facts.speakers[one]):
            words[one] = sum(word not in STOPWORDS for word in _WORD.findall(facts.speakers[one].lower()))
    if not words.any():
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    many = facts.terms[:count]
    owners = np.repeat(np.arange(count), many)
    place = np.arange(len(owners)) - np.repeat(np.cumsum(many) - many, many)
    told = place < words[speaker[owners]]
    return facts.all_terms(count)[told].astype(np.int64), owners[told]
