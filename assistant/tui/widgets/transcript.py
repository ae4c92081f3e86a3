"""Transcript: what was said, in order. It follows the newest line until one scrolls back, and again from the end on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message as Posted
from textual.widgets import Static

from assistant.tui.texts import here
from assistant.tui.widgets.ground import Bar, Ground
from assistant.tui.widgets.sayings import Answer, Item, Said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from textual.geometry import Size
    from textual.scrollbar import ScrollBar
    from textual.widget import Widget

_PAGE = 30
_MOST = 90
_THERE = 4.0


class Earlier(Static):
    """Stands above the oldest message that is shown; pressing it shows older ones."""

    class Wanted(Posted):
        """Older messages are wanted."""

    def on_click(self) -> None:
        """Ask for them."""
        self.post_message(self.Wanted())


class Transcript(Ground, VerticalScroll):
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

    def on_mount(self) -> None:
        """Follow what is said."""
        self.anchor()

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The scrollbar, made when it is first asked for."""
        if self._vertical_scrollbar is None:
            self._vertical_scrollbar = Bar(name="vertical", thickness=self.scrollbar_size_vertical)
            self._vertical_scrollbar.display = False
            self.app._start_widget(self, self._vertical_scrollbar)
        return self._vertical_scrollbar

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:  # noqa: ARG002
        """Take the size that the sayings have been given; they need not be laid out once more for that."""
        return super()._size_updated(size, virtual_size, container_size, layout=False)

    async def show(self, items: Sequence[Item]) -> None:
        """Show a session from its last page on."""
        self._older = list(items[:-_PAGE])
        self._day = None
        widgets = await self._laid_out(items[-_PAGE:])
        with self.app.batch_update():
            await self.remove_children()
            await self.mount_all([*self._above(), *widgets])
        self.anchor()

    async def say(self, item: Item) -> Said | Answer:
        """Put a saying below the rest."""
        widget = item.widget()
        await self.add(*self._date(item), widget)
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
        if not self._older:
            return
        below = self.virtual_size.height - self.scroll_offset.y
        await self._put_above(_PAGE)
        self.call_after_refresh(lambda: self.scroll_to(y=self.virtual_size.height - below, animate=False))

    async def _put_above(self, many: int) -> None:
        """Mount the last so many of the older sayings above the rest."""
        page, self._older = self._older[-many:], self._older[:-many]
        day, self._day = self._day, None
        widgets = await self._laid_out(page)
        with self.app.batch_update():
            await self.query(Earlier).remove()
            await self.mount_all([*self._above(), *widgets], before=0)
        self._day = day

    async def go_to(self, message: str) -> bool:
        """Show the saying with this id and mark it for a moment; whether it is in this session."""
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

    async def _laid_out(self, items: Sequence[Item]) -> list[Widget]:
        """Widgets for `items`, laid out in a thread, so that a long session is shown without holding up a key."""
        widgets: list[Widget] = []
        for item in items:
            widgets.extend(self._date(item))
            widgets.append(item.widget())
        width = self.scrollable_content_region.width
        if width:
            await asyncio.to_thread(_prepare, widgets, width)
        return widgets

    def _date(self, item: Item) -> list[Widget]:
        """A line with the date, when the saying begins another day than the one above it."""
        day = here(item.time).date() if item.time else None
        if day is None or day == self._day:
            return []
        self._day = day
        return [Static(Content(f"{day:%A} {day.day} {day:%B %Y}"), classes="day")]


def _prepare(widgets: Sequence[Widget], width: int) -> None:
    for widget in widgets:
        if isinstance(widget, Said | Answer):
            widget.prepare(width - widget.INSET)
