"""Canvas: lines of dots in a grid of terminal cells (Braille: two dots a cell across, four down)."""

from __future__ import annotations

from dataclasses import dataclass

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK = 0x2800


@dataclass(frozen=True, slots=True)
class Pen:
    """How a line is drawn.

    Attributes:
        style: of its cells, in Textual's words.
        dashes: dots that are drawn and dots that are not, in turn; all are drawn without any.
        rank: a cell with several lines takes the style of the highest.
    """

    style: str
    dashes: tuple[int, ...] = ()
    rank: int = 0


class Canvas:
    """A grid of cells to draw lines into.

    Args:
        width, height: in cells.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._bits = [[0] * width for _ in range(height)]
        self._pens: list[list[Pen | None]] = [[None] * width for _ in range(height)]

    def line(self, start: tuple[int, int], end: tuple[int, int], pen: Pen) -> None:
        """Draw a straight line between the middles of two cells, given as (column, row)."""
        x0, y0 = 2 * start[0], 4 * start[1] + 1
        x1, y1 = 2 * end[0], 4 * end[1] + 1
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for step in range(steps + 1):
            if _drawn(step, pen.dashes):
                self._dot(x0 + round((x1 - x0) * step / steps), y0 + round((y1 - y0) * step / steps), pen)

    def _dot(self, x: int, y: int, pen: Pen) -> None:
        column, row = x // 2, y // 4
        if not (0 <= column < self.width and 0 <= row < self.height):
            return
        self._bits[row][column] |= _DOTS[y % 4][x % 2]
        there = self._pens[row][column]
        if there is None or pen.rank >= there.rank:
            self._pens[row][column] = pen

    def row(self, y: int) -> list[tuple[str, str]]:
        """The cells of a row as (character, style)."""
        return [
            (chr(_BLANK + bits) if bits else " ", pen.style if pen else "")
            for bits, pen in zip(self._bits[y], self._pens[y], strict=True)
        ]


def _drawn(step: int, dashes: tuple[int, ...]) -> bool:
    if not dashes:
        return True
    place = step % sum(dashes)
    for at, size in enumerate(dashes):
        if place < size:
            return at % 2 == 0
        place -= size
    return True
