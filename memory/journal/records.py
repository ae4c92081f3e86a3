"""What the journal hands over and takes back whole, beside messages and feedback: titles, links, pins, and so on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memory.types import Feedback, Message

if TYPE_CHECKING:
    from datetime import datetime

    from memory.journal.recalled import Recalled


@dataclass(frozen=True, slots=True)
class Titled:
    """A session as it is listed.

    Attributes:
        id: its name.
        title: given to it by hand; empty when it has none.
        made: title that a model made for it.
        pinned: whether it stands at the head of the list.
        parent, forked: the session that it is a branch of, and the last message of it that both share; empty for none.
    """

    id: str
    title: str
    made: str = ""
    pinned: bool = False
    parent: str = ""
    forked: str = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """Two messages (by their ids) that were linked by hand."""

    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """A message (by its id) that is to stand before the model whenever there is room, and since when."""

    message_id: str
    time: datetime


@dataclass(frozen=True, slots=True)
class RecalledFor:
    """What was recalled for an answer (by its id), best first."""

    reply: str
    recalled: tuple[Recalled, ...]


Record = Titled | Message | Linked | Feedback | Pinned | RecalledFor
"""Whatever is exported and restored. The place (`seq`) of a message means nothing then."""


@dataclass(slots=True)
class Restored:
    """What a restoring did.

    Attributes:
        added: messages that are new in the journal.
        known: messages that it had already; they are left as they are.
        forgotten: messages that were forgotten here and therefore not taken.
        links, verdicts, pins: those that are new.
        secrets: messages in which a secret was found (see `memory.secrets`).
    """

    added: int = 0
    known: int = 0
    forgotten: int = 0
    links: int = 0
    verdicts: int = 0
    pins: int = 0
    secrets: int = 0
