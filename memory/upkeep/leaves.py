"""Leaves: the rows on the pages of a SQLite file, read without the tree above them, which may be damaged.

After "Database File Format" (sqlite.org/fileformat2.html): a page that begins with 13 is a leaf of a table. Its cells
are the length of a record, the row's number, and the record, the end of which may lie on a chain of overflow pages.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Value = int | float | str | bytes | None

_LEAF = 13
_HEADER = 100
_USUAL_PAGE = 4096
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_MOST_BYTES = 64 << 20


def rows(path: Path) -> Iterator[tuple[int, list[Value]]]:
    """The rows of every table that can be read, as (number, values); which table they are of is not known."""
    content = path.read_bytes()
    size = int.from_bytes(content[16:18]) if content[:6] == b"SQLite" else 0
    page = 65536 if size == 1 else size if size in {1 << power for power in range(9, 16)} else _USUAL_PAGE
    for number in range(len(content) // page):
        start, head = number * page, _HEADER if number == 0 else 0
        if content[start + head] == _LEAF:
            yield from _cells(content, page, start, head)


def _cells(content: bytes, page: int, start: int, head: int) -> Iterator[tuple[int, list[Value]]]:
    count = int.from_bytes(content[start + head + 3 : start + head + 5])
    for cell in range(min(count, page // 4)):
        at = start + head + 8 + 2 * cell
        place = int.from_bytes(content[at : at + 2])
        if head + 8 <= place < page:
            try:
                length, next_ = _varint(content, start + place)
                number, next_ = _varint(content, next_)
                yield number, _values(_payload(content, page, start, next_, length))
            except (IndexError, ValueError, struct.error):
                continue


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where it ends."""
    value = 0
    for step in range(8):
        byte = content[at + step]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + step + 1
    return value << 8 | content[at + 8], at + 9


def _payload(content: bytes, page: int, start: int, at: int, length: int) -> bytes:
    """A record of `length` bytes that begins at `at`, with what lies on overflow pages. Raises `ValueError`."""
    most, least = page - 35, (page - 12) * 32 // 255 - 23
    if length <= most:
        if at + length > start + page:
            raise ValueError("the record leaves its page")
        return content[at : at + length]
    if length > _MOST_BYTES:
        raise ValueError("no record is so long")
    here = least + (length - least) % (page - 4)
    here = here if here <= most else least
    parts, left = [content[at : at + here]], length - here
    following = int.from_bytes(content[at + here : at + here + 4])
    while left > 0:
        start = (following - 1) * page
        if following < 1 or start + page > len(content):
            raise ValueError("the chain of pages breaks")
        parts.append(content[start + 4 : start + 4 + min(left, page - 4)])
        left -= page - 4
        following = int.from_bytes(content[start : start + 4])
    return b"".join(parts)


def _values(record: bytes) -> list[Value]:
    """The values of a record. Raises `ValueError` or `IndexError` when it is none."""
    end, at = _varint(record, 0)
    kinds = []
    while at < end:
        kind, at = _varint(record, at)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        size = _INTEGERS.get(kind, 8 if kind == 7 else (kind - 12) // 2 if kind >= 12 else 0)
        part = record[at : at + size]
        if len(part) != size or kind in (10, 11):
            raise ValueError("the record is cut short")
        values.append(_value(kind, part))
        at += size
    return values


def _value(kind: int, part: bytes) -> Value:
    if kind == 0:
        return None
    if kind in _INTEGERS:
        return int.from_bytes(part, signed=True)
    if kind == 7:
        return float(struct.unpack(">d", part)[0])
    if kind in (8, 9):
        return kind - 8
    return part if kind % 2 == 0 else part.decode("utf-8")
