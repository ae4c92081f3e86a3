"""Which messages are meant: by id, by session, by when they were said. Shared by what exports and what forgets."""

# ruff: noqa: S608 - conditions are put together from constants alone

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from memory.journal.rows import microseconds, storable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memory.types import Selection

Values = dict[str, object]


def chosen(selection: Selection, message: str = "m", session: str = "s") -> tuple[str, Values]:
    """A condition on messages and their sessions, by the names that they have in a query, and its values.

    Nothing but what has to be looked at stands in the condition, so that an index is used where there is one.
    """
    named = [
        f"{column} IN (SELECT value FROM json_each(:{name}))"
        for column, name, ids in (
            (f"{message}.id", "messages", selection.messages),
            (f"{session}.id", "sessions", selection.sessions),
        )
        if ids
    ]
    span = [
        f"{message}.time {sign} :{name}"
        for sign, name, time in ((">=", "since", selection.since), ("<=", "until", selection.until))
        if time is not None
    ]
    named = ["1"] if selection.everything else named or ["0"]
    condition = " AND ".join([f"({' OR '.join(named)})", *span])
    return condition, {
        "messages": _ids(selection.messages),
        "sessions": _ids(selection.sessions),
        "since": microseconds(selection.since),
        "until": microseconds(selection.until),
    }


def _ids(names: Sequence[str]) -> str:
    return json.dumps([storable(one) for one in names])
