"""Timeline: how much was said in each month, as a line of bars through which one can go month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message as Posted
from textual.widget import Widget

from assistant.tui.texts import FAINT, MUTED, count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

_WIDEST = 5
_BARS = "▁▂▃▄▅▆▇█"
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Timeline(Widget):
    """One bar for each month from the first to the last; the chosen one stands out.

    Attributes:
        month: the chosen month (`2024-03`), empty for all.
    """

    class Chosen(Posted):
        """A month was chosen; empty for all."""

        def __init__(self, month: str) -> None:
            super().__init__()
            self.month = month

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._counts: dict[str, int] = {}
        self._months: list[str] = []
        self.month = ""

    def show(self, months: Sequence[tuple[str, int]], month: str) -> None:
        """Show how much there is in each month, and which one is chosen."""
        self._counts = dict(months)
        self._months = every_month([name for name, _ in months])
        self.month = month
        self.refresh()

    def step(self, by: int) -> str:
        """The month with something in it that is `by` further than the chosen one; from all, the last or the first."""
        filled = [month for month in self._months if self._counts.get(month)]
        if not filled:
            return ""
        if self.month not in filled:
            return filled[-1] if by < 0 else filled[0]
        at = filled.index(self.month) + by
        return filled[at] if 0 <= at < len(filled) else ""

    def on_click(self, event: events.Click) -> None:
        """Choose the month that is clicked; all of them when it is chosen already."""
        first, each = self._window()
        at = first + event.x // each
        if 0 <= at < len(self._months):
            month = self._months[at]
            self.post_message(self.Chosen("" if month == self.month else month))

    def _window(self) -> tuple[int, int]:
        """The place of the first month in view, and columns a month."""
        width = max(1, self.content_size.width)
        many = max(1, len(self._months))
        each = max(1, min(_WIDEST, width // many))
        shown = width // each
        at = self._months.index(self.month) if self.month in self._months else many - 1
        return max(0, min(many - shown, at - shown // 2)), each

    def render(self) -> Content:
        """A row of bars, and below it the years and the chosen month."""
        if not self._months:
            return Content.styled("no dates", MUTED)
        first, each = self._window()
        width = max(1, self.content_size.width)
        shown = self._months[first : first + width // each]
        most = max(self._counts.values())
        bars: list[tuple[str, str]] = []
        for month in shown:
            many = self._counts.get(month, 0)
            bar = _BARS[min(7, round(7 * (many / most) ** 0.5))] if many else " "
            chosen = month == self.month
            cell = bar * max(1, each - 1) + (" " if each > 1 else "")
            bars.append((cell, "bold $text-accent" if chosen else "$secondary" if not self.month else FAINT))
        return Content("\n").join([Content.assemble(*bars), self._scale(shown, each, width)])

    def _scale(self, shown: Sequence[str], each: int, width: int) -> Content:
        """Years below their first months, and the other months' names where there is room for them.

        The chosen month is written out, in place of what it would cover.
        """
        told = label(self.month, self._counts.get(self.month, 0))[:width] if self.month else ""
        place = shown.index(self.month) * each if self.month in shown else 0
        start = max(0, min(width - len(told), place - len(told) // 2))
        line = [" "] * start + ["x"] * len(told) + [" "] * (width - start - len(told))
        for at, year in years(shown, each, width):
            if all(cell == " " for cell in line[at : at + len(year)]):
                line[at : at + len(year)] = year
        for at, month in enumerate(shown if each == _WIDEST else ()):
            if all(cell == " " for cell in line[at * each : (at + 1) * each]):
                line[at * each : at * each + 3] = _NAMES[int(month[-2:]) - 1]
        before, after = "".join(line[:start]), "".join(line[start + len(told) :])
        return Content.assemble((before, MUTED), (told, "bold $text-accent"), (after, MUTED))


def years(shown: Sequence[str], each: int, width: int) -> list[tuple[int, str]]:
    """Each year among these months with the column of its label: below its first month.

    The first year may have too few months for its label: the next one then stands that much further to the right.
    """
    found: list[tuple[int, str]] = []
    free = 0
    for at, month in enumerate(shown):
        if at == 0 or month.endswith("-01"):
            year, column = month[:4], max(free, at * each)
            column = max(free, min(column, width - len(year)))
            if column + len(year) > width:
                continue
            found.append((column, year))
            free = column + len(year) + 1
    return found


def label(month: str, many: int) -> str:
    """`Mar 2024, 12 messages`."""
    year, _, number = month.partition("-")
    return f" {_NAMES[int(number) - 1]} {year}, {count(many, 'message')} "


def every_month(months: Sequence[str]) -> list[str]:
    """All months from the first of these to the last; of a very long time only these themselves."""
    if not months:
        return []
    year, number = map(int, months[0].split("-"))
    last = months[-1]
    found: list[str] = []
    while (month := f"{year:04}-{number:02}") <= last:
        found.append(month)
        year, number = (year + 1, 1) if number == 12 else (year, number + 1)
        if len(found) > 1200:
            return list(months)
    return found
