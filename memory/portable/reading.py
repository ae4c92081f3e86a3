"""A line of an export read back. Nothing of it is believed before it is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory.journal.recalled import Recalled
from memory.journal.records import Linked, Pinned, RecalledFor, Titled
from memory.jsonlines import NotJsonError, decoded
from memory.portable.lines import FORMAT, VERSION, End, Header, ScopeLine
from memory.portable.values import Values, WrongLineError
from memory.types import Feedback, Message, Origin, Role, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from memory.portable.lines import Line


class NewerError(WrongLineError):
    """The file is of a newer version; `version` says which."""

    def __init__(self, version: int) -> None:
        super().__init__(f"it is of version {version}")
        self.version = version


def read(text: bytes) -> Line:
    """The line that these bytes are. Raises `WrongLineError` with what is wrong."""
    try:
        found = decoded(text)
    except NotJsonError as error:
        raise WrongLineError(str(error)) from error
    if not isinstance(found, dict):
        raise WrongLineError("it is not a JSON object")
    kind = found.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise WrongLineError("it has no `type`" if kind is None else f"its type {str(kind)[:40]!r} is not known")
    return reader(Values(found))


def _read_header(values: Values) -> Header:
    version = values.number("version")
    if version > VERSION:
        raise NewerError(version)
    return Header(tuple(values.texts("scopes")))


def _read_link(values: Values) -> Linked:
    one, other = values.ids("messages", exactly=2)
    return Linked(one, other)


def _read_message(values: Values) -> Message:
    id_ = values.id("id")
    tokens = values.tokens()
    return Message(
        seq=0,
        id=id_,
        role=values.choice("role", Role),
        text=values.text("text", needed=True, empty=True),
        session=values.text("session", needed=True, empty=True),
        exchange=values.id("exchange", usual=id_),
        speaker=values.text("speaker"),
        time=values.time("time"),
        source=values.text("source"),
        source_id=values.text("source_id"),
        status=values.choice("status", Status, Status.COMPLETE),
        origin=values.choice("origin", Origin, Origin.CHAT),
        model=values.text("model"),
        used=tuple(values.texts("used", words=True)),
        prompt_tokens=tokens[0],
        completion_tokens=tokens[1],
    )


def _read_feedback(values: Values) -> Feedback:
    return Feedback(
        message_id=values.id("message"),
        verdict=values.choice("verdict", Verdict),
        cue=values.text("cue"),
        time=values.moment("time"),
        score=values.figure("score"),
        signals=values.figures("signals"),
    )


def _read_session(values: Values) -> Titled:
    return Titled(
        values.text("id", needed=True, empty=True),
        values.text("title"),
        values.text("made"),
        values.yes("pinned"),
        values.text("parent"),
        values.maybe_id("forked"),
    )


def _read_recalled(values: Values) -> RecalledFor:
    return RecalledFor(values.id("reply"), tuple(_read_memory(each) for each in values.objects("memories")))


def _read_memory(values: Values) -> Recalled:
    return Recalled(
        values.id("message"),
        values.yes("used"),
        values.figure("score") or 0.0,
        values.figures("signals"),
        values.steps("path"),
    )


_READERS: Mapping[str, Callable[[Values], Line]] = {
    FORMAT: _read_header,
    "scope": lambda values: ScopeLine(values.text("scope", needed=True)),
    "session": _read_session,
    "message": _read_message,
    "link": _read_link,
    "feedback": _read_feedback,
    "pin": lambda values: Pinned(values.id("message"), values.moment("time")),
    "recalled": _read_recalled,
    "end": lambda values: End(values.number("lines")),
}
"""What reads a line, by its type."""
