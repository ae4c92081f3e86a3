"""Older and newer statements about the same thing: told by their likeness, marked by their time, never dropped.

"I live in Porto" and, a year later, "I live in Lisbon now" have the same words but for one. Both are shown, so that the
model sees what holds now and what held before. No meaning is understood: two meetings on different days look the same
as one that was moved, and "older" and "newest" are true of them too.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from assistant.packing.note import Age, Note
from assistant.packing.repeats import when
from assistant.packing.words import CHANGES, NEGATIONS, content, sentences, words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from memory.types import Message

_ALIKE = 0.6
"""Share of the longer sentence's words that two sentences about the same thing have in common, in order."""

_ALIKE_CHANGED = 0.25
"""The same where the newer one says that something changed."""

_COMPARED = 24
_LONGEST = 24
_SENTENCES = 6
_REPEATED = 0.5
"""Words may stand in a sentence twice: at least this share of those in common are different ones."""
_SOMETHING = frozenset({"i", "my", "we", "our"})
_REMARKS = frozenset({"that", "it", "this", "you", "your", "thanks", "thank", "what", "how", "?"})
"""A sentence that begins so, or asks, is about what somebody else said."""


class Versions:
    """Which of some notes speak of the same thing.

    Args:
        notes: of which at most `_COMPARED` of the first are compared, each with each.
    """

    def __init__(self, notes: Sequence[Note]) -> None:
        some = notes[:_COMPARED]
        told = {note.message.id: _statements(note.message) for note in some}
        self._others: dict[str, set[str]] = {note.message.id: set() for note in notes}
        self._when = {note.message.id: when(note.message) for note in notes}
        for one, other in combinations(some, 2):
            first, second = sorted((one.message, other.message), key=when)
            if _who(first) == _who(second) and when(first)[0] < when(second)[0]:
                pairs = ((a, b) for a in told[first.id] for b in told[second.id])
                if any(about_the_same(old, new) for old, new in pairs):
                    self._others[first.id].add(second.id)
                    self._others[second.id].add(first.id)

    def newer(self, note: Note) -> set[str]:
        """Ids of messages that say something newer about what this note speaks of."""
        own = self._when[note.message.id]
        return {other for other in self._others[note.message.id] if self._when[other] > own}

    def marked(self, notes: Sequence[Note]) -> list[Note]:
        """The notes with their age, where another one of them speaks of the same thing."""
        shown = {note.message.id for note in notes}
        return [self._marked(note, shown) for note in notes]

    def _marked(self, note: Note, shown: Collection[str]) -> Note:
        others = self._others[note.message.id].intersection(shown)
        age = None
        if others:
            age = Age.OLDER if self.newer(note) & others else Age.NEWEST
        return replace(note, beside=replace(note.beside, age=age))

    def turned(self, notes: Sequence[Note]) -> list[Note]:
        """The notes in their order, except that of those about the same thing the newer never stands before the older.

        Those that speak of one thing share out their own places among them; all others stay where they are.
        """
        found = list(notes)
        for group in self._groups(notes):
            places = sorted(found.index(note) for note in group)
            for place, note in zip(places, sorted(group, key=lambda one: when(one.message)), strict=True):
                found[place] = note
        return found

    def _groups(self, notes: Sequence[Note]) -> list[list[Note]]:
        by_id = {note.message.id: note for note in notes}
        left, groups = set(by_id), []
        while left:
            group, reached = [], [next(iter(left))]
            while reached:
                each = reached.pop()
                if each in left:
                    left.discard(each)
                    group.append(by_id[each])
                    reached += self._others[each] & left
            groups.append(group)
        return [group for group in groups if len(group) > 1]


def about_the_same(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    """Whether two sentences (as `words`) say different things about the same: most words are shared, some are not.

    Sentences that share nothing but words like "is" and "my" are not about the same.
    """
    was, is_now = set(content(old)), set(content(new))
    if old == new or not (was & is_now) - _SOMETHING:
        return False
    lost, gained = was - set(new), is_now - set(old)
    turned = not NEGATIONS.isdisjoint(lost | gained) or not CHANGES.isdisjoint(gained)
    if not (lost and gained) and not (turned and (lost or gained)):
        return False
    longer = max(len(old), len(new))
    least = _ALIKE_CHANGED if not CHANGES.isdisjoint(new) and _subject(old) == _subject(new) else _ALIKE
    return len(set(old) & set(new)) >= least * longer * _REPEATED and _in_common(old, new) >= least * longer


def _subject(found: tuple[str, ...]) -> tuple[str, ...]:
    """What a sentence is about, as far as its beginning tells: "my sister", "meeting", "i"."""
    return found[:2] if found[:1] in (("my",), ("our",)) else found[:1]


def _statements(message: Message) -> list[tuple[str, ...]]:
    """The first sentences of a message that tell something of somebody."""
    found = [words(sentence) for sentence in sentences(message.text)]
    telling = [each for each in found if len(each) > 1 and each[0] not in _REMARKS and each[-1] != "?"]
    return [each[:_LONGEST] for each in telling[:_SENTENCES]]


def _who(message: Message) -> tuple[str, str]:
    return (message.speaker.casefold(), message.role.value)


def _in_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        last = 0
        for place, there in enumerate(other, 1):
            last, row[place] = row[place], last + 1 if word == there else max(row[place], row[place - 1])
    return row[-1]
