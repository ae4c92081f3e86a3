"""Text of unknown origin, made safe to be shown.

What comes from a model, a memory, a file or its name may hold terminal escapes that move the cursor, change the title
or write to the clipboard, and marks that make text read otherwise than it is. Every front door shows text through here.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_HARMLESS = "\n\t"
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_SHAPING = "\u206a\u206b\u206c\u206d\u206e\u206f"
_UNSEEN = "\ufeff\u2028\u2029"
_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f" + _BIDI + _SHAPING + _UNSEEN + "\ud800-\udfff\U000e0000-\U000e007f]"
)  # C0, C1, direction marks, line separators, lone surrogates, tags


def safe(text: str) -> str:
    """`text` without anything that a terminal would obey.

    Control characters become their visible pictures (ESC is ␛), so that nothing disappears unseen; new lines and tabs
    stay. Direction marks and invisible tags are dropped, lone surrogates become the replacement character.
    """
    return _SUSPECT.sub(_picture, text.replace("\r\n", "\n"))


def bare(text: str) -> str:
    """A piece of one line without anything that a terminal would obey, and without anything in its place."""
    return _SUSPECT.sub("", text).replace("\n", "").replace("\t", "")


def safe_line(text: str, width: int = 0) -> str:
    """`text` on one line, safe; cut to `width` columns (0: whole) with an ellipsis."""
    line = " ".join(safe(text).split())
    if width <= 0 or columns(line) <= width:
        return line
    taken = 0
    for place, char in enumerate(line):
        taken += columns(char)
        if taken > width - 1:
            return line[:place].rstrip() + "…"
    return line


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes; marks that combine take none, wide characters two."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def when(time: datetime | None) -> str:
    """A time as people read it, in this machine's zone; a dash when it is not known."""
    if time is None:
        return "-"
    with contextlib.suppress(OverflowError, OSError, ValueError):  # a year that this machine cannot convert stays so
        time = time.astimezone()
    return f"{time.year:04}-{time:%m-%d %H:%M}"


def size(count: int) -> str:
    """A number of bytes as people read it."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def money(dollars: float) -> str:
    """Dollars as people read them: `$0.00`, `$0.0003`, `$1.27`."""
    if 0 < dollars < 0.01:
        return f"${dollars:.1g}" if dollars < 0.0001 else f"${dollars:.4f}"
    return f"${dollars:,.2f}"


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0x80 <= code <= 0x9F or 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    return " " if found[0] in "\u2028\u2029" else ""
