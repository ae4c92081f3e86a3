"""The English grammar of time expressions. One table of patterns, the surest first; each has a reader of its own."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from memory.recall.timespan import (
    DAY,
    SEASONS,
    Granularity,
    TimeSpan,
    days,
    midnight,
    month,
    months_on,
    season,
    week,
    year,
    yearly,
)
from memory.recall.when_events import events, read_event

if TYPE_CHECKING:
    from collections.abc import Callable

    Anchors = Callable[[str], list[datetime]]
    Found = re.Match[str]

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
           "december")  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = r"(?P<month>" + "|".join(_MONTHS) + r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?(?!['’]s|[-‐]\w)"
_WEEKDAY = "(?P<weekday>" + "|".join(_DAYS) + ")"
_SEASON = r"(?P<season>spring|summer|autumn|fall|winter)"
_YEAR = r"(?P<year>(?:19|20)\d\d)\b"
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "couple": 2, "few": 3, "several": 5, "half": 0.5,
}  # fmt: skip
_NUMBER = (
    r"(?P<number>\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:an? )?(?:couple(?: of)?"
    r"|few)|several|half an?)"
)
_UNIT = r"(?P<unit>minute|hour|day|night|week|fortnight|weekend|month|year|decade)s?"
_ORDINAL = r"(?P<day>[0-3]?\d)(?P<suffix>st|nd|rd|th)?"
_COUNTED = (
    r"(?! (?:words|people|miles|steps|euros|dollars|pieces|times|met(?:er|re)s|calories|km|characters|percent|of)\b)"
)
_VERBS = ("may", "march", "mar")
_PAST = {"last", "past", "this past", "previous"}


class _At(NamedTuple):
    """From where a cue is read."""

    now: datetime
    anchors: Anchors | None
    southern: bool


def read(text: str, now: datetime, anchors: Anchors | None, southern: bool) -> TimeSpan | None:
    """The first expression of the surest kind in an English text; None when there is none."""
    if not _LIKELY.search(text):
        return None
    at = _At(now, anchors, southern)
    for pattern, reader in _GRAMMAR:
        for found in pattern.finditer(text):
            try:
                meant = reader(found, at)
            except (ValueError, OverflowError):
                continue  # 31 June, or 9,000 years ago
            if meant is not None:
                return TimeSpan(meant.start, meant.end, meant.granularity, found.group().strip(), meant.others)
    return None


def ago(text: str, now: datetime) -> datetime | None:
    """The exact moment when a text is "two weeks ago" and nothing else."""
    found = _AGO.fullmatch(text)
    return shifted(now, -_number(found), found["unit"].lower()) if found else None


def shifted(time: datetime, count: float, unit: str) -> datetime:
    """`count` units later; earlier when negative."""
    unit = {"night": "day", "fortnight": "week", "weekend": "week", "decade": "year"}.get(unit, unit) if unit else unit
    if unit in ("month", "year"):
        return months_on(time, round(count * (12 if unit == "year" else 1)))
    return time + timedelta(**{f"{unit}s": count})


def about(middle: datetime, unit: str) -> TimeSpan:
    """What is meant by a moment that was told in these units: "three months ago" is no day."""
    if unit in ("minute", "hour"):
        return TimeSpan(middle - timedelta(hours=1), middle + timedelta(hours=1), Granularity.HOUR)
    if unit in ("day", "night"):
        return days(middle)
    if unit in ("week", "fortnight", "weekend"):
        return days(middle - 3 * DAY, 7, Granularity.WEEK)
    if unit == "month":
        return days(middle - 15 * DAY, 31, Granularity.MONTH)
    return days(middle - 182 * DAY, 365, Granularity.YEAR)


def _number(found: Found) -> float:
    words = found["number"].lower().split()
    value = 0.5 if words[0] == "half" else _NUMBERS.get(words[-1] if words[-1] != "of" else words[-2])
    count = float(words[0]) if value is None else float(value)
    return count * {"fortnight": 2, "decade": 10}.get(found["unit"].lower(), 1)


def _month_number(found: Found) -> int | None:
    """1 to 12; None where a verb may be meant: "may" and "march" in small letters, unless something makes it sure."""
    raw = found["month"].rstrip(".")
    groups = found.groupdict()
    sure = any(groups.get(name) for name in ("suffix", "year", "within", "part"))
    if raw in _VERBS and not sure:
        return None
    return next(place for place, name in enumerate(_MONTHS, 1) if name.startswith(raw.lower()[:3]))


def _latest(make: Callable[[int], TimeSpan], at: _At) -> TimeSpan:
    """The latest one that has begun, of those that `make` gives for a year."""
    this = make(at.now.year)
    return this if this.start <= at.now else make(at.now.year - 1)


def _iso(found: Found, at: _At) -> TimeSpan:
    if not found["d"]:
        return month(int(found["y"]), int(found["m"]), at.now)
    return days(midnight(at.now).replace(year=int(found["y"]), month=int(found["m"]), day=int(found["d"])))


def _figures(found: Found, at: _At) -> TimeSpan | None:
    """3.4.2027 and 3/4/2027 are the third of April; the latter may also be the fourth of March, which counts half."""
    one, two, of = int(found["one"]), int(found["two"]), int(found["of"])
    meant = [(one, two)] if found["sep"] == "." else [(one, two), (two, one)]
    base = midnight(at.now)
    made = [days(base.replace(year=of, month=month, day=day)) for day, month in meant if 1 <= month <= 12]
    if not made:
        return None
    others = tuple((each.start, each.end) for each in made[1:])
    return TimeSpan(made[0].start, made[0].end, Granularity.DAY, "", others)


def _date(found: Found, at: _At) -> TimeSpan | None:
    number, day = _month_number(found), int(found["day"])
    if number is None or not 1 <= day <= 31:
        return None
    base = midnight(at.now)
    if found["year"]:
        return days(base.replace(year=int(found["year"]), month=number, day=day))
    if (number, day) == (2, 29):
        of = next(year for year in range(at.now.year, at.now.year - 9, -1) if year % 4 == 0)
        return days(base.replace(year=of, month=2, day=29))
    return yearly(_latest(lambda of: days(base.replace(year=of, month=number, day=day)), at))


def _month(found: Found, at: _At) -> TimeSpan | None:
    number = _month_number(found)
    if number is None:
        return None
    if found.groupdict().get("year"):
        return _part(month(int(found["year"]), number, at.now), found["part"] or "")
    which = (found.groupdict().get("which") or "").lower()
    if which == "next":
        of = at.now.year + (number <= at.now.month)
    elif which in _PAST:
        of = at.now.year - (number >= at.now.month)
    else:
        of = at.now.year - (number > at.now.month and which != "this")
    made = _part(month(of, number, at.now), found["part"] or "")
    return made if which else yearly(made)


def _part(whole: TimeSpan, part: str) -> TimeSpan:
    """The beginning, middle or end of a month or a year: a third of it."""
    part = part.lower()
    if not part:
        return whole
    third = (whole.end - whole.start) / 3
    place = 0 if part.startswith(("early", "beg", "start")) else 1 if part.startswith("mid") else 2
    start = whole.start + place * third
    finer = Granularity.WEEK if whole.granularity is Granularity.MONTH else Granularity.SEASON
    return TimeSpan(start, start + third, finer)


def _year(found: Found, at: _At) -> TimeSpan:
    return _part(year(int(found["year"]), at.now), found["part"] or "")


def _season(found: Found, at: _At) -> TimeSpan | None:
    name = found["season"].lower().replace("fall", "autumn")
    groups = found.groupdict()
    if groups.get("year"):
        of = int(groups["year"])
        made, before = (season(name, year, at.now, at.southern) for year in (of, of - 1))
        others = ((before.start, before.end),) if made.end.year > made.start.year else ()
        return TimeSpan(made.start, made.end, made.granularity, "", others)
    which = (groups.get("which") or "").lower()
    begun = _latest(lambda of: season(name, of, at.now, at.southern), at)
    if which in _PAST:
        return begun if begun.end <= at.now else season(name, begun.start.year - 1, at.now, at.southern)
    if which == "next":
        return season(name, begun.start.year + 1, at.now, at.southern)
    if which == "this":
        coming = season(name, at.now.year, at.now, at.southern)
        return begun if begun.end > at.now else coming
    return yearly(begun)


def _ago(found: Found, at: _At) -> TimeSpan:
    unit, count = found["unit"].lower(), _number(found)
    if "half" in (found.groupdict().get("more") or ""):
        count, unit = (count + 0.5) * 12, "month"
    return about(shifted(at.now, -count, unit), unit)


def _lately(found: Found, at: _At) -> TimeSpan:
    unit = found["unit"].lower()
    count = _number(found) if found["number"] else {"fortnight": 2, "decade": 10}.get(unit, 1)
    start = shifted(at.now, -count, unit)
    kinds = {"minute": "hour", "night": "day", "fortnight": "week", "weekend": "week", "decade": "year"}
    return TimeSpan(start, at.now, Granularity(kinds.get(unit, unit)))


def _relative(found: Found, at: _At) -> TimeSpan | None:
    """Last, this or next week, weekend, month or year; or the one before last."""
    which, unit = (found.groupdict().get("which") or "").lower(), found["unit"].lower()
    by = -1 if which in _PAST else 1 if which in ("next", "coming") else 0 if which == "this" else -2
    if unit == "weekend":
        return days(week(at.now).start + (5 + 7 * by) * DAY, 2)
    if unit == "week":
        return week(at.now + 7 * by * DAY)
    if unit == "month":
        first = months_on(midnight(at.now).replace(day=1), by)
        return month(first.year, first.month, first)
    return year(at.now.year + by, at.now)


def _fixed(found: Found, at: _At) -> TimeSpan:
    text = " ".join(found.group().lower().split())
    if text == "the other day":
        return days(at.now - 8 * DAY, 7, Granularity.WEEK)
    by = 1 if "tomorrow" in text else -1 if "yesterday" in text or text == "last night" else 0
    return days(at.now + by * (2 if "the day" in text else 1) * DAY)


def _weekday(found: Found, at: _At) -> TimeSpan:
    """The latest such day before today; with "next" the first after it; "of last week" in that week."""
    place = _DAYS.index(found["weekday"].lower())
    which = (found["which"] or "").lower()
    today = midnight(at.now)
    if found["week"]:
        return days(week(today - 7 * DAY).start + place * DAY)
    before = today - ((today.weekday() - place - 1) % 7 + 1) * DAY
    if which == "next":
        return days(before + (7 if before + 7 * DAY > today else 14) * DAY)
    if which in _PAST:
        return days(before)
    ahead = before + 7 * DAY
    return TimeSpan(before, before + DAY, Granularity.DAY, "", ((ahead, ahead + DAY),))


_FEASTS = {"christmas": (12, 24, 3), "xmas": (12, 24, 3), "new year": (12, 31, 2), "halloween": (10, 31, 1),
           "valentine": (2, 14, 1)}  # fmt: skip


def _feast(found: Found, at: _At) -> TimeSpan:
    first, day, count = next(when for name, when in _FEASTS.items() if found["feast"].lower().startswith(name))
    base = midnight(at.now)

    def make(of: int) -> TimeSpan:
        return days(base.replace(year=of, month=first, day=day), count)

    if found["year"]:
        return make(int(found["year"]))
    latest = _latest(make, at)
    return make(latest.start.year + 1) if (found["which"] or "").lower() == "next" else yearly(latest)


def _beside_date(found: Found, at: _At) -> TimeSpan | None:
    """ "Two weeks before 11 August", "the weekend before 4 October": so far from a date that is told."""
    rest = found.string[found.end() :]
    told = read(rest, at.now, None, at.southern)
    if told is None or rest.find(told.text) > len("the "):
        return None
    sign = -1 if found["side"].lower() == "before" else 1
    if found["number"]:
        unit = found["unit"].lower()
        return about(shifted(told.start, sign * _number(found), unit), unit)
    unit = found["alone"].lower()
    if unit == "weekend":
        return days(week(told.start).start + (5 - 7 * (sign < 0)) * DAY, 2)
    edge = shifted(told.start, sign, unit) if sign < 0 else shifted(told.end, sign, unit)
    return TimeSpan(edge, told.start, Granularity(unit)) if sign < 0 else TimeSpan(told.end, edge, Granularity(unit))


def _event(found: Found, at: _At) -> TimeSpan | None:
    if at.anchors is None or read(found["event"], at.now, None, at.southern):
        return None
    within = _first_year(found.string, at)
    return read_event(found, at.now, at.anchors, _number if found.groupdict().get("number") else None, within)


def _first_year(text: str, at: _At) -> int | None:
    """The calendar year that a text names beside an event: "last year", "in 2024"."""
    for pattern, reader in ((_IN_YEAR, _year), (_RELATIVE, _relative)):
        for found in pattern.finditer(text):
            meant = reader(found, at)
            if meant is not None and meant.granularity is Granularity.YEAR:
                return meant.start.year
    return None


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_PART = r"(?:(?P<part>early|mid|late|(?:the )?(?:beginning|start|end|middle) of)[ -]+)"
_AGO = _compiled(rf"\b{_NUMBER} {_UNIT}(?P<more> and a half)?(?: or so)? ago\b")
_IN_YEAR = _compiled(rf"\b(?:in|during|of|since|year|throughout|around)[ ]+{_PART}?{_YEAR}{_COUNTED}(?![-/.]\d)")
_RELATIVE = _compiled(
    r"\b(?P<which>last|this past|past|previous|this|next|coming)[ ]+(?P<unit>week|weekend|month|year)\b(?!['’]s|-)"
)
_A_DATE = rf"(?=(?:the )?(?:\d|{_MONTH.replace('(?P<month>', '(?:')}))"
_GRAMMAR: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], _At], TimeSpan | None]], ...] = (
    (
        _compiled(
            rf"\b(?:{_NUMBER} {_UNIT}|(?:the|last) (?P<alone>day|week|weekend|month|year))"
            rf" (?P<side>before|after) {_A_DATE}"
        ),
        _beside_date,
    ),
    *((_compiled(pattern), _event) for pattern in events(_NUMBER, _UNIT)),
    (_compiled(r"(?<![\d-])(?P<y>(?:19|20)\d\d)[-/](?P<m>0?[1-9]|1[0-2])(?:[-/](?P<d>[0-3]?\d))?(?![\d-])"), _iso),
    (_compiled(r"(?<![\d./])(?P<one>[0-3]?\d)(?P<sep>[./])(?P<two>[0-3]?\d)(?P=sep)(?P<of>(?:19|20)\d\d)\b"), _figures),
    (_compiled(rf"\b{_ORDINAL}(?P<within> of)? {_MONTH}(?:,? {_YEAR})?"), _date),
    (_compiled(rf"\b{_MONTH} (?:the )?{_ORDINAL}\b(?![:.]\d){_COUNTED}(?:,? {_YEAR})?"), _date),
    (_compiled(rf"\b{_PART}?{_MONTH},? (?:of )?{_YEAR}"), _month),
    (_compiled(rf"\b{_SEASON} (?:of )?{_YEAR}"), _season),
    (_AGO, _ago),
    (_compiled(rf"\b(?:in|over|during|within|for|throughout) the (?:last|past)(?: {_NUMBER})? {_UNIT}\b"), _lately),
    (_compiled(rf"\bthe (?:last|past) {_NUMBER} {_UNIT}\b"), _lately),
    (
        _compiled(
            r"\bthe day before yesterday\b|\bthe day after tomorrow\b|\byesterday\b|\blast night\b|\btoday\b"
            r"|\btonight\b|\btomorrow\b|\bthis (?:morning|afternoon|evening)\b|\bthe other day\b"
        ),
        _fixed,
    ),
    (
        _compiled(
            r"(?<!black )(?<!good )(?<!ash )(?<!palm )(?<!easter )(?<!every )(?<!each )(?<!most )(?<!any )"
            rf"\b(?:(?P<which>last|this past|past|previous|this|next) )?{_WEEKDAY}\b(?!['’]s|-|s\b)"
            r"(?P<week> (?:of )?last week)?"
        ),
        _weekday,
    ),
    (
        _compiled(
            rf"\b(?:(?P<which>last|this past|past|previous|this|next)|(?P<within>in|during|since|until|throughout"
            rf"|around|back in)) {_PART}?{_MONTH}(?! (?:be|have|company|presence|of \d))"
        ),
        _month,
    ),
    (_compiled(rf"\b{_PART}{_MONTH}(?! (?:be|have|not|help|need)\b)"), _month),
    (_compiled(rf"\b(?P<which>last|this past|past|previous|this|next) {_SEASON}\b(?! (?:roll|break|clean))"), _season),
    (
        _compiled(
            rf"\b(?:in|over|during|since|throughout) (?:the )?{_SEASON.replace('|fall', '')}\b(?! (?:roll|of|water))"
        ),
        _season,
    ),
    (
        _compiled(
            r"\b(?:(?:at|over|on|for|around|before|after|since|during|this|(?P<which>last|next)) )"
            rf"(?P<feast>christmas|xmas|new year['’]?s?|halloween|valentine['’]?s?)\b(?: eve| day)?(?:,? {_YEAR})?"
        ),
        _feast,
    ),
    (_IN_YEAR, _year),
    (_compiled(r"\bthe (?P<unit>week|weekend|month|year) before last\b"), _relative),
    (_RELATIVE, _relative),
)


_LIKELY = _compiled(
    r"\d|\b(?:ago|last|past|this|next|previous|today|tonight|tomorrow|yesterday|other day|after|before|following|during"
    r"|on|in|at|for|" + "|".join((*_DAYS, *_MONTHS, *SEASONS)) + r")\b"
)
"""What every expression has; a text without it is not looked at closer."""
