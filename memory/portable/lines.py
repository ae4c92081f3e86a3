"""One line of an export: a JSON object with a `type`. `writing` makes it, `reading` reads it.

    {"type": "recollect", "version": 2, "scopes": ["default"]}                       the first line
    {"type": "scope", "scope": "default"}                                            whose what follows is
    {"type": "session", "id": …, "title": …, "made": …, "pinned": true, "parent": session, "forked": message}
    {"type": "message", "id": …, "session": …, "exchange": …, "role": …, "speaker": …, "time": …, "source": …,
     "source_id": …, "status": …, "origin": …, "model": …, "used": […], "tokens": [prompt, completion], "text": …}
    {"type": "link", "messages": [id, id]}                                           two messages linked by hand
    {"type": "feedback", "message": id, "verdict": …, "cue": …, "time": …, "score": …, "signals": {…}}
    {"type": "pin", "message": id, "time": …}                                        a message that is pinned
    {"type": "recalled", "reply": id, "memories": [{"message": id, "used": true, "score": …, "signals": {…},
     "path": [[kind, id, weight], …]}, …]}                                           for an answer, best first
    {"type": "end", "lines": 5}                                                      the last line; counts itself

What has its usual value is left out. Times are ISO 8601 in UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from memory.journal.records import Record

FORMAT = "recollect"
"""The type of the first line."""

VERSION = 2
"""Of the format. A reader refuses a newer one, and reads every older one. Version 1 had neither pins nor `recalled`."""

_START = re.compile(rb'\s*\{\s*"type"\s*:\s*"recollect"')


@dataclass(frozen=True, slots=True)
class Header:
    """The first line: keys of the scopes that the file holds."""

    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """Whose what follows is, by the scope's key."""

    scope: str


@dataclass(frozen=True, slots=True)
class End:
    """The last line, and how many lines there are with it."""

    lines: int


Line = Header | ScopeLine | Record | End


def is_export(start: bytes) -> bool:
    """Whether a file that begins so is an export of recollect, of whatever version."""
    return _START.match(start.removeprefix(b"\xef\xbb\xbf")) is not None
