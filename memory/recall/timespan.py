"""TimeSpan: a stretch of time that words mean, and how well a moment fits it. Calendar arithmetic around it."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

DAY = timedelta(days=1)
_LEAST = 0.05
_OTHERS = 0.5


class Granularity(StrEnum):
    """How exact a time is meant."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    SEASON = "season"
    YEAR = "year"


HALVED = {
    Granularity.HOUR: timedelta(hours=2),
    Granularity.DAY: timedelta(days=1),
    Granularity.WEEK: timedelta(days=4),
    Granularity.MONTH: timedelta(days=10),
    Granularity.SEASON: timedelta(days=21),
    Granularity.YEAR: timedelta(days=60),
}
"""At this distance from a span a moment fits it half as well as inside."""


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """What a time expression means.

    Attributes:
        start, end: from the first moment up to but not with the last.
        granularity: how exact it is meant.
        text: the expression, as it stands in the cue.
        others: further spans that may be meant, such as the same month of other years; they count half.
    """

    start: datetime
    end: datetime
    granularity: Granularity
    text: str = ""
    others: tuple[tuple[datetime, datetime], ...] = ()


def match(span: TimeSpan, time: datetime | None) -> float:
    """How well a moment fits a span, from 0 to 1: 1 inside, halved with every `HALVED` outside, 0 when far or unknown.

    A time without a zone is taken as UTC.
    """
    if time is None:
        return 0.0
    moment = time if time.tzinfo else time.replace(tzinfo=UTC)
    halved = HALVED[span.granularity]
    best = _fit(span.start, span.end, moment, halved)
    for start, end in span.others:
        best = max(best, _OTHERS * _fit(start, end, moment, halved))
    return best if best >= _LEAST else 0.0


def _fit(start: datetime, end: datetime, moment: datetime, halved: timedelta) -> float:
    if start <= moment < end:
        return 1.0
    away = start - moment if moment < start else moment - end
    return float(0.5 ** min(64.0, away / halved))


def midnight(time: datetime) -> datetime:
    """The beginning of a moment's day."""
    return time.replace(hour=0, minute=0, second=0, microsecond=0)


def months_on(time: datetime, count: int) -> datetime:
    """The same day `count` months later (earlier when negative), or the last day of that month when it is shorter."""
    index = time.year * 12 + time.month - 1 + count
    year, month = divmod(index, 12)
    return time.replace(year=year, month=month + 1, day=min(time.day, monthrange(year, month + 1)[1]))


def days(first: datetime, count: int = 1, granularity: Granularity = Granularity.DAY) -> TimeSpan:
    """`count` whole days from the day of `first` on."""
    start = midnight(first)
    return TimeSpan(start, start + count * DAY, granularity)


def month(year: int, number: int, like: datetime, granularity: Granularity = Granularity.MONTH) -> TimeSpan:
    """A month, in the zone of `like`."""
    start = midnight(like).replace(year=year, month=number, day=1)
    return TimeSpan(start, months_on(start, 1), granularity)


def year(number: int, like: datetime) -> TimeSpan:
    """A calendar year, in the zone of `like`."""
    start = midnight(like).replace(year=number, month=1, day=1)
    return TimeSpan(start, start.replace(year=number + 1), Granularity.YEAR)


def week(of: datetime) -> TimeSpan:
    """The week from Monday that holds a moment."""
    return days(of - of.weekday() * DAY, 7, Granularity.WEEK)


SEASONS = ("spring", "summer", "autumn", "winter")


def season(name: str, of_year: int, like: datetime, southern: bool = False) -> TimeSpan:
    """A season of three whole months, named after the year in which it begins.

    In the north spring begins in March, in the south in September; each of the others three months after the last.
    """
    first = (2 + 3 * SEASONS.index(name) + (6 if southern else 0)) % 12 + 1
    start = midnight(like).replace(year=of_year, month=first, day=1)
    return TimeSpan(start, months_on(start, 3), Granularity.SEASON)


def yearly(span: TimeSpan) -> TimeSpan:
    """A span whose year was not said: the same of the nine years before and the one after may be meant too."""
    others = []
    for by in (*range(-1, -10, -1), 1):
        start = months_on(span.start, 12 * by)
        others.append((start, start + (span.end - span.start)))
    return TimeSpan(span.start, span.end, span.granularity, span.text, tuple(others))
