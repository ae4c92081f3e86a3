"""Text and times as the interface shows them."""

from __future__ import annotations

from datetime import UTC, datetime

MUTED = "$muted"
"""The style of what is said beside the words. (`$text-muted` is an automatic colour, which spans cannot have.)

`assistant.tui.theme.spoken` says what it is; with sixteen colours it is dim, as there is no other grey."""
FAINT = "$faint"
"""The style of what only separates."""
HERE, HERE_BLURRED = "bold $here", "$here-blurred"
"""The style of the row that one is on, with and without the keyboard."""
_CUT = 8
_YEAR_AND_A_HALF, _TWO_YEARS = 548, 731


def printable(text: str) -> str:
    """`text` without anything that a terminal would obey; zero width spaces and the like are taken out too."""
    from assistant.display import safe  # here: an empty session is on the terminal sooner without it

    return safe(text).replace("\u200b", "").replace("\u2060", "").replace("\u00ad", "")


def one_line(text: str, width: int = 200) -> str:
    """`text` on one line of at most `width` columns; only its beginning is looked at."""
    from assistant.display import safe_line

    return safe_line(text[: width * _CUT], width)


def moment(time: datetime | None, *, weekday: bool = True, clock: bool = True) -> str:
    """A time as on a wall clock here: `Mon 4 Mar 2024, 14:02`; nothing when it is not known, which `ago` says."""
    if time is None:
        return ""
    local = here(time)
    day = f"{f'{local:%a} ' if weekday else ''}{local.day} {local:%b %Y}"
    return f"{day}, {local:%H:%M}" if clock else day


def now() -> datetime:
    """The time on the wall."""
    return datetime.now(UTC)


def ago(time: datetime | None, now: datetime | None = None) -> str:
    """How long ago, in the coarsest words that still say it; a time ahead of the clock is said to be so."""
    if time is None:
        return "no date"
    now = now or datetime.now(UTC)
    seconds = (now - _aware(time)).total_seconds()
    days = (here(now).date() - here(time).date()).days
    if seconds < -90:
        return "ahead of the clock"
    if seconds < 45:
        return "just now"
    if seconds < 3600:
        return _count(seconds / 60, "minute")
    if days == 0 or seconds < 6 * 3600:
        return _count(seconds / 3600, "hour")
    return "yesterday" if days == 1 else _days_ago(days)


def _days_ago(days: int) -> str:
    if 365 <= days < _YEAR_AND_A_HALF or days >= _TWO_YEARS:
        return count(max(1, int(days / 365.25)), "year") + " ago"  # whole ones: 2026 is three years after 2023
    for size, unit, least in ((30.44, "month", 31), (7, "week", 14)):
        if days >= least:
            return _count(days / size, unit)
    return _count(days, "day")


def count(number: int, what: str, many: str = "") -> str:
    """`1 message`, `1,204 messages`; `many` is the plural where it takes more than an s."""
    return f"{number:,} {what if number == 1 else many or what + 's'}"


def here(time: datetime) -> datetime:
    """`time` on this machine's clock; years that the platform cannot convert stay as they are."""
    try:
        return _aware(time).astimezone()
    except (OverflowError, OSError, ValueError):
        return _aware(time)


def _aware(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _count(amount: float, unit: str) -> str:
    number = max(1, round(amount))
    return f"{count(number, unit)} ago"
