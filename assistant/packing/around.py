"""What has to stand beside a recollection so that it is understood: a reply's question, a question's reply.

"Yes, in May" says nothing alone. An exchange begins with the user's message, so the answer of the assistant has its
question with it; what the user, or the other of two people, answers to a question is in the next exchange, and is
looked up here, for the few recollections that need it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.packing.note import NOTHING, Beside

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from memory.memory import Memory
    from memory.types import Message, Recollection

_SHORT = 6
_LOOSE = 12
_PAUSE = 6 * 3600.0
"""After so many seconds a message is no longer the reply to the one before it."""

_LEANS = re.compile(
    r"(?:well|oh|ah|hm+|haha|um+)?[\s,.!…-]*(?:yes|yeah|yep|yup|no|nope|nah|sure|of course|exactly|right|definitely"
    r"|absolutely|true|both|neither|not (?:yet|really)|maybe|probably|because|since|about|around|in|on|at|from|with|by"
    r"|to|for|it|it's|that|that's|they|they're|he|she|he's|she's|those|these|this|mostly|usually|only|just|\d+)\b",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"[\s\"'”’)*_]+$")
_AFTERTHOUGHT = re.compile(r"\s*\[[^\[\]\n]*\]\s*$")


def asks(text: str) -> bool:
    """Whether a text ends in a question; a remark in square brackets after it (a shared photo) does not count."""
    end = _TRAILING.sub("", _AFTERTHOUGHT.sub("", text))
    return end.endswith(("?", "？", "؟"))


def leans(text: str) -> bool:
    """Whether a text is a fragment that means little without what it replies to: very short, or elliptical."""
    count = len(text.split())
    return count <= _SHORT or (count <= _LOOSE and bool(_LEANS.match(text.strip())))


def surroundings(memory: Memory, found: Sequence[Recollection], hidden: Collection[str] = ()) -> dict[str, Beside]:
    """Id of a message -> what has to stand beside it, for those that need something.

    Args:
        memory: where they were recalled from.
        found: the recollections.
        hidden: ids of messages that must not be shown, such as those that stand in the prompt already. What the user
            said must never come back is hidden anyway.
    """
    wanted = [each.message for each in found if asks(each.message.text) or leans(each.message.text)]
    if not wanted:
        return {}
    near = memory.journal.neighbours([message.seq for message in wanted], 1)
    places = {seq for pairs in near.values() for seq, _ in pairs}
    there = memory.journal.by_seq(sorted(places))
    barred = {*hidden, *memory.journal.never(memory.scope)}
    seen: dict[str, Beside] = {}
    for message in wanted:
        beside = {step: there[seq] for seq, step in near.get(message.seq, ()) if seq in there}
        made = _beside(message, beside, barred)
        if made != NOTHING:
            seen[message.id] = made
    return seen


def _beside(message: Message, near: Mapping[int, Message], barred: Collection[str]) -> Beside:
    def fit(other: Message | None) -> Message | None:
        return other if other and other.id not in barred and _talks_with(other, message) else None

    before, after = fit(near.get(-1)), fit(near.get(1))
    if before and not (asks(before.text) and leans(message.text)):
        before = None
    if after and not (asks(message.text) and not asks(after.text)):
        after = None
    return Beside(before=before, after=after)


def _talks_with(one: Message, other: Message) -> bool:
    """Whether the two were said by different people, one right after the other."""
    if (one.role, one.speaker) == (other.role, other.speaker):
        return False
    return not one.time or not other.time or abs((one.time - other.time).total_seconds()) <= _PAUSE
