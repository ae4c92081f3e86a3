"""Undo: what was forgotten a moment ago, held in this process alone until it ends or the next is forgotten.

Forgetting stays what it is: when it returns, no byte is left on the disk. Who can still undo it is the one who asked
for it, while the program runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memory.associations.tracing import trace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memory.memory import Memory
    from memory.types import Feedback, Message


@dataclass(frozen=True, slots=True)
class Held:
    """What was forgotten and can be put back.

    Attributes:
        messages: in the order of the journal.
        titles: session -> title that was set by hand or derived.
        pins: ids of those that were pinned.
        verdicts: what was said of them.
    """

    messages: tuple[Message, ...]
    titles: Mapping[str, str]
    pins: frozenset[str]
    verdicts: tuple[Feedback, ...]


def forget(memory: Memory, ids: Sequence[str]) -> Held:
    """Forget messages, and hold them. Raises what `Memory.forget` raises."""
    messages = memory.journal.listed(memory.scope, ids=ids, order="oldest", limit=max(1, len(ids)))
    messages.sort(key=lambda one: one.seq)
    known = {one.id for one in messages}
    titles = {session: memory.session(session).title for session in {one.session for one in messages}}
    pins = frozenset(one.id for one in memory.journal.pinned(memory.scope) if one.id in known)
    verdicts = tuple(each for each in memory.feedback_of() if each.message_id in known)
    gone = set(memory.forget(messages=[*dict.fromkeys(ids)]).messages)
    return Held(tuple(one for one in messages if one.id in gone), titles, pins, verdicts)


def restore(memory: Memory, held: Held) -> int:
    """Put back what is held, with its ids, places, pins and verdicts; how many messages that are.

    Links by hand, and what was recalled for an answer, are not brought back.
    """
    whole = {session for session in held.titles if not memory.session_messages(session, 1)}
    done = memory.journal.restore(held.messages, memory.scope, trace)
    for session in whole:
        derived = memory.session(session).title
        if derived != held.titles[session]:
            memory.rename(session, held.titles[session])
    memory.journal.pin(sorted(held.pins), memory.scope)
    for each in reversed(held.verdicts):
        memory.feedback(each.message_id, each.verdict, each.cue)
    return done
