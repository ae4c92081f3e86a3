"""Hints: what keys do here, in as few lines as there is room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.geometry import Size

_POINT = " · "


class Hints(Widget):
    """Keys and what they do, set apart by points; a line ends between two of them, never within one."""

    def __init__(self, keys: str, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._hints = keys.split(_POINT)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many rows as there are lines."""
        return len(self._lines(width)) if width else 0

    def render(self) -> Content:
        """The lines."""
        return Content("\n".join(self._lines(max(1, self.content_size.width))))

    def _lines(self, width: int) -> list[str]:
        lines = [self._hints[0]]
        for hint in self._hints[1:]:
            if cell_len(lines[-1]) + len(_POINT) + cell_len(hint) <= width:
                lines[-1] += _POINT + hint
            else:
                lines.append(hint)
        return lines
