"""Rows: a list of messages, one line each, of which only those in view are drawn, however many there are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message as Posted
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from assistant.telling import who
from assistant.tui.texts import HERE, HERE_BLURRED, MUTED, here, one_line
from assistant.tui.widgets.cards import VERDICTS, meter
from assistant.tui.widgets.snippets import snippet

if TYPE_CHECKING:
    from textual import events

    from memory.browse import Page
    from memory.types import Message

_WHO, _BAR = 10, 4
_LINE = 20_000
_WITH_BARS = 70


class Rows(ScrollView):
    """A list with a cursor and marks. What was searched for has bars: each is as long as it fits beside the best.

    Attributes:
        at: the place of the cursor.
        marked: ids of those that are marked.
    """

    can_focus = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", id="rows.up", show=False),
        Binding("down", "move(1)", "Down", id="rows.down", show=False),
        Binding("pageup", "page(-1)", "Page up", id="rows.page_up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="rows.page_down", show=False),
        Binding("home", "end(-1)", "First", id="rows.first", show=False),
        Binding("end", "end(1)", "Last", id="rows.last", show=False),
        Binding("space", "mark", "Mark", id="rows.mark"),
        Binding("ctrl+a", "mark_all", "Mark all, or none", id="rows.all", show=False),
        Binding("enter", "open", "Open", id="rows.open", show=False),
    ]
    at: reactive[int] = reactive(0, repaint=False, init=False)

    class Moved(Posted):
        """The cursor stands on another message (None: there is none)."""

        def __init__(self, message: Message | None) -> None:
            super().__init__()
            self.message = message

    class Ended(Posted):
        """The cursor has come to the last row."""

    class Opened(Posted):
        """A message was chosen."""

        def __init__(self, message: Message) -> None:
            super().__init__()
            self.message = message

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._page: Page | None = None
        self._best = 0.0
        self.marked: set[str] = set()

    def show(self, page: Page) -> None:
        """Show what was found. The cursor goes to the first, or stays on its message when the same was asked again."""
        again = self._page is not None and replace(self._page.query, limit=page.query.limit) == page.query
        before, last = (self.message, self.at) if again else (None, 0)
        self._page, self._best = page, page.best
        ids = [one.id for one in page.messages]
        self.marked &= set(ids)
        self.virtual_size = Size(self.size.width, len(ids))
        at = ids.index(before.id) if before and before.id in ids else min(last, max(0, len(ids) - 1))
        if at == self.at:
            self.watch_at(at, at)
        self.at = at
        self.refresh()

    @property
    def has_bars(self) -> bool:
        """Whether there is room for bars."""
        return self.scrollable_content_region.width >= _WITH_BARS

    @property
    def messages(self) -> tuple[Message, ...]:
        """All of them."""
        return self._page.messages if self._page else ()

    @property
    def message(self) -> Message | None:
        """The message under the cursor."""
        return self.messages[self.at] if 0 <= self.at < len(self.messages) else None

    @property
    def chosen(self) -> list[Message]:
        """Those that are marked, else the one under the cursor."""
        marked = [one for one in self.messages if one.id in self.marked]
        return marked or ([self.message] if self.message else [])

    def watch_at(self, _: int, at: int) -> None:
        """Keep the cursor in view, and say where it is."""
        self.scroll_to_region(Region(0, at, 1, 1), animate=False, force=True)
        self.refresh()
        self.post_message(self.Moved(self.message))
        if self.messages and at == len(self.messages) - 1:
            self.post_message(self.Ended())

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        if self.messages:
            self.at = max(0, min(len(self.messages) - 1, self.at + by))

    def action_page(self, by: int) -> None:
        """Move the cursor by a page."""
        self.action_move(by * max(1, self.size.height - 1))

    def action_end(self, way: int) -> None:
        """Go to the first row or the last."""
        self.action_move(way * len(self.messages))

    def action_mark(self) -> None:
        """Mark the message under the cursor, or no longer; and go on to the next."""
        if self.message:
            self.marked ^= {self.message.id}
            self.action_move(1)
            self.refresh()
            self.post_message(self.Moved(self.message))

    def action_mark_all(self) -> None:
        """Mark all that were found, or none when all are."""
        every = {one.id for one in self.messages}
        self.marked = set() if self.marked == every else every
        self.refresh()
        self.post_message(self.Moved(self.message))

    def action_open(self) -> None:
        """Choose the message under the cursor."""
        if self.message:
            self.post_message(self.Opened(self.message))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; a second click opens it, one in the first column marks it."""
        at = event.y + round(self.scroll_offset.y)
        if not 0 <= at < len(self.messages):
            return
        self.at = at
        if event.x < 2:
            self.marked ^= {self.messages[at].id}
            self.refresh()
        elif event.chain > 1:
            self.action_open()

    def on_resize(self, _: events.Resize) -> None:
        """Fit the width."""
        self.virtual_size = Size(self.size.width, len(self.messages))

    def render_line(self, y: int) -> Strip:
        """One row."""
        width = self.scrollable_content_region.width
        at = y + round(self.scroll_offset.y)
        style = self.visual_style
        if not self._page or at >= len(self.messages):
            return Strip.blank(width, style.rich_style)
        line = self._row(self.messages[at], at == self.at, width)
        strips = Visual.to_strips(self, line, width, 1, style, pad=True)
        return strips[0] if strips else Strip.blank(width, style.rich_style)

    def _row(self, message: Message, current: bool, width: int) -> Content:
        page = self._page
        assert page is not None  # noqa: S101 - there is no row without a page
        local = here(message.time) if message.time else None
        day = f"{local.day:>2} {local:%b %Y}" if local else "  no date  "
        marks = Content.assemble(
            ("✓" if message.id in self.marked else " ", "bold $text-accent"),
            ("▪" if message.id in page.pins else " ", "$text-accent"),
        )
        parts: list[Content | str | tuple[str, str]] = [marks, (f" {day}  ", MUTED)]
        if message.id in page.scores and self.has_bars:
            parts += [meter(page.scores[message.id] / self._best if self._best > 0 else 0.0, _BAR), " "]
        parts.append((f"{one_line(who(message), _WHO):<{_WHO}}  ", "$text-secondary"))
        if verdict := page.verdicts.get(message.id):
            mark, color = VERDICTS[verdict]
            parts.append((f"{mark[0]} ", color))
        line = Content.assemble(*parts)
        room = max(1, width - line.cell_length)
        told = snippet(one_line(message.text, _LINE), page.query.text, room)
        line = Content.assemble(line, told)
        line = line.pad_right(max(0, width - line.cell_length))
        if not current:
            return line
        return line.stylize(HERE if self.has_focus else HERE_BLURRED)
