"""A table that fits: columns share the width, cells wrap."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from textual.content import Content

from assistant.tui.texts import FAINT

if TYPE_CHECKING:
    from collections.abc import Sequence

_RULE = FAINT
_BETWEEN = " │ "


def table_lines(rows: Sequence[Sequence[Content]], width: int) -> list[Content]:
    """The lines of a table whose first row is its heading, at most `width` cells wide where that can be."""
    if not rows:
        return []
    count = max(len(row) for row in rows)
    widths = column_widths(
        [max((row[at].cell_length for row in rows if at < len(row)), default=1) for at in range(count)],
        width - len(_BETWEEN) * (count - 1),
    )
    lines: list[Content] = []
    for at, row in enumerate(rows):
        cells = [*row, *[Content()] * (count - len(row))]
        lines.extend(_row([cell.stylize_before("bold") for cell in cells] if at == 0 else cells, widths))
        if at == 0:
            lines.append(Content.styled("─┼─".join("─" * size for size in widths), _RULE))
    return lines


def column_widths(natural: Sequence[int], room: int) -> list[int]:
    """Widths that add up to `room` at most, the widest columns giving way first; no column is narrower than 3."""
    widths = [max(1, size) for size in natural]
    while sum(widths) > room:
        widest = max(widths)
        if widest <= 3:
            break
        second = max((size for size in widths if size < widest), default=3)
        wide = [at for at, size in enumerate(widths) if size == widest]
        excess = sum(widths) - room
        step = max(1, min(widest - max(second, 3), -(-excess // len(wide))))
        for at in wide:
            widths[at] -= min(step, max(0, sum(widths) - room))
    return widths


def word_widths(columns: Sequence[Sequence[Content]], room: int) -> list[int]:
    """Widths of columns that add up to `room` at most: no word is broken where that can be.

    The column gives way first that is furthest from its longest word.
    """
    widths = [max([1, *(cell.cell_length for cell in column)]) for column in columns]
    least = [max([1, *(len(word) for cell in column for word in cell.plain.split())]) for column in columns]
    while sum(widths) > room:
        spare, at = max((size - need, at) for at, (size, need) in enumerate(zip(widths, least, strict=True)))
        if spare <= 0:
            return column_widths(widths, room)
        widths[at] -= 1
    return widths


def _row(cells: Sequence[Content], widths: Sequence[int]) -> list[Content]:
    columns = [cell.wrap(size) for cell, size in zip(cells, widths, strict=True)]
    between = Content.styled(_BETWEEN, _RULE)
    lines = []
    for pieces in zip_longest(*columns, fillvalue=Content()):
        padded = [piece.pad_right(max(0, size - piece.cell_length)) for piece, size in zip(pieces, widths, strict=True)]
        lines.append(between.join(padded))
    return lines
