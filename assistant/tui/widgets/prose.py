"""Prose: one message in one widget, while it streams and ever after, so that long sessions stay fast."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from assistant.tui.markdown import Line, markdown_lines, settled_end, wrapped
from assistant.tui.texts import MUTED, printable

if TYPE_CHECKING:
    from textual.geometry import Size
    from textual.selection import Selection
    from textual.timer import Timer

_SHOWN = 100_000
_SHOWN_PLAIN = 20_000
_PACE = 0.04
_SLOWEST = 0.5


class Prose(Widget):
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
        self._timer: Timer | None = None
        self._cost = 0.0

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
            self._timer = self.set_timer(min(_SLOWEST, max(_PACE, 4 * self._cost)), self._flush)

    def finish(self, text: str, foot: Content | None = None) -> None:
        """The whole text: drawn once more from the beginning."""
        self._streaming = False
        self._text = printable(text)
        self._foot = foot
        self._relay()

    def prepare(self, width: int) -> None:
        """Lay the text out for a width that it will probably have; may be called in a thread before it is mounted."""
        self._lines(width)

    def _flush(self) -> None:
        self._timer = None
        self._relay()

    def _relay(self) -> None:
        self._laid = None
        self.refresh(layout=True)

    def _lines(self, width: int) -> list[Line]:
        if self._laid is None or self._laid[0] != width:
            start = time.perf_counter()
            lines = wrapped(self._head, width) if self._head else []
            lines += self._body(width)
            if self._foot:
                lines += wrapped(self._foot, width)
            self._laid = (width, lines)
            self._cost = time.perf_counter() - start
        return self._laid[1]

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
