"""What lies behind and beside a conversation, drawn for next to nothing: it is drawn anew whenever a line is added."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.color import Color
    from rich.segment import Segment
    from rich.style import Style
    from textual.filter import LineFilter
    from textual.geometry import Region, Size
    from textual.widget import Widget as _Widget
else:
    _Widget = object  # style sheets know a widget by the first of its bases that is one


class Ground(_Widget):
    """To be put before a container whose lines all look the same, with no border above or below: one line is drawn."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """The first of the lines, as often as there are lines."""
        return super().render_lines(crop.crop_size((crop.width, 1))) * crop.height


class Settled(_Widget):
    """To be put before a widget that looks the same whatever size its layout gave it: it is not laid out once more."""

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:  # noqa: ARG002
        return super()._size_updated(size, virtual_size, container_size, layout=False)


class Barred(_Widget):
    """To be put before a widget that scrolls down: its scrollbar is a `Bar`."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The scrollbar, made when it is first asked for."""
        if self._vertical_scrollbar is None:
            self._vertical_scrollbar = Bar(name="vertical", thickness=self.scrollbar_size_vertical)
            self._vertical_scrollbar.display = False
            self.app._start_widget(self, self._vertical_scrollbar)
        return self._vertical_scrollbar


class Bar(ScrollBar):
    """A scrollbar as Textual has it; what looks the same in it is one strip, and is kept."""

    def __init__(self, vertical: bool = True, name: str | None = None, *, thickness: int = 1) -> None:
        super().__init__(vertical, name, thickness=thickness)
        self._drawn: tuple[Style, Sequence[LineFilter]] | None = None
        self._strips: dict[Segment, Strip] = {}

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of a part of it."""
        shown = cast("ScrollBarRender", self.render())
        style, filters = cast("Style", shown.style), self.get_line_filters()
        if (style, filters) != self._drawn:
            self._drawn = (style, filters)
            self._strips.clear()
        rows = shown.render_bar(
            self.size.height, shown.virtual_size, shown.window_size, shown.position, shown.thickness,
            back_color=cast("Color", style.bgcolor), bar_color=cast("Color", style.color),
        ).segments  # fmt: skip
        strips = [self._strip(row, filters) for row in rows[crop.y : crop.bottom]]
        return strips if crop.width == self.size.width else [strip.crop(*crop.column_span) for strip in strips]

    def _strip(self, row: Segment, filters: Sequence[LineFilter]) -> Strip:
        if (found := self._strips.get(row)) is None:
            found = Strip([row], self.thickness)
            for one in filters:
                found = found.apply_filter(one, self.background_colors[1])
            self._strips[row] = found
        return found
