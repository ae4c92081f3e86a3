"""A line of an export as text."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

from memory.journal.records import Linked, Pinned, RecalledFor, Titled
from memory.portable.lines import FORMAT, VERSION, End, Header, ScopeLine
from memory.types import Feedback, Message, Origin, Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from memory.journal.recalled import Recalled
    from memory.portable.lines import Line

_ESCAPED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def write(line: Line) -> str:
    """A line's text, without the line end: the same for the same content, and nothing in it that a terminal obeys."""
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(_object(line), ensure_ascii=False))


def _object(line: Line) -> dict[str, object]:
    found: dict[str, object]
    match line:
        case Header(scopes):
            found = {"type": FORMAT, "version": VERSION, "scopes": list(scopes)}
        case ScopeLine(scope):
            found = {"type": "scope", "scope": scope}
        case Titled():
            found = _session(line)
        case Linked(one, other):
            found = {"type": "link", "messages": [one, other]}
        case End(lines):
            found = {"type": "end", "lines": lines}
        case Feedback():
            found = _feedback(line)
        case Pinned(message, time):
            found = {"type": "pin", "message": message, "time": _iso(time)}
        case RecalledFor(reply, recalled):
            found = {"type": "recalled", "reply": reply, "memories": [_recalled(one) for one in recalled]}
        case Message():
            found = _message(line)
    return found


def _session(one: Titled) -> dict[str, object]:
    values = {"title": one.title, "made": one.made, "pinned": one.pinned, "parent": one.parent, "forked": one.forked}
    return {"type": "session", "id": one.id, **{name: value for name, value in values.items() if value}}


def _message(one: Message) -> dict[str, object]:
    tokens = [one.prompt_tokens, one.completion_tokens]
    values: dict[str, tuple[object, object]] = {
        "exchange": (one.exchange, one.id),
        "role": (one.role.value, None),
        "speaker": (one.speaker, ""),
        "time": (_iso(one.time), None),
        "source": (one.source, ""),
        "source_id": (one.source_id, ""),
        "status": (one.status.value, Status.COMPLETE.value),
        "origin": (one.origin.value, Origin.CHAT.value),
        "model": (one.model, ""),
        "used": (list(one.used), []),
        "tokens": (tokens, [None, None]),
    }
    shown = {name: value for name, (value, usual) in values.items() if value != usual}
    return {"type": "message", "id": one.id, "session": one.session, **shown, "text": one.text}


def _feedback(one: Feedback) -> dict[str, object]:
    signals = _finite(one.signals)
    score = float(one.score) if one.score is not None and math.isfinite(one.score) else None
    values = {"cue": one.cue or None, "time": _iso(one.time), "score": score, "signals": signals or None}
    shown = {name: value for name, value in values.items() if value is not None}
    return {"type": "feedback", "message": one.message_id, "verdict": one.verdict.value, **shown}


def _recalled(one: Recalled) -> dict[str, object]:
    path = [[kind, id_, weight if math.isfinite(weight) else 0.0] for kind, id_, weight in one.path]
    values = {"used": one.used, "score": one.score if math.isfinite(one.score) else 0.0}
    return {"message": one.message_id, **values, "signals": _finite(one.signals), "path": path}


def _finite(figures: Mapping[str, float]) -> dict[str, float]:
    """The numbers that JSON can hold."""
    return {name: float(value) for name, value in figures.items() if math.isfinite(value)}


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
