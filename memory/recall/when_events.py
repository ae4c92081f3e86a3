"""Times told by an event: "two weeks after the wedding", "the day before my exam", "on Ana's birthday"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory.recall.timespan import DAY, Granularity, TimeSpan, days, midnight, months_on

if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from datetime import datetime

    Anchors = Callable[[str], list[datetime]]

_OWNER = r"(?:the|my|our|your|his|her|their|\w+['’]s)"
_EVENT = (
    rf"(?P<event>{_OWNER} [^\W\d_][\w'’-]*(?: (?!(?:did|do|does|was|were|is|are|we|i|you|he|she|they|it|what|when|where"
    r"|who|how|and|that|with|in|at|on|for|had|has|have|last|this|next)\b)[^\W_][\w'’-]*){0,4})"
)
_YEARLY = r"(?P<yearly>birthday|anniversary|name ?day)"

_SHORTLY, _LASTS = 14, 4


def events(number: str, unit: str) -> tuple[str, ...]:
    """The patterns, made with those of a number and a unit."""
    side = "(?P<side>after|before|following|prior to)"
    alone = "(?P<alone>day|night|evening|morning|week|weekend|month|year)"
    return (
        rf"\b{number} {unit} {side} {_EVENT}",
        rf"\bthe (?:very )?{alone} {side} {_EVENT}",
        rf"\b(?:right|just|shortly|soon|immediately|directly) {side} {_EVENT}",
        rf"\b(?:on|for|at|around|during) (?P<event>{_OWNER} (?:[\w'’]+ ){{0,3}}?{_YEARLY})\b",
        rf"\b(?:during|(?:on )?the day of) {_EVENT}",
    )


def read_event(
    found: re.Match[str],
    now: datetime,
    anchors: Anchors,
    number: Callable[[re.Match[str]], float] | None,
    within: int | None,
) -> TimeSpan | None:
    """What an expression of `events` means; None when the event is not known.

    Args:
        found: the expression.
        now: the moment it is said.
        anchors: from an event's name to when it was, the surest first. The second and third count half.
        number: reads the number of units, where there is one.
        within: the year that was named beside it, for what comes every year.
    """
    groups = found.groupdict()
    if groups.get("yearly"):
        moments = [_occurrence(moment, now, within) for moment in anchors(found["event"])]
    else:
        moments = [moment.astimezone(now.tzinfo) for moment in anchors(found["event"])]
    spans = [_around(found, groups, moment, number) for moment in moments]
    if not spans:
        return None
    first, *more = spans
    return TimeSpan(first.start, first.end, first.granularity, "", tuple((each.start, each.end) for each in more))


def _around(
    found: re.Match[str],
    groups: dict[str, str],
    moment: datetime,
    number: Callable[[re.Match[str]], float] | None,
) -> TimeSpan:
    from memory.recall.when_english import about, shifted

    sign = -1 if (groups.get("side") or "").lower() in ("before", "prior to") else 1
    unit = (groups.get("unit") or groups.get("alone") or "").lower()
    if number is not None:
        return about(shifted(moment, sign * number(found), unit), unit)
    if unit in ("week", "weekend", "month", "year"):
        edge = shifted(moment, sign, unit)
        kind = Granularity.WEEK if unit == "weekend" else Granularity(unit)
        return TimeSpan(min(moment, edge), max(moment, edge), kind)
    if unit:
        return days(moment + sign * DAY)
    if groups.get("side"):
        edge = moment + sign * _SHORTLY * DAY
        return TimeSpan(min(moment, edge), max(moment, edge), Granularity.WEEK)
    return days(moment) if groups.get("yearly") or "day of" in found.group().lower() else days(moment, _LASTS)


def _occurrence(moment: datetime, now: datetime, within: int | None) -> datetime:
    """The latest return of a yearly day that is not after now, or the one in the year `within`."""
    day = midnight(moment.astimezone(now.tzinfo))
    if within is not None:
        return months_on(day, 12 * (within - day.year))
    latest = months_on(day, 12 * (now.year - day.year))
    return latest if latest <= now else months_on(latest, -12)
