"""Which notes go into a prompt, and in which order they stand there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.packing.note import NOTHING, Note
from assistant.packing.repeats import collapse, when

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.packing.note import Beside
    from assistant.packing.versions import Versions
    from memory.types import Recollection

_JOIN = 2
"""Tokens that may appear where a note is joined to the next."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much goes in.

    Attributes:
        notes: most notes.
        tokens: most tokens of all of them.
        by_exchange: a note is its whole exchange, so that another of the same exchange costs nothing.
    """

    notes: int
    tokens: int
    by_exchange: bool


class Chosen:
    """The notes that go into one prompt, best first.

    Attributes:
        notes: with what stands beside each, without their ages, which depend on what else is shown.
        versions: which of them speak of the same thing.
    """

    def __init__(self, notes: list[Note], versions: Versions) -> None:
        self.notes = notes
        self.versions = versions

    def ordered(self, *, best_last: bool) -> list[Note]:
        """As they stand in the prompt, with their ages: in the order of time, or in that of worth with the best last.

        Of notes about the same thing the newer stands after the older in both.
        """
        if best_last:
            placed = self.versions.turned(self.notes[::-1])
        else:
            placed = sorted(self.notes, key=lambda each: when(each.message))
        return self.versions.marked(placed)


def noted(
    found: Sequence[Recollection], around: Mapping[str, Beside], characters: int
) -> tuple[list[Note], list[Recollection]]:
    """Recollections, best first, as notes with what stands beside them, and those that are left out as repetitions."""
    notes, again = collapse(found, characters)
    made = []
    for note in notes:
        near = around.get(note.message.id, NOTHING)
        made.append(replace(note, beside=replace(note.beside, before=near.before, after=near.after)))
    return made, again


def choose(notes: Sequence[Note], costs: Sequence[int], room: Room, versions: Versions) -> tuple[Chosen, list[Note]]:
    """The best notes that find room, and those that do not.

    A note whose matter has newer notes takes these with it, the newest first, as what no longer holds must not stand
    alone.

    Args:
        notes: best first.
        costs: tokens of each.
        room: how much goes in.
        versions: of these notes.
    """
    cost = {note.message.id: size for note, size in zip(notes, costs, strict=True)}
    by_id = {note.message.id: note for note in notes}
    chosen: list[Note] = []
    left: list[Note] = []
    tried: set[str] = set()
    exchanges: set[str] = set()
    tokens = room.tokens
    for each in notes:
        newer = sorted((by_id[one] for one in versions.newer(each)), key=lambda one: when(one.message), reverse=True)
        for note in (*newer, each):
            if note.message.id in tried:
                continue
            tried.add(note.message.id)
            again = room.by_exchange and note.message.exchange in exchanges
            if again or (len(chosen) < room.notes and cost[note.message.id] + _JOIN <= tokens):
                chosen.append(note)
                tokens -= 0 if again else cost[note.message.id] + _JOIN
                exchanges.add(note.message.exchange)
            else:
                left.append(note)
    return Chosen(chosen, versions), left
