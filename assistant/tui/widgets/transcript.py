"""Transcript: what was said, in order. It follows the newest line until one scrolls back, and again from the end on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message as Posted
from textual.widgets import Static
from textual.worker import WorkerError

from assistant.tui.texts import here
from assistant.tui.widgets.ground import Barred, Ground, Settled
from assistant.tui.widgets.sayings import Answer, Item, Said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from textual.widget import Widget
    from textual.worker import Worker

    _Dated = tuple[Item, date | None]

_PAGE = 30
_MOST = 90
_STEP = 6
_THERE = 4.0


class Earlier(Static):
    """Stands above the oldest message that is shown; pressing it shows older ones."""

    class Wanted(Posted):
        """Older messages are wanted."""

    def on_click(self) -> None:
        """Ask for them."""
        self.post_message(self.Wanted())


class Transcript(Ground, Settled, Barred, VerticalScroll):
    """The messages of a session. A long one has only some pages mounted; the rest are values until they are wanted."""

    class Moved(Posted):
        """Whether the newest line is in view has changed."""

        def __init__(self, at_end: bool) -> None:
            super().__init__()
            self.at_end = at_end

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._older: list[Item] = []
        self._day: date | None = None
        self._at_end = True
        self._filling: Worker[None] | None = None

    def on_mount(self) -> None:
        """Follow what is said."""
        self.anchor()

    async def show(self, items: Sequence[Item]) -> None:
        """Show a session from its last page on: what is in view first, then by and by what is above it."""
        await self._filled()
        self._older, page = list(items[:-_PAGE]), items[-_PAGE:]
        self._day = None
        dated = self._dated(page)
        widgets = await self._laid_out(dated[-_STEP:])
        with self.app.batch_update():  # nothing is drawn meanwhile, no key either
            await self.remove_children()
            await self.mount_all([*self._above(), *widgets])
        self.anchor()
        self._filling = self.run_worker(self._fill(dated[:-_STEP]), exit_on_error=False)

    async def _fill(self, dated: Sequence[_Dated]) -> None:
        """Mount the rest of a page above what is there; not in the handler of a message: keys would not be drawn."""
        for end in range(len(dated), 0, -_STEP):
            widgets = await self._laid_out(dated[max(0, end - _STEP) : end])
            at_end, below = self.scroll_y >= self.max_scroll_y, self.virtual_size.height - self.scroll_offset.y
            await self.mount_all(widgets, before=1 if self._older else 0)
            if at_end:  # also when a key was pressed while there was nothing to scroll yet
                self.anchor()
            else:
                self.call_after_refresh(self._stay, below)

    def _stay(self, below: int) -> None:
        """After something was put above: what was in view `below` lines from the end is in view again."""
        self.scroll_to(y=self.virtual_size.height - below, animate=False)

    async def _filled(self) -> None:
        """Wait until the page is whole."""
        if self._filling is not None:
            with suppress(WorkerError):
                await self._filling.wait()

    async def say(self, item: Item) -> Said | Answer:
        """Put a saying below the rest."""
        widget = item.widget()
        [(_, day)] = self._dated([item])
        await self.add(*_line(day), widget)
        return widget

    async def add(self, *widgets: Widget) -> None:
        """Put widgets below the rest and follow them."""
        await self.mount_all(widgets)
        self.anchor()
        if len(self.children) > _MOST:
            await self._prune()

    def replace_last(self) -> None:
        """The last answer steps back: another one to the same message follows."""
        answers = list(self.query(Answer))
        if answers:
            answers[-1].replaced()

    async def grow(self) -> None:
        """Show a page of older messages; what is in view stays where it is."""
        await self._filled()
        if not self._older:
            return
        below = self.virtual_size.height - self.scroll_offset.y
        await self._put_above(_PAGE)
        self.call_after_refresh(self._stay, below)

    async def _put_above(self, many: int) -> None:
        """Mount the last so many of the older sayings above the rest."""
        page, self._older = self._older[-many:], self._older[:-many]
        day, self._day = self._day, None
        dated = self._dated(page)
        self._day = day
        widgets = await self._laid_out(dated)
        with self.app.batch_update():
            await self.query(Earlier).remove()
            await self.mount_all([*self._above(), *widgets], before=0)

    async def go_to(self, message: str) -> bool:
        """Show the saying with this id and mark it for a moment; whether it is in this session."""
        await self._filled()
        self.release_anchor()
        older = next((at for at, item in enumerate(self._older) if item.id == message), None)
        if older is not None:
            await self._put_above(len(self._older) - max(0, older - _PAGE // 2))
        if (found := self._saying(message)) is None:
            return False
        found.add_class("-there")
        self.set_timer(_THERE, lambda: found.remove_class("-there"))
        self.call_after_refresh(lambda: self.scroll_to_widget(found, animate=False, center=True, force=True))
        return True

    def _saying(self, message: str) -> Said | Answer | None:
        shown = (child for child in self.children if isinstance(child, Said | Answer))
        return next((child for child in shown if child.item.id == message), None)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been said yet."""
        return not self.children

    async def _prune(self) -> None:
        """Turn the oldest widgets back into values."""
        gone = [child for child in self.children[: _MOST // 2] if not isinstance(child, Earlier)]
        items = [child.item for child in gone if isinstance(child, Said | Answer)]
        for item in items:
            item.evoked.shrink()
        self._older += items
        with self.app.batch_update():
            await self.query(Earlier).remove()
            await self.remove_children(gone)
            await self.mount_all(self._above(), before=0)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Tell when the end comes into view or leaves it, and ask for older messages at the top."""
        super().watch_scroll_y(old_value, new_value)
        at_end = new_value >= self.max_scroll_y
        if at_end != self._at_end:
            self._at_end = at_end
            self.post_message(self.Moved(at_end))
        if new_value <= 0 < old_value and self._older and not at_end:
            self.post_message(Earlier.Wanted())

    def _above(self) -> list[Widget]:
        return [Earlier(Content(f"↑ {len(self._older):,} earlier messages"))] if self._older else []

    async def _laid_out(self, dated: Sequence[_Dated]) -> list[Widget]:
        """Widgets, laid out in a thread, so that a long session is shown without holding up a key."""
        widgets: list[Widget] = []
        for item, day in dated:
            widgets += [*_line(day), item.widget()]
        await asyncio.to_thread(_prepare, widgets, self._width)
        return widgets

    @property
    def _width(self) -> int:
        """Columns for a saying, also before the transcript has its place.

        Textual takes the widest margins of all that stand in a column from each of them.
        """
        column = cast("Widget", self.parent)
        margins = max(child.styles.margin.width for child in column.children)
        return (self.outer_size.width or column.content_size.width - margins) - self.gutter.width

    def _dated(self, items: Sequence[Item]) -> list[_Dated]:
        """Sayings, each with the day when it begins another one than the saying above it."""
        dated: list[_Dated] = []
        for item in items:
            day = here(item.time).date() if item.time else None
            dated.append((item, day if day != self._day else None))
            self._day = day or self._day
        return dated


def _line(day: date | None) -> list[Widget]:
    """A line with a date."""
    return [Static(Content(f"{day:%A} {day.day} {day:%B %Y}"), classes="day")] if day else []


def _prepare(widgets: Sequence[Widget], width: int) -> None:
    for widget in widgets:
        if isinstance(widget, Said | Answer):
            widget.prepare(width - widget.INSET)
