"""Pinned memories as recollections: what the user wants the model to see whenever there is room for it.

A pin changes nothing about what a cue evokes or how it is ranked: those figures are measured, and a memory that came
always would crowd out what was asked for. It is offered to the prompt after everything that was evoked, so it costs a
note no place and can only fill one that would have stayed empty.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from memory.types import Recollection, Step, Why

if TYPE_CHECKING:
    from collections.abc import Collection

    from memory.memory import Memory
    from memory.types import Recall

MOST = 12
"""So many pins are offered, the latest first."""


def with_pins(recall: Recall, memory: Memory, exclude: Collection[str] = ()) -> Recall:
    """`recall` with the pinned messages that are not in it already, without those of `exclude` and the never ones."""
    pinned = memory.journal.pinned(memory.scope, MOST + len(exclude))
    if not pinned:
        return recall
    hidden = {*exclude, *memory.journal.never(memory.scope), *(each.message.id for each in recall.recollections)}
    wanted = [one for one in pinned if one.id not in hidden][:MOST]
    exchanges = memory.journal.exchange([one.exchange for one in wanted])
    made = [
        Recollection(one, exchanges.get(one.exchange, (one,)), 0.0, Why({}, (Step("pinned", "", one.id, 1.0),)))
        for one in wanted
    ]
    return replace(recall, pinned=tuple(made))
