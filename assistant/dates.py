"""Dates in notes: written out in full, and relative words made absolute ("yesterday" -> "yesterday (7 May 2023)").

A note is read long after it was said, so what its "yesterday" meant has to be told; small models cannot work it out.
English alone; what is not understood is left as it is.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from memory.types import Message, Origin

if TYPE_CHECKING:
    from collections.abc import Callable

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple of": 2, "a couple of": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_COUNT = r"(\d{1,3}|a couple of|an?|one|two|three|four|five|six|seven|eight|nine|ten)"
_SHORT_DAYS = ("Mon", "Tues?", "Wed", "Thu(?:rs?)?", "Fri", "Sat", "Sun")
_DAY = "|".join((*DAYS, f"(?-i:{'|'.join(_SHORT_DAYS)})"))
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""The month in which each begins, in the north."""


def local_day(message: Message) -> date | None:
    """The day on which a message was said, as the one who said it would name it; None when that is not known.

    What was said here is in UTC and is taken to this machine's zone; imported times are wall-clock times already.
    """
    if message.time is None:
        return None
    return message.time.date() if message.origin is Origin.IMPORT else message.time.astimezone().date()


def long_date(day: date) -> str:
    """`7 May 2023`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def today(now: datetime) -> str:
    """`Monday, 7 May 2023`, in this machine's zone."""
    day = now.replace(tzinfo=now.tzinfo or UTC).astimezone().date()
    return f"{DAYS[day.weekday()]}, {long_date(day)}"


def resolve(text: str, said: date) -> str:
    """`text` with the meaning of each relative time, seen from the day `said`, in brackets after it."""

    def told(found: re.Match[str]) -> str:
        meaning = _meaning(found, said)
        return f"{found.group()} ({meaning})" if meaning else found.group()

    return _RELATIVE.sub(told, text)


def _months(day: date, by: int) -> tuple[int, int]:
    index = day.year * 12 + day.month - 1 + by
    return index // 12, index % 12


def _month(day: date, by: int) -> str:
    year, month = _months(day, by)
    return f"{MONTHS[month]} {year}"


def _weekday(day: date, name: str, way: int) -> date:
    """The nearest day of that name strictly before (-1) or after (+1) `day`."""
    wanted = [each.lower()[:3] for each in DAYS].index(name.lower()[:3])
    gap = (day.weekday() - wanted) % 7 if way < 0 else (wanted - day.weekday()) % 7
    return day + timedelta(days=way * (gap or 7))


_FIXED: dict[str, Callable[[date], str]] = {
    "yesterday": lambda day: long_date(day - timedelta(days=1)),
    "last night": lambda day: long_date(day - timedelta(days=1)),
    "the day before yesterday": lambda day: long_date(day - timedelta(days=2)),
    "today": long_date,
    "tonight": long_date,
    "this morning": long_date,
    "this afternoon": long_date,
    "this evening": long_date,
    "tomorrow": lambda day: long_date(day + timedelta(days=1)),
    "the day after tomorrow": lambda day: long_date(day + timedelta(days=2)),
    "last week": lambda day: f"the week before {long_date(day)}",
    "this week": lambda day: f"the week of {long_date(day)}",
    "next week": lambda day: f"the week after {long_date(day)}",
    "last weekend": lambda day: f"the weekend before {long_date(day)}",
    "this weekend": lambda day: f"the weekend of {long_date(day)}",
    "this past weekend": lambda day: f"the weekend before {long_date(day)}",
    "the past weekend": lambda day: f"the weekend before {long_date(day)}",
    "next weekend": lambda day: f"the weekend after {long_date(day)}",
    "last month": lambda day: _month(day, -1),
    "this month": lambda day: _month(day, 0),
    "next month": lambda day: _month(day, 1),
    "last year": lambda day: str(day.year - 1),
    "this year": lambda day: str(day.year),
    "next year": lambda day: str(day.year + 1),
}
_RELATIVE = re.compile(
    r"\b(?:(?P<fixed>"
    + "|".join(sorted(_FIXED, key=len, reverse=True))
    + rf")|(?P<which>last|next|this past|this coming) (?P<day>{_DAY})(?!\w)"
    + rf"|(?P<turn>last|this past|this|next) (?P<season>{'|'.join(_SEASONS)})"
    + rf"|(?P<count>{_COUNT[1:-1]}) (?P<unit>day|week|month|year)s? (?P<way>ago|from now)"
    + rf"|(?P<weekends>a few|{_COUNT[1:-1]}) weekends? ago"
    + r"|a few (?P<few>days|weeks|months|years) ago"
    + rf"|(?P<years>{_COUNT[1:-1]}) years? (?:now|already)"
    + rf"|in (?P<later>{_COUNT[1:-1]}) (?P<later_unit>day|week|month|year)s?(?= time\b|[.,;!?]|$))\b",
    re.IGNORECASE,
)


def _meaning(found: re.Match[str], said: date) -> str:
    if fixed := found["fixed"]:
        return _FIXED[fixed.lower()](said)
    if found["day"]:
        way = -1 if found["which"].lower() in ("last", "this past") else 1
        day = _weekday(said, found["day"], way)
        return f"{DAYS[day.weekday()]}, {long_date(day)}"
    if found["season"]:
        return _season(found["season"].lower(), found["turn"].lower(), said)
    if found["count"] or found["later"]:
        number, unit = found["count"] or found["later"], (found["unit"] or found["later_unit"]).lower()
        return _shifted(said, _number(number) * (-1 if (found["way"] or "").lower() == "ago" else 1), unit)
    return _roughly(found, said)


def _roughly(found: re.Match[str], said: date) -> str:
    """A time that is only told from the day `said` on."""
    if found["years"]:
        year = said.year - _number(found["years"])
        return f"since {year}" if year > 0 else ""
    what = f"{found['weekends']} weekends" if found["weekends"] else f"a few {found['few']}"
    return f"{what.lower()} before {long_date(said)}"


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word.lower()]


def _season(name: str, turn: str, said: date) -> str:
    """The last season of that name that was over on the day `said`, this year's, or the next to begin."""
    begins = _SEASONS[name]
    year = said.year
    if turn in ("last", "this past"):
        over = begins + 3 <= said.month if begins < 12 else False
        year -= 0 if over else 1
        if name == "winter" and said.month < 3:
            year -= 1
    elif turn == "next":
        year += begins <= said.month
    elif name == "winter" and said.month < 3:
        year -= 1
    return f"the {name} of {year}"


def _shifted(said: date, by: int, unit: str) -> str:
    try:
        if unit in ("day", "week"):
            return long_date(said + timedelta(days=by * (7 if unit == "week" else 1)))
    except OverflowError:
        return ""
    if unit == "month":
        return _month(said, by)
    return str(said.year + by)
