"""The files of the full-text index, checked before tantivy maps them: by what it wrote at the end of each.

A file of a segment never changes. It ends with a footer: JSON with the CRC-32 of all before it, the length of that JSON
and a mark (both four bytes, little-endian; tantivy, `directory/footer.rs`). A file that was cut short or written over
is found here, where reading it through the map would end the process or find nonsense.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

_TAIL = struct.Struct("<II")
_MARK = 1337
_MOST_FOOTER = 50_000
_BLOCK = 1 << 20

Stamp = tuple[int, int]
"""Size and time of last change (nanoseconds) of a file."""


def damage(folder: Path, known: dict[str, Stamp], most: int | None = None) -> str:
    """What is wrong with the index in `folder`, in a few words; empty when nothing is.

    Args:
        folder: of the index.
        known: files looked at before, which are not read again while their stamp is the same; added to.
        most: read whole files only while there are no more than so many bytes of them; of the rest the footer alone.
    """
    try:
        meta = json.loads((folder / "meta.json").read_bytes())
        segments = {str(one["segment_id"]).replace("-", ""): one["deletes"] for one in meta["segments"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"its list of files cannot be read ({error})"
    here: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        here.setdefault(path.name.partition(".")[0], []).append(path)
    left = most
    for segment in segments:
        files = here.get(segment, [])
        if not {".fast", ".idx", ".term"} <= {path.suffix for path in files}:
            return f"files of the segment {segment} are missing"
        for path in files:
            if left is not None:
                left -= 0 if path.name in known else _size(path)
            if complaint := _complaint(path, known, whole=left is None or left >= 0):
                return complaint
    return ""


def shrunk(folder: Path, known: dict[str, Stamp]) -> str:
    """Which of the files that were looked at is not as long as it was, in a few words; empty when none is.

    They are mapped into memory, and to read past the end of one ends the process. What a writer has let go of is
    dropped from `known`; what is mapped of it stays whole.
    """
    for name, (size, _) in list(known.items()):
        try:
            if os.stat(f"{folder}/{name}").st_size != size:  # noqa: PTH116 - before each search, at a third of the cost
                return f"{name} was cut short or written over"
        except OSError:
            known.pop(name, None)
    return ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _complaint(path: Path, known: dict[str, Stamp], *, whole: bool) -> str:
    try:
        about = path.stat()
        stamp = (about.st_size, about.st_mtime_ns)
        if path.name in known:
            return "" if known[path.name] == stamp else f"{path.name} was changed"
        with path.open("rb") as file:
            complaint = _wrong_with(file, about.st_size, whole=whole)
    except FileNotFoundError:
        return ""  # let go of by a writer in this very moment
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{path.name} cannot be read ({error})"
    if not complaint:
        known[path.name] = stamp
    return complaint and f"{path.name} {complaint}"


def _wrong_with(file: BinaryIO, size: int, *, whole: bool) -> str:
    file.seek(max(0, size - _TAIL.size))
    tail = file.read()
    length, mark = _TAIL.unpack(tail) if len(tail) == _TAIL.size else (0, 0)
    body = size - _TAIL.size - length
    if mark != _MARK or not 0 < length < _MOST_FOOTER or body < 0:
        return "does not end as it should"
    file.seek(body)
    crc = int(json.loads(file.read(length))["crc"])
    file.seek(0)
    return "does not have its checksum" if whole and _crc(file, body) != crc else ""


def _crc(file: BinaryIO, size: int) -> int:
    found, left = 0, size
    while left and (block := file.read(min(left, _BLOCK))):
        found = zlib.crc32(block, found)
        left -= len(block)
    return found
