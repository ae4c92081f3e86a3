"""Between rows of the journal and the words of recollect."""

# ruff: noqa: S608 - queries are put together from constants of this package alone

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from memory.types import Message, Origin, Role, Status

if TYPE_CHECKING:
    from memory.journal.database import Database
    from memory.secrets import Screen

MESSAGE_COLUMNS = (
    "m.seq, m.id, m.role, m.text, s.id, m.exchange, m.speaker, m.time, m.source, m.source_id, m.status, m.origin, "
    "m.model, m.used, m.prompt_tokens, m.completion_tokens"
)
MESSAGES = f"SELECT {MESSAGE_COLUMNS} FROM messages m JOIN sessions s ON s.key = m.session"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ROLES = {str(one): one for one in Role}
_STATUSES = {str(one): one for one in Status}
_ORIGINS = {str(one): one for one in Origin}


class Part:
    """What the parts of the journal share: the database, and what looks through texts before they are written.

    Attributes:
        screen: says what of a text may be written, or raises; None writes everything as it is.
    """

    screen: Screen | None = None

    def __init__(self, database: Database) -> None:
        self._db = database

    def _writable(self, text: str) -> str:
        """`text` as it may be written and can be."""
        return storable(self.screen(text) if self.screen else text)

    def _without(self, text: str) -> str:
        """`text` without secrets, where they are not kept: for what is not said, but written beside it."""
        return storable(self.screen.without(text) if self.screen else text)


def message(row: tuple[Any, ...]) -> Message:
    """The message in a row of `MESSAGES`."""
    seq, id_, role, text, session, exchange, speaker, time, source, source_id, status, origin, model, used, *tokens = (
        row
    )
    return Message(
        seq=seq,
        id=id_,
        role=_ROLES[role],
        text=text,
        session=session,
        exchange=exchange,
        speaker=speaker,
        time=moment(time),
        source=source,
        source_id=source_id,
        status=_STATUSES[status],
        origin=_ORIGINS[origin],
        model=model,
        used=tuple(used.split()),
        prompt_tokens=tokens[0],
        completion_tokens=tokens[1],
    )


def moment(microseconds: int | None) -> datetime | None:
    """A time as it is stored (microseconds since 1970, UTC) as a time."""
    return None if microseconds is None else instant(microseconds)


def instant(microseconds: int) -> datetime:
    """A time as it is stored, where there is one."""
    return _EPOCH + timedelta(microseconds=microseconds)


def microseconds(time: datetime | None) -> int | None:
    """A time as it is stored; one without a zone is taken as UTC."""
    if time is None:
        return None
    return ((time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def storable(text: str) -> str:
    """Text as UTF-8 can hold it: halves of surrogate pairs are joined where they meet, else replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
