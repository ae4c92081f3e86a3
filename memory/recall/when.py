"""Time expressions in a cue, resolved offline: "last spring", "two weeks ago", "on 3 March", "a day after the wedding".

What is found is a boost and never a filter: people are vague about time, and so is `match`. English is read by a
grammar (`when_english`), nine more languages by tables (`when_others`). Without a year the latest one in the past is
meant, and other years count half. Seasons are the northern ones unless `southern` is set.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from memory.errors import UsageError
from memory.recall import when_english, when_others
from memory.recall.timespan import Granularity, TimeSpan, days, match, month, year

if TYPE_CHECKING:
    from collections.abc import Callable

    Anchors = Callable[[str], list[datetime]]

_LONGEST = 2000
_FILLER = re.compile(r"\b(?:the|on|in|at|of|by|end|a)\b|[^\w]+", re.IGNORECASE)
_YEAR_OR_MONTH = re.compile(r"(?P<year>(?:19|20)\d\d)(?:-(?P<month>0[1-9]|1[0-2]))?")
_INSTANT = timedelta(microseconds=1)


def span(cue: str, now: datetime, anchors: Anchors | None = None, *, southern: bool = False) -> TimeSpan | None:
    """What time a cue speaks of; None when it speaks of none.

    Args:
        cue: any text; of a very long one the first 2,000 characters are read.
        now: the moment it is said, in the zone of the one who says it (UTC when it has none).
        anchors: from an event's name ("my birthday", "the wedding") to when it was, the surest first; without it
            times that are told by an event are passed over.
        southern: spring begins in September.
    """
    text = cue[:_LONGEST]
    zoned = now if now.tzinfo else now.replace(tzinfo=UTC)
    return when_english.read(text, zoned, anchors, southern) or when_others.read(text, zoned, southern)


def moment(text: str, now: datetime) -> datetime:
    """The moment that a date means to which something is asked "as of": its last instant for a day, a month, a year.

    Takes ISO 8601 (`2027-03-03`, `2027-03-03T18:00`), what `span` reads, and what dateparser reads.
    What has no zone is in that of `now`. Raises `UsageError` for anything else.
    """
    meant = _date(text, now)
    return meant.end - _INSTANT if isinstance(meant, TimeSpan) else meant


def beginning(text: str, now: datetime) -> datetime:
    """The moment from which on a date is meant: its first instant for a day, a month, a year. See `moment`."""
    meant = _date(text, now)
    return meant.start if isinstance(meant, TimeSpan) else meant


def _date(text: str, now: datetime) -> TimeSpan | datetime:
    """What a date and nothing else means. Raises `UsageError` for anything else."""
    try:
        meant = _meant(text, now)
    except (ValueError, OverflowError):  # beyond the years that can be reckoned with
        meant = None
    if meant is None:
        raise UsageError(
            f"{text!r} is no date.", "Write it as 2027-03-03 or 2027-03-03T18:00, or say it: last month, 3 March 2027."
        )
    return meant


def _meant(text: str, now: datetime) -> TimeSpan | datetime | None:
    """A date that is all of a text; None for anything else. Raises `ValueError` or `OverflowError` for what is none."""
    zoned = now if now.tzinfo else now.replace(tzinfo=UTC)
    wanted = " ".join(text.split())
    if (exact := _iso(wanted, zoned)) or (exact := when_english.ago(wanted, zoned)):
        return exact
    meant = span(wanted, zoned)
    if meant is not None and not _FILLER.sub("", wanted.replace(meant.text, " ", 1)):
        return meant
    parsed = when_others.date(wanted, zoned) if wanted else None
    return days(parsed) if parsed else None


def _iso(text: str, now: datetime) -> TimeSpan | datetime | None:
    """A date as numbers, from a year to a moment; None for anything else."""
    if bare := _YEAR_OR_MONTH.fullmatch(text):
        number = int(bare["year"])
        return month(number, int(bare["month"]), now) if bare["month"] else year(number, now)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=now.tzinfo)
    return days(found) if len(text) <= len("2027-03-03") else found


__all__ = ["Granularity", "TimeSpan", "beginning", "match", "moment", "span"]
