"""Sparks: two memories that are far in meaning and yet connected, with the path between them.

Remote association after Mednick (1962): a new idea comes of elements that are far from each other and that a third one
joins. Nothing here asks a chat model; what is looked at is bounded, whatever the size of the memory.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.names import names, speaker_name
from memory.associations.types import SHARES
from memory.errors import UsageError
from memory.journal.traces import NAME, TERM
from memory.recall.engine import Wish
from memory.sitting import Sitting
from memory.text import content_terms, shorten, term_spellings
from memory.types import STEP_KINDS, Message, Origin, Role, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from memory.associations import Hop
    from memory.journal import Journal
    from memory.recall.engine import Recaller
    from memory.store import Vector
    from memory.types import Recollection, Scope

    Vectors = Mapping[int, NDArray[np.float32]]
    Embed = Callable[[Sequence[str]], list[Vector]]

_log = logging.getLogger(__name__)

STARTS = 5
"""From so many messages at most a walk begins."""

HOPS = 2
KINDS = tuple(kind for kind in SHARES if kind != "same_time")
"""Kinds of edge that a walk goes over. To be said at the same time alone is no connection."""

EACH = 150
"""Of what a walk reaches the best connected so many are looked at."""

NEAR = 0.35
"""Messages with a cosine from here on are near in meaning: hardly any two have it that have nothing in common."""

LEAST = 0.001
"""What is connected less has only something in common that many share."""

ABOUT = 0.5
"""What has this cosine with any start of the walk is about the same thing."""

MATTERS = 0.25
"""A word matters to a message with a cosine from here on ("camping", "Ottavia"; not "always", "provide")."""

FEW, SHARE = 5, 0.05
"""What stands in more messages than so many and than this share of them is common and joins nothing.

Such as the name of whom the user talks to.
"""

ALIKE = 0.9
LEAST_TERMS = 3
"""What has fewer words that mean something ("Thanks a lot!") sparks nothing."""

_SESSIONS, _LOOKED, _READ, _LABEL = 5, 40, 4000, 60
_MANY_WORDS = 0.5
_BESIDE = ("next", "previous")
_WORDS = 40


@dataclass(frozen=True, slots=True)
class Spark:
    """Two messages of different sessions, far in meaning, not recalled together before, and what joins them.

    Attributes:
        first: what the user is about.
        second: what the walk came to.
        path: from the first to the second; the last step arrives at the second.
        through: the messages on the way, one less than there are steps.
        distance: 1 - cosine of the two (of their nearest passages), from 0 to 1.
        connection: how much of its activation a hop passed on to the second, as the geometric mean of the hops; from
            0 to 1, small where many others share what joins them.
    """

    first: Message
    second: Message
    path: tuple[Step, ...]
    through: tuple[Message, ...]
    distance: float
    connection: float

    def sentence(self) -> str:
        """The path in a few plain words."""
        parts = []
        for step, message in zip(self.path, (*self.through, None), strict=True):
            label = f" ({step.label})" if step.kind in ("name", "term") and step.label else ""
            text = f": “{shorten(message.text, _LABEL)}”" if message else ""
            parts.append(f"{STEP_KINDS[step.kind]}{label}{text}")
        return " → ".join(parts)


@dataclass(frozen=True, slots=True)
class _Found:
    """A pair before it is chosen: places of the two, the hops between them, and their connection."""

    first: int
    second: int
    hops: tuple[Hop, ...]
    connection: float
    matter: float = MATTERS
    """Least cosine of a word that joins two messages with either of them."""

    @property
    def ends(self) -> list[tuple[int, int]]:
        """Source and target of each hop."""
        return [(hop.source, hop.target) for hop in self.hops]

    @property
    def way(self) -> set[int]:
        """Places of all messages of the path."""
        return {self.first, *(hop.target for hop in self.hops)}


class Sparks:
    """Finds sparks in the memory of one scope."""

    def __init__(self, journal: Journal, recaller: Recaller, embed: Embed, scope: Scope) -> None:
        self._journal = journal
        self._recaller = recaller
        self._embed = embed
        self._scope = scope

    def find(self, topic: str, count: int, session: str = "") -> list[Spark]:
        """At most `count` sparks, the best first; see `Memory.spark`."""
        if count < 1:
            raise UsageError(f"Cannot find {count} sparks.", "Ask for 1 or more.")
        notes: list[str] = []
        self._recaller.catch_up(notes)
        hidden = self._journal.never(self._scope)
        sitting = Sitting(self._journal, self._scope, session)
        about = topic.strip() or next((one.text for one in sitting.asked[::-1] if _says_something(one)), "")
        starts = self._about(about, sitting, notes) if about else self._latest(hidden, sitting)
        for note in dict.fromkeys(notes):
            _log.warning("%s", note)
        vectors = dict(self._recaller.associations.vectors([one.seq for one in starts]))
        found = self._walked(starts, self._avoid(topic, starts), sitting, vectors)
        messages = self._journal.by_seq([*{seq for one in found for seq in one.way}])
        allowed = self._allowed(found, messages, {one.seq for one in starts}, hidden)
        vectors = self._recaller.associations.vectors({seq for one in allowed for seq in one.way} | vectors.keys())
        places = [one.seq for one in starts]
        common = self._common({(hop.kind, hop.label) for one in allowed for hop in one.hops if hop.label})
        allowed = [one for one in allowed if not any((hop.kind, hop.label) in common for hop in one.hops)]
        far = [
            one
            for one in allowed
            if _cosine(vectors, one.first, one.second) < NEAR
            and max(_cosine(vectors, start, one.second) for start in places) < ABOUT
        ]
        far = self._unasked(far, messages)
        return self._chosen(self._meant(far, messages, vectors), messages, vectors, count)

    def _about(self, topic: str, sitting: Sitting, notes: list[str]) -> list[Message]:
        """What the topic evokes by meaning or words rather than by association; where that is nothing, the best."""
        recall = self._recaller.recall(Wish(topic, self._scope, k=3 * STARTS, exclude=sitting.ids))
        notes += recall.notes
        telling = [each for each in recall.recollections if _says_something(each.message)]
        own = [each for each in telling if _matches(each)]
        return [each.message for each in (own or telling[:1])[:STARTS]]

    def _latest(self, hidden: frozenset[str], sitting: Sitting) -> list[Message]:
        """What the user said last, in the latest session in which they said something."""
        for session in self._journal.sessions(self._scope, _SESSIONS):
            said = [
                message
                for message in self._journal.session_messages(session.id, self._scope, _LOOKED)
                if message.role is Role.USER and message.id not in hidden and _says_something(message)
                if message not in sitting
            ]
            if said:
                return said[-STARTS:]
        return []

    def _avoid(self, topic: str, starts: Sequence[Message]) -> list[int]:
        """Nodes that are no surprise: the topic's own words and names, and who says what the walk begins with."""
        scope = self._journal.scope_key(self._scope.key)
        words = topic.lower().split()
        called = {*names(topic), *words, " ".join(words), *(speaker_name(one.speaker) for one in starts)}
        nodes = self._journal.node_keys(scope, NAME, called - {""})
        return [*nodes.values(), *self._journal.node_keys(scope, TERM, set(content_terms(topic))).values()]

    def _dull(self, start: Message, vectors: Vectors) -> list[int]:
        """Nodes of the words and names that do not matter to a message; of a long one its first words."""
        if start.seq not in vectors:
            return []
        text = start.text[:_READ]
        content = set(content_terms(text))
        spelt = [(term, word) for term, word in term_spellings(text).items() if term in content][:_WORDS]
        called = [(name, name) for name in names(text)][:_WORDS]
        meanings = self._embed([word for _, word in (*spelt, *called)])
        dull = [float((vectors[start.seq] @ meaning).max()) < MATTERS for meaning in meanings]
        scope = self._journal.scope_key(self._scope.key)
        terms = [term for (term, _), is_dull in zip(spelt, dull, strict=False) if is_dull]
        others = [name for (name, _), is_dull in zip(called, dull[len(spelt) :], strict=True) if is_dull]
        return [
            *self._journal.node_keys(scope, TERM, terms).values(),
            *self._journal.node_keys(scope, NAME, others).values(),
        ]

    def _walked(
        self, starts: Sequence[Message], avoid: Sequence[int], sitting: Sitting, vectors: Vectors
    ) -> list[_Found]:
        """What a walk from each start reaches, with the hops that carried most."""
        found = []
        for start in starts:
            shunned = [*avoid, *self._dull(start, vectors)]
            reached = self._recaller.associations.spread(
                {start.seq: 1.0}, hops=HOPS, avoid=shunned, kinds=KINDS, past=sitting.places
            )
            pairs = []
            for seq, activation in reached.total.items():
                hops = reached.path(seq)
                if hops and hops[0].source == start.seq and _leads_somewhere(hops):
                    pairs.append(_Found(start.seq, seq, hops, min(1.0, activation) ** (1 / len(hops))))
            pairs.sort(key=lambda one: (-one.connection, -one.second))
            found += [one for one in pairs[:EACH] if one.connection >= LEAST]
        return found

    def _allowed(
        self, found: Iterable[_Found], messages: Mapping[int, Message], starts: set[int], hidden: frozenset[str]
    ) -> list[_Found]:
        """Pairs of different sessions that were not together before, without anything that must not come back."""
        together = {(one, other) for one, other, _ in self._journal.together([*starts])}
        together |= set(self._journal.linked([*starts]))
        kept = []
        for one in found:
            if not one.way <= messages.keys() or any(messages[seq].id in hidden for seq in one.way):
                continue
            if any(hop.target in starts for hop in one.hops):
                continue  # that start is joined to it more closely
            first, second = messages[one.first], messages[one.second]
            apart = first.session != second.session and (one.first, one.second) not in together
            if apart and _says_something(second):
                kept.append(one)
        return kept

    def _unasked(self, found: Sequence[_Found], messages: Mapping[int, Message]) -> list[_Found]:
        """Those of which neither was recalled when the other was asked: a question and what answered it are no news."""
        ends = {messages[seq] for one in found for seq in (one.first, one.second)}
        exchanges = self._journal.exchange(list({one.exchange for one in ends}))
        used = {name: {id_ for one in said for id_ in one.used} for name, said in exchanges.items()}

        def asked(one: Message, other: Message) -> bool:
            return other.id in used.get(one.exchange, ())

        pairs = [(one, messages[one.first], messages[one.second]) for one in found]
        return [one for one, first, second in pairs if not asked(first, second) and not asked(second, first)]

    def _common(self, joins: set[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these (kind, name or term) have no word that is not in many messages ("Thanks Mel", said to Mel)."""
        scope = self._journal.scope_key(self._scope.key)
        most = max(FEW, SHARE * self._journal.trace_totals(scope)[0])
        words = {join: content_terms(join[1]) if join[0] == "name" else [join[1]] for join in joins}
        keys = self._journal.node_keys(scope, TERM, {word for some in words.values() for word in some})
        ordered = sorted(keys.items(), key=lambda pair: pair[1])
        many = self._journal.node_frequencies(np.array([key for _, key in ordered], dtype=np.int64))
        frequent = {word for (word, _), count in zip(ordered, many.tolist(), strict=True) if count > most}
        return {join for join, some in words.items() if frequent.issuperset(some)}

    def _meant(self, found: Sequence[_Found], messages: Mapping[int, Message], vectors: Vectors) -> list[_Found]:
        """Those on whose way every shared word matters to both messages that share it, with how much it does."""
        joins = {
            (hop.source, hop.target): _spelt(hop, messages[hop.target])
            for one in found
            for hop in one.hops
            if hop.label
        }
        words = list(dict.fromkeys(joins.values()))
        meaning = dict(zip(words, self._embed(words), strict=True)) if words else {}

        def matter(ends: tuple[int, int]) -> float:
            word = meaning[joins[ends]]
            return min(float((vectors[end] @ word).max()) if end in vectors else 0.0 for end in ends)

        matters = {ends: matter(ends) for ends in joins}
        told = [
            replace(one, matter=min((matters[ends] for ends in one.ends if ends in matters), default=MATTERS))
            for one in found
        ]
        return [one for one in told if one.matter >= MATTERS]

    def _chosen(self, left: list[_Found], messages: Mapping[int, Message], vectors: Vectors, count: int) -> list[Spark]:
        """The best, by other ways and in other sessions where there are such."""
        used: Counter[tuple[str, str]] = Counter()
        taken: list[int] = []
        sparks: list[Spark] = []

        def marks(one: _Found) -> list[tuple[str, str]]:
            bridges = [(hop.kind, hop.label) for hop in one.hops if hop.label]
            return [*bridges, ("first", messages[one.first].id), ("session", messages[one.second].session)]

        def worth(one: _Found) -> tuple[float, int]:
            again = 1 + sum(used[mark] for mark in marks(one))
            return _worth(one, messages[one.second], _cosine(vectors, one.first, one.second)) / again, one.second

        while left and len(sparks) < count:
            best = max(left, key=worth)
            sparks.append(self._spark(best, messages, _cosine(vectors, best.first, best.second)))
            used.update(marks(best))
            taken.append(best.second)
            exchanges = {messages[seq].exchange for seq in taken}
            left = [
                one
                for one in left
                if messages[one.second].exchange not in exchanges and _cosine(vectors, best.second, one.second) < ALIKE
            ]
        return sparks

    def _spark(self, one: _Found, messages: Mapping[int, Message], cosine: float) -> Spark:
        steps = []
        for hop in one.hops:
            source, target = messages[hop.source], messages[hop.target]
            label = _spelt(hop, target) if hop.label else shorten(source.text, _LABEL)
            steps.append(Step(hop.kind, label, target.id, round(min(1.0, hop.weight), 6)))
        return Spark(
            first=messages[one.first],
            second=messages[one.second],
            path=tuple(steps),
            through=tuple(messages[hop.target] for hop in one.hops[:-1]),
            distance=round(min(1.0, 1 - cosine), 4),
            connection=round(one.connection, 4),
        )


def _leads_somewhere(hops: Sequence[Hop]) -> bool:
    """Not to what was only said beside the end of a way, nor to what is only like something said beside its start."""
    kinds = [hop.kind for hop in hops]
    return kinds[-1] not in _BESIDE and not (kinds[-1] == "similar" and set(kinds[:-1]) & set(_BESIDE))


def _worth(one: _Found, second: Message, cosine: float) -> float:
    """Distance times connection times how much the shared words matter; what is weaker counts half for each reason."""
    weaker = (
        second.role is Role.ASSISTANT and second.origin is Origin.CHAT,
        second.text.rstrip().endswith(("?", "？", "؟")),
        one.hops[0].kind in _BESIDE,
    )
    return (1 - cosine) * one.connection * one.matter * 0.5 ** sum(weaker)


def _matches(item: Recollection) -> bool:
    signals = item.why.signals
    return signals.get("cosine", 0.0) >= NEAR or signals.get("coverage", 0.0) >= _MANY_WORDS


def _says_something(message: Message) -> bool:
    return len(set(content_terms(message.text[:_READ]))) >= LEAST_TERMS


def _spelt(hop: Hop, target: Message) -> str:
    """A shared name or rare word as it is spelt in the message that it leads to."""
    text = f"{target.speaker}: {target.text[:_READ]}"
    if hop.kind == "term":
        return term_spellings(text).get(hop.label, hop.label)
    found = re.search(re.escape(hop.label), text, re.IGNORECASE)
    return found[0] if found else hop.label


def _cosine(vectors: Vectors, one: int, other: int) -> float:
    """Cosine of the nearest passages of two messages; 1 where a vector is missing, as nothing is known of them then."""
    if one not in vectors or other not in vectors:
        return 1.0
    return float((vectors[one] @ vectors[other].T).max())
