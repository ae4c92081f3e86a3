"""Prose: one message in one widget, while it streams and ever after, so that long sessions stay fast.

What a stream adds costs what is new: settled blocks are laid out once, lines that stay are drawn once, the page is
arranged anew only when there are more lines. What takes long to lay out is laid out in a thread.
"""

from __future__ import annotations

import asyncio
import time
from itertools import takewhile
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from assistant.tui.markdown import Line, alike, markdown_lines, settled_end, wrapped
from assistant.tui.texts import MUTED, printable
from assistant.tui.widgets.ground import Settled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

    from textual.geometry import Size
    from textual.selection import Selection
    from textual.style import Style
    from textual.timer import Timer

_SHOWN = 100_000
_SHOWN_PLAIN = 20_000
_PACE = 0.04
_SLOWEST = 0.5
_REST = 3.0
_HEAVY = 0.012
_LONG = 600


class Prose(Settled, Widget):
    """Text laid out for the widget's width; a streamed one is laid out anew from its last block on.

    Args:
        text: what was said; made printable here.
        plain: show it as it was written, without Markdown.
        head, foot: lines above and below that belong to the interface, not to the text.
    """

    DEFAULT_CSS = """
    Prose { width: 1fr; height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(
        self, text: str = "", *, plain: bool = False, head: Content | None = None, foot: Content | None = None,
        classes: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(classes=classes)
        self._plain = plain
        self._head = head
        self._foot = foot
        self._text = printable(text)
        self._streaming = False
        self._laid: tuple[int, list[Line]] | None = None
        self._done: tuple[int, int, list[Line]] = (0, 0, [])
        self._rows: dict[int, Strip] = {}
        self._look: tuple[object, ...] = ()
        self._timer: Timer | None = None
        self._cost = self._shown_in = 0.0
        self._apart: asyncio.Task[None] | None = None
        self._stale = False

    @property
    def text(self) -> str:
        """What is shown, as plain text."""
        return self._text

    @property
    def foot(self) -> Content | None:
        """The line below the text."""
        return self._foot

    @foot.setter
    def foot(self, foot: Content | None) -> None:
        self._foot = foot
        self._relay()

    def feed(self, piece: str) -> None:
        """Add a piece of a stream. It is drawn at a pace that leaves the machine time for the keyboard."""
        self._streaming = True
        self._text += printable(piece)
        if self._timer is None:
            self._timer = self.set_timer(min(_SLOWEST, max(_PACE, _REST * self._shown_in)), self._flush)

    def finish(self, text: str, foot: Content | None = None) -> None:
        """The whole text: drawn once more from the beginning."""
        self._streaming = False
        self._text = printable(text)
        self._foot = foot
        self._cost = max(self._cost, _HEAVY) if len(text) > _LONG else 0.0
        self._relay()

    def prepare(self, width: int) -> None:
        """Lay the text out for a width that it will probably have; may be called in a thread before it is mounted."""
        self._laid = (width, self._laid_out(width))

    def _flush(self) -> None:
        """Draw what has come; how long that takes until it is painted says when it may be done again."""
        self._timer = None
        start = time.perf_counter()
        self._relay()
        self.call_after_refresh(self._painted, start)

    def _painted(self, start: float) -> None:
        self._shown_in = time.perf_counter() - start

    def _relay(self) -> None:
        """Lay the text out again: here when that is quick, else in a thread, and what was there stays until then."""
        width = self._laid[0] if self._laid else 0
        if not width or not self.is_mounted:
            self._laid = None
            self.refresh(layout=True)
        elif self._cost < _HEAVY:
            self._take(width, self._laid_out(width))
        elif self._apart is None:
            self._apart = asyncio.create_task(self._lay_out_apart(width))
        else:
            self._stale = True

    async def _lay_out_apart(self, width: int) -> None:
        try:
            lines = await asyncio.to_thread(self._laid_out, width)
        finally:
            self._apart = None
        if self._laid and self._laid[0] == width and self.is_mounted:
            self._take(width, lines)
        if self._stale:
            self._stale = False
            self._relay()

    def _take(self, width: int, lines: list[Line]) -> None:
        """Show these lines instead of those that were there; what is the same is not drawn again."""
        before = self._laid[1] if self._laid else []
        same = sum(1 for _ in takewhile(lambda pair: alike(*pair), zip(before, lines, strict=False)))
        first = same + self.gutter.top
        kept = {y: row for y, row in self._rows.items() if y < first}
        self._laid = (width, lines)
        self.refresh(layout=len(lines) != len(before))
        self._rows = kept

    def _lines(self, width: int) -> list[Line]:
        if self._laid is None or self._laid[0] != width:
            self._rows.clear()
            self._laid = (width, self._laid_out(width))
        return self._laid[1]

    def _laid_out(self, width: int) -> list[Line]:
        """All lines for a width. It changes nothing that is shown."""
        start = time.perf_counter()
        foot = self._foot
        lines = wrapped(self._head, width) if self._head else []
        lines += self._body(width)
        if foot:
            lines += wrapped(foot, width)
        self._cost = time.perf_counter() - start
        return lines

    def _body(self, width: int) -> list[Line]:
        limit = _SHOWN_PLAIN if self._plain else _SHOWN
        text, more = self._text[:limit], len(self._text) - limit
        if self._plain:
            lines = wrapped(Content(text), width)
        elif self._streaming:
            lines = self._streamed(text, width)
        else:
            lines = markdown_lines(text, width)
        if more > 0:
            lines.append(Line(Content.styled(f"… {more:,} more characters, kept but not shown", MUTED)))
        return lines

    def _streamed(self, text: str, width: int) -> list[Line]:
        """Lines of a text that grows: blocks that cannot change any more are laid out once."""
        known, upto, done = self._done
        if known != width or upto > len(text):
            upto, done = 0, []
        if end := settled_end(text[upto:]):
            done = [*done, *markdown_lines(text[upto : upto + end], width), Line(Content())]
            upto += end
        self._done = (width, upto, done)
        return [*done, *markdown_lines(text[upto:], width)]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many rows as there are lines."""
        return len(self._lines(width)) if width else 0

    def render(self) -> Content:
        """All lines, each of them within the width."""
        width = self.content_size.width
        return Content("\n").join(line.content for line in self._lines(width)) if width else Content()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Draw all of it again."""
        self._rows.clear()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows with what the style sheet puts around the text, drawn when first seen and kept while they look the same.

        Textual draws all rows again when there is one more.
        """
        if not self.is_attached:  # being taken away
            return [self._rows.get(y, Strip.blank(crop.width)) for y in crop.line_range]
        if self.text_selection is not None:
            return super().render_lines(crop)
        width = self.outer_size.width
        look = (width, self.visual_style, self.background_colors, self.app.theme, *self.get_line_filters())
        if look != self._look:
            self._look = look
            self._rows.clear()
        for y, many in _runs([y for y in crop.line_range if y not in self._rows]):
            drawn = super().render_lines(Region(0, y, width, many))
            self._rows.update(zip(range(y, y + many), drawn, strict=True))
        rows = [self._rows[y] for y in crop.line_range]
        return rows if crop.column_span == (0, width) else [row.crop(*crop.column_span) for row in rows]

    def render_line(self, y: int) -> Strip:
        """One line of the text."""
        width = self.content_size.width
        lines = self._lines(width) if width and self.text_selection is None else []
        if y >= len(lines):
            return super().render_line(y)
        self._dirty_regions.clear()
        return self._strip(lines[y].content, y, width, self.visual_style)

    def _strip(self, line: Content, y: int, width: int, style: Style) -> Strip:
        """A line as it is drawn, each piece with its place in the text, by which it is selected."""
        if any(not isinstance(span.style, str) for span in line.spans):  # something to be clicked
            return Visual.to_strips(self, line, width, 1, style)[0].apply_offsets(0, y)
        if line.cell_length > width:
            line = line.truncate(width, ellipsis=True)
        segments, x = [], 0
        for text, own in line.render(style, end="", parse_style=self._get_style):
            segments.append(Segment(text, (style + own).rich_style_with_offset(x, y)))
            x += len(text)
        return Strip(segments, line.cell_length)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What is selected, wrapped lines put together again."""
        lines = self._lines(self.content_size.width)
        start, end = selection
        first, last = (start.y if start else 0), (end.y if end else len(lines) - 1)
        parts: list[str] = []
        for at in range(first, min(last, len(lines) - 1) + 1):
            plain = lines[at].content.plain
            upto = end.x if end and at == last else len(plain)
            begin = start.x if start and at == first else 0
            if lines[at].joined and parts:
                parts.append(" " + plain[max(begin, lines[at].lead) : upto].strip())
            else:
                parts.append(("\n" if parts else "") + plain[begin:upto].rstrip())
        return "".join(parts), "\n"


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Rising numbers as runs of consecutive ones: the first, and how many."""
    start = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] != numbers[at - 1] + 1:
            yield numbers[start], at - start
            start = at
