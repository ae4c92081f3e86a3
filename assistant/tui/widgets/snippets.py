"""Where in a text the words are that were searched for."""

from __future__ import annotations

import re
from functools import lru_cache

from textual.content import Content, Span

_WORD = re.compile(r"\w+")
_MARK = "bold underline"
_LEAST, _ENDING = 3, 3
_BEFORE = 12


@lru_cache(64)
def _wanted(query: str) -> tuple[str, ...]:
    """The words of a query, each without what may be an ending: the index looks for stems."""
    words = (word.casefold() for word in _WORD.findall(query))
    return tuple(word[: max(_LEAST, len(word) - _ENDING)] for word in words if len(word) >= _LEAST)


def places(text: str, query: str) -> list[tuple[int, int]]:
    """Start and end of each word in `text` that was searched for."""
    wanted = _wanted(query)
    if not wanted:
        return []
    return [found.span() for found in _WORD.finditer(text) if found[0].casefold().startswith(wanted)]


def marked(text: str, query: str) -> Content:
    """The text with those words marked."""
    return Content(text, spans=[Span(start, end, _MARK) for start, end in places(text, query)])


def snippet(line: str, query: str, width: int) -> Content:
    """At most `width` cells of a line, from a little before the first of those words on when it is further back."""
    found = places(line, query)
    start = 0
    if found and found[0][1] > width:
        start = max(0, found[0][0] - _BEFORE)
        start = line.rfind(" ", 0, start) + 1 if start else 0
    shown = marked(line[start:], query)
    if start:
        shown = Content("…") + shown
    return shown.truncate(max(1, width), ellipsis=True)
