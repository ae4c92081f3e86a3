"""References: small numbers in an answer that lead to the memories it leans on, by key and by mouse.

While the text is laid out a reference is a run of private characters, which Markdown leaves alone and never breaks;
afterwards they are shown as `[1]`, styled, and carry the action that a click runs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.content import Content, Span
from textual.style import Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    Places = Sequence[tuple[int, Sequence[int]]]

_OPEN, _CLOSE, _ZERO = 0xF6D0, 0xF6D1, 0xF6E0
_RUN = re.compile(f"{chr(_OPEN)}([{chr(_ZERO)}-{chr(_ZERO + 9)}]+){chr(_CLOSE)}")
_PRIVATE = dict.fromkeys([_OPEN, _CLOSE, *range(_ZERO, _ZERO + 10)])
STYLE = "$text-accent"


def marked(text: str, places: Places) -> str:
    """`text` with a mark at each place, given as (characters before it, numbers), in order."""
    parts: list[str] = []
    done = 0
    for place, numbers in places:
        parts.append(text[done:place].translate(_PRIVATE))
        parts += [_mark(number) for number in numbers]
        done = place
    return "".join([*parts, text[done:].translate(_PRIVATE)])


def linked(line: Content) -> Content:
    """A laid-out line with its marks as numbers that can be clicked: the widget's `action_follow` gets the number."""
    if chr(_OPEN) not in line.plain:
        return line
    shown: list[str] = []
    spans = list(line.spans)
    at = 0
    for found in _RUN.finditer(line.plain):
        number = "".join(chr(ord(digit) - _ZERO + ord("0")) for digit in found[1])
        shown += [line.plain[at : found.start()], f"[{number}]"]
        spans.append(Span(*found.span(), STYLE))
        spans.append(Span(*found.span(), Style.from_meta({"@click": f"follow({number})"})))
        at = found.end()
    return Content("".join([*shown, line.plain[at:]]), spans=spans)


def _mark(number: int) -> str:
    return chr(_OPEN) + "".join(chr(_ZERO + int(digit)) for digit in str(number)) + chr(_CLOSE)
