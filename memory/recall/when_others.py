"""Time expressions in languages other than English, by the tables of `when_languages`; and dates for `--as-of`.

dateparser reads more languages, but in a running text it finds dates where there are none, and does not know "hace
dos semanas", "letzten Montag" or a season; so it is asked only for a text that is to be a date and nothing else.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

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
from memory.recall.when_languages import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNITS = (
    (Granularity.DAY, 1, 0),
    (Granularity.WEEK, 7, 3),
    (Granularity.MONTH, 31, 15),
    (Granularity.YEAR, 365, 182),
)
"""Of so many units ago: how exact it is meant, how many days the span has, and how many of them before the middle."""

_FIGURES = re.compile(r"\d+")
_LONGEST_DATE = 100
_DATE_LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "nl", "pl", "ru", "uk", "cs", "sv", "da", "nb", "fi", "tr", "el",
                   "hu", "ro", "zh", "ja", "ko", "ar", "he", "hi", "vi", "id"]  # fmt: skip
"""All of dateparser's hundreds take seconds to find out that a text is no date."""


def read(text: str, now: datetime, southern: bool) -> TimeSpan | None:
    """The first expression in a text of one of the languages; None when there is none."""
    lowered = text.lower()
    if len(lowered) != len(text):
        text = lowered
    for language in LANGUAGES:
        for found in _pattern(language).finditer(lowered):
            unsure = (found.lastgroup or "").startswith("day") and language.hint
            if unsure and not re.search(language.hint, lowered):
                continue
            try:
                meant = _meaning(language, found, now, southern)
            except (ValueError, OverflowError):
                continue  # such as 31 June
            said = text[found.start() : found.end()]
            return TimeSpan(meant.start, meant.end, meant.granularity, said, meant.others)
    return None


def date(text: str, now: datetime) -> datetime | None:
    """A date in one of two dozen languages, read by dateparser, as the end of its day; None when it is none."""
    if len(text) > _LONGEST_DATE or not re.search(r"[^\W\d_]", text):
        return None
    import dateparser

    settings = {"RELATIVE_BASE": now.replace(tzinfo=None), "PREFER_DATES_FROM": "past", "STRICT_PARSING": True}
    found = dateparser.parse(text, languages=_DATE_LANGUAGES, settings=settings)
    if not isinstance(found, datetime):
        return None
    return days(found.replace(tzinfo=now.tzinfo)).end - timedelta(microseconds=1)


@cache
def _pattern(language: Language) -> re.Pattern[str]:
    """All expressions of a language, each kind as a group of its own name."""
    spaced = language.code not in ("zh", "ja")
    edge, end = (r"(?<!\w)", r"(?!\w)") if spaced else ("", "")
    marks = {
        "{n}": _any([r"\d{1,3}", *language.numbers]),
        "{m}": _any(language.months[::-1]),
        "{w}": _any(language.weekdays),
        "{s}": _any(language.seasons),
        "{d}": r"[0-3]?\d",
        "{y}": r"(?:19|20)\d\d",
    }
    kinds = {"dated": language.dated}
    kinds |= {f"ago{place}": language.ago.replace("{u}", f"(?:{unit})") for place, unit in enumerate(language.units)}
    kinds |= {"season": language.last_season, "week": language.week, "last_month": language.last_month}
    kinds |= {"last_year": language.last_year, "month": language.in_month, "weekday": language.on_weekday}
    kinds |= {f"day{place}": words for place, words in list(enumerate(language.days))[::-1]}
    parts = []
    for name, pattern in kinds.items():
        for mark, meaning in marks.items():
            pattern = pattern.replace(mark, meaning)  # noqa: PLW2901 - filled in step by step
        if pattern:
            parts.append(f"(?P<{name}>{pattern})")
    return re.compile(f"{edge}(?:{'|'.join(parts)}){end}")


def _any(patterns: Sequence[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


def _meaning(language: Language, found: re.Match[str], now: datetime, southern: bool) -> TimeSpan:
    kind, text = found.lastgroup or "", found.group()
    fixed = _fixed(kind, now)
    if fixed is not None:
        return fixed
    if kind == "season":
        name = SEASONS[_place(language.seasons, text)]
        made = season(name, now.year, now, southern)
        return made if made.end <= now else season(name, now.year - 1, now, southern)
    if kind.startswith("ago"):
        return _ago(language, text, int(kind[3:]), now)
    if kind == "weekday":
        back = (now.weekday() - _place(language.weekdays, text) - 1) % 7 + 1
        return days(now - back * DAY)
    return _in_year(language, text, now, kind == "dated")


def _fixed(kind: str, now: datetime) -> TimeSpan | None:
    """What needs nothing but the moment: today and the days before it, last week, month and year."""
    this_month = midnight(now).replace(day=1)
    if kind.startswith("day"):
        return days(now - int(kind[3:]) * DAY)
    if kind == "week":
        return week(now - 7 * DAY)
    if kind == "last_month":
        return TimeSpan(months_on(this_month, -1), this_month, Granularity.MONTH)
    return year(now.year - 1, now) if kind == "last_year" else None


def _ago(language: Language, text: str, unit: int, now: datetime) -> TimeSpan:
    figures = _FIGURES.search(text)
    spelt = re.compile("|".join(rf"(?P<n{place}>{word})" for place, word in enumerate(language.numbers, 1)))
    words = None if figures else spelt.search(re.sub(r"^(?:vor|il y a|hace|há) ", "", text))
    count = int(figures.group()) if figures else int((words.lastgroup or "n1")[1:]) if words else 1
    middle = now - count * (1, 7)[unit] * DAY if unit < 2 else months_on(now, -count * (1, 12)[unit - 2])
    granularity, length, before = _UNITS[unit]
    return days(middle - before * DAY, length, granularity)


def _in_year(language: Language, text: str, now: datetime, dated: bool) -> TimeSpan:
    """A month or a day of one, of the year that is named or else of the latest in which it has begun."""
    number = _place(language.months, text) + 1
    named = re.search(r"(?:19|20)\d\d", text)
    rest = text.replace(named.group(), "") if named else text
    if language.code in ("zh", "ja"):
        rest = rest.partition("月")[2]
    figures = _FIGURES.search(rest)
    first = int(figures.group()) if dated and figures else 1

    def made(of: int) -> TimeSpan:
        whole = month(of, number, now)
        return days(whole.start.replace(day=first)) if dated else whole

    if named:
        return made(int(named.group()))
    return yearly(made(now.year) if made(now.year).start <= now else made(now.year - 1))


def _place(patterns: Sequence[str], text: str) -> int:
    """Which of the patterns stands in a text; the longest match counts, for 11月 holds 1月."""
    sizes = [max((len(hit) for hit in re.findall(pattern, text)), default=0) for pattern in patterns]
    return sizes.index(max(sizes))
