"""Long ago: something that the user told about a month, half a year or some years ago, to be led back to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from assistant.wording import tells

if TYPE_CHECKING:
    from datetime import datetime

    from memory.memory import Memory
    from memory.types import Message

AGO = tuple(timedelta(days=days) for days in (30.44, 182.6, 365.25, 730.5, 1095.75))
"""So long ago: a month, half a year, one year, two and three."""
AROUND = timedelta(days=3.5)
_SHORTEST, _LONGEST = 40, 300
_LOOKED_AT = 200


def told_long_ago(memory: Memory, now: datetime) -> Message | None:
    """What the user told in the week that lies a month, half a year or some years back; None for nothing.

    It is one thing the whole day, and another the next. What asks or wants something done is passed over, and so is
    what is short or long, is called outdated or must never come back, or holds a secret.
    """
    from memory.secrets.find import REMOVED, find

    spans = [(now - ago - AROUND, now - ago + AROUND) for ago in AGO]
    said = memory.journal.said_in(memory.scope, spans, (_SHORTEST, _LONGEST), _LOOKED_AT)
    told = [one for one in said if tells(one.text) and not REMOVED.search(one.text)]
    for at in range(len(told)):
        one = told[(now.toordinal() + at) % len(told)]
        if not find(one.text):
            return one
    return None
