"""What is too old, or too much: exchanges by age and size, for those who do not want to keep everything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memory.journal.rows import Part, microseconds

if TYPE_CHECKING:
    from datetime import datetime

    from memory.types import Scope

_EXCHANGES = """
    SELECT m.exchange, max(m.time), sum(length(CAST(m.text AS BLOB))),
           max(s.pinned OR EXISTS (SELECT 1 FROM linked WHERE message = m.seq))
    FROM messages m JOIN sessions s ON s.key = m.session JOIN scopes c ON c.key = m.scope
    WHERE c.name = ? GROUP BY m.exchange ORDER BY max(m.seq)
"""
"""Name, time and bytes of each exchange, and whether somebody took pains to keep it (linked it, pinned its session)."""


@dataclass(frozen=True, slots=True)
class Keep:
    """What is kept.

    Attributes:
        since: exchanges whose last message was said before go; None keeps them.
        bytes: of text (UTF-8) at most; while there is more the oldest exchange goes. None keeps all.
    """

    since: datetime | None = None
    bytes: int | None = None


class Retention(Part):
    """The part of the journal that knows what has outlived its time."""

    def outlived(self, scope: Scope, keep: Keep) -> list[str]:
        """The ids of messages that are not to be kept, in the journal's order, always whole exchanges.

        What is linked by hand or of a pinned session stays. So does, as far as age goes, what was said at an unknown
        time; when there is too much, it goes last.
        """
        with self._db.read() as connection:
            rows = connection.execute(_EXCHANGES, (scope.key,)).fetchall()
        oldest_first = sorted(rows, key=lambda row: (row[1] is None, row[1] or 0))
        least = microseconds(keep.since)
        total = sum(row[2] for row in rows)
        gone: list[str] = []
        for exchange, time, size, exempt in oldest_first:
            too_old = least is not None and time is not None and time < least
            too_much = keep.bytes is not None and total > keep.bytes
            if not exempt and (too_old or too_much):
                gone.append(exchange)
                total -= size
        if not gone:
            return []
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT m.id FROM messages m JOIN scopes c ON c.key = m.scope"
                " WHERE c.name = ? AND m.exchange IN (SELECT value FROM json_each(?)) ORDER BY m.seq",
                (scope.key, json.dumps(gone)),
            )
            return [row[0] for row in found.fetchall()]
