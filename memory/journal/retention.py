"""What is too old, or too much: exchanges by age and size, for those who do not want to keep everything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from memory.journal.rows import Part, microseconds
from memory.types import Origin

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from memory.types import Scope

_EXCHANGES = """
    SELECT m.exchange, max(m.time), sum(length(CAST(m.text AS BLOB))),
           max(s.pinned OR EXISTS (SELECT 1 FROM linked WHERE message = m.seq)), min(m.origin)
    FROM messages m JOIN sessions s ON s.key = m.session JOIN scopes c ON c.key = m.scope
    WHERE c.name = ? GROUP BY m.exchange ORDER BY max(m.seq)
"""
"""Name, time and bytes of each exchange, whether somebody took pains to keep it (linked it, pinned its session), and
where it is from, in the journal's order."""


class _Exchange(NamedTuple):
    name: str
    time: int | None
    bytes: int
    exempt: int
    origin: str


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

    def outlived(self, scope: Scope, keep: Keep, now: datetime) -> list[str]:
        """The ids of messages that are not to be kept, in the journal's order, always whole exchanges.

        What is linked by hand or of a pinned session stays. So does, as far as age goes, what was said at an unknown
        time; when there is too much, it goes last. `now` is what the clock shows: what it said before may have been
        wrong, see `_said`.
        """
        with self._db.read() as connection:
            rows = [_Exchange(*row) for row in connection.execute(_EXCHANGES, (scope.key,)).fetchall()]
        times = _said(rows, microseconds(now) or 0)
        oldest_first = sorted(zip(rows, times, strict=True), key=lambda pair: (pair[1] is None, pair[1] or 0))
        least = microseconds(keep.since)
        total = sum(row.bytes for row in rows)
        gone: list[str] = []
        for row, time in oldest_first:
            too_old = least is not None and time is not None and time < least
            too_much = keep.bytes is not None and total > keep.bytes
            if not row.exempt and (too_old or too_much):
                gone.append(row.name)
                total -= row.bytes
        if not gone:
            return []
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT m.id FROM messages m JOIN scopes c ON c.key = m.scope"
                " WHERE c.name = ? AND m.exchange IN (SELECT value FROM json_each(?)) ORDER BY m.seq",
                (scope.key, json.dumps(gone)),
            )
            return [row[0] for row in found.fetchall()]


def _said(rows: Iterable[_Exchange], now: int) -> list[int | None]:
    """When each exchange was said, in microseconds, as far as the order tells more than the clock did.

    What was said here is not older than what was said before it: a clock that stood in the past makes nothing old.
    What seems to be of the future was not said later than what follows it: it does not stay for ever.
    """
    exchanges = list(rows)
    times: list[int | None] = []
    latest: int | None = None
    for one in exchanges:
        time = one.time
        if one.origin == Origin.CHAT and time is not None and time <= now:
            time = latest = max(time, latest if latest is not None else time)
        times.append(time)
    following: int | None = None
    for place in reversed(range(len(exchanges))):
        time = times[place]
        if exchanges[place].origin != Origin.CHAT or time is None:
            continue
        if time > now and following is not None:
            time = times[place] = following
        if time <= now:
            following = time
    return times
