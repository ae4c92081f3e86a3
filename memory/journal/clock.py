"""The clock as it was seen: whether the time of this machine can be believed where something is forgotten by it.

A clock that is years ahead (a battery that is empty, a machine that was resumed, a date mistyped) makes everything look
old, and what is forgotten is gone. So a time that is much later than the last one is doubted until the clock was seen
to go on from there for a day. One who really was away has to wait for that day, and for no more. A clock that goes back
takes what it said before with it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from memory.journal.rows import Part, microseconds, moment

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

BORNE_OUT = timedelta(days=1)
"""A time that was doubted is believed when the clock is seen this much later, and was not seen earlier meanwhile."""
_NAME = "clock"
_NEWEST = "SELECT max(time) FROM messages WHERE time <= ?"


@dataclass(frozen=True, slots=True)
class Clock:
    """What the clock has said.

    Attributes:
        trusted: the newest time that is believed; nothing is older than it says. None when there is none.
        doubted: the first time after a leap that nothing has borne out yet; None when the clock is believed.
    """

    trusted: datetime | None = None
    doubted: datetime | None = None


def seen(before: Clock, now: datetime, leap: timedelta) -> Clock:
    """What is known of the clock when it shows `now`; further than `leap` after the last time is a leap."""
    trusted, doubted = before.trusted, before.doubted
    if doubted and now < doubted:
        doubted = None
    if trusted and now < trusted:
        trusted = now
    if doubted and now - doubted >= BORNE_OUT:
        trusted, doubted = doubted, None
    if trusted and now - trusted <= leap:
        return Clock(now)
    return Clock(trusted, doubted or now)


class Clocks(Part):
    """The part of the journal that keeps what the clock has said. It is a row of `meta`."""

    def see_clock(self, now: datetime, leap: timedelta, *, record: bool = True, asked: bool = False) -> Clock:
        """What is known of the clock now that it shows `now`, which is kept with `record`; see `seen`.

        Where nothing was kept yet, the newest message that is not of the future stands for it; when the user `asked`
        for what is forgotten by it, the clock is believed there.
        """
        if not record:
            with self._db.read() as connection:
                return seen(_read(connection, now, asked), now, leap)
        with self._db.write(durable=False) as connection:
            clock = seen(_read(connection, now, asked), now, leap)
            _keep(connection, clock)
        return clock

    def believe_clock(self, now: datetime) -> None:
        """Believe the clock: the user says that it is right."""
        with self._db.write() as connection:
            _keep(connection, Clock(now))


def _read(connection: sqlite3.Connection, now: datetime, asked: bool) -> Clock:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (_NAME,)).fetchone()
    try:
        if row:
            kept = json.loads(row[0])
            return Clock(*(moment(None if kept[name] is None else int(kept[name])) for name in ("trusted", "doubted")))
    except (ValueError, TypeError, KeyError, OverflowError):
        pass  # nothing that can be read is kept: as if nothing were
    if asked:
        return Clock(now)
    return Clock(moment(connection.execute(_NEWEST, (microseconds(now),)).fetchone()[0]))


def _keep(connection: sqlite3.Connection, clock: Clock) -> None:
    value = json.dumps({"trusted": microseconds(clock.trusted), "doubted": microseconds(clock.doubted)})
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_NAME, value))
