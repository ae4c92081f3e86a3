"""JSON lines: one message a line.

    {"type": "message", "conversation": …, "session": …, "id": …, "speaker": …, "role": …, "time": …, "text": …}

`id`, `session`, `role` and `text` are needed; `conversation` is the file's name when it is missing. Lines of the type
`question`, which files made for measuring hold, are passed over, as are messages without text.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, BinaryIO

from assistant.importers.base import Item, Passed, Problem
from memory.errors import UsageError
from memory.jsonlines import NotJsonError, bounded_lines, decoded
from memory.types import NewMessage, Origin, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LONGEST_LINE = 64 * 1024 * 1024
_PASSED_TYPES = frozenset({"question"})


class JsonLines:
    """Reads message lines; see the module for the form of one."""

    def read(self, stream: BinaryIO, name: str) -> Iterator[Item]:
        """The items of `stream`, a problem for each line that is not a message. See `Importer.read`."""
        conversation = PurePath(name).stem or "import"
        any_read = False
        for number, line in enumerate(bounded_lines(stream, _LONGEST_LINE), 1):
            if b"\x00" in line and not any_read:
                raise UsageError(f"{name} is not a text file.", "Give a file of JSON lines, one message a line.")
            if not line.strip():
                continue
            try:
                yield _item(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line, conversation)
                any_read = True
            except _WrongLineError as wrong:
                yield Problem(f"{name}:{number}", str(wrong))


class _WrongLineError(Exception):
    """What is wrong with a line."""


def _item(line: bytes, conversation: str) -> Item:
    if len(line) > _LONGEST_LINE + 1:
        raise _WrongLineError(f"it is longer than {_LONGEST_LINE // 1024 // 1024} MB")
    try:
        found = decoded(line)
    except NotJsonError as error:
        raise _WrongLineError(str(error)) from error
    if not isinstance(found, dict):
        raise _WrongLineError("it is JSON, but not an object with `type`, `id`, `session`, `role` and `text`")
    kind = found.get("type")
    if isinstance(kind, str) and kind in _PASSED_TYPES:
        return Passed()
    if kind != "message":
        raise _WrongLineError("it has no `type`" if kind is None else f"its type {kind!r} is not `message`")
    text = _text(found, "text", needed=True)
    if not text.strip():
        return Passed()
    return _message(found, text, conversation)


def _message(found: Mapping[str, Any], text: str, conversation: str) -> NewMessage:
    conversation = _text(found, "conversation") or conversation
    session = _text(found, "session", needed=True)
    id_ = _text(found, "id", needed=True)
    role = _text(found, "role", needed=True).lower()
    for key, value in (("session", session), ("id", id_)):
        if not value:
            raise _WrongLineError(f"its `{key}` is empty")
    if role not in list(Role):
        raise _WrongLineError(f"its role {role!r} is none of {', '.join(Role)}")
    return NewMessage(
        role=Role(role),
        text=text,
        session=f"{conversation}/{session}",
        speaker=_text(found, "speaker"),
        time=_time(found.get("time")),
        source=conversation,
        source_id=id_,
        origin=Origin.IMPORT,
    )


def _text(found: Mapping[str, Any], key: str, *, needed: bool = False) -> str:
    """A value as text; numbers are taken as they are written. Half of a surrogate pair cannot be stored: replaced."""
    value = found.get(key)
    if value is None:
        if needed:
            raise _WrongLineError(f"it has no `{key}`")
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise _WrongLineError(f"its `{key}` is not text")
    return str(value).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _time(value: object) -> datetime | None:
    """A time from ISO 8601 text or from seconds since 1970; None stays None."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            time = datetime.fromisoformat(value)
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            time = datetime.fromtimestamp(value, UTC)
        else:
            raise _WrongLineError("its `time` is neither text nor a number")
        time.astimezone(UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _WrongLineError(f"its time {value!r} is not like 2024-05-31T18:30:00") from error
    return time
