"""What the journal hands over and takes back whole, beside messages and feedback: titles and links."""

from __future__ import annotations

from dataclasses import dataclass

from memory.types import Feedback, Message


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


Record = Titled | Message | Linked | Feedback
"""Whatever is exported and restored. The place (`seq`) of a message means nothing then."""


@dataclass(slots=True)
class Restored:
    """What a restoring did.

    Attributes:
        added: messages that are new in the journal.
        known: messages that it had already; they are left as they are.
        forgotten: messages that were forgotten here and therefore not taken.
        links, verdicts: links and verdicts that are new.
        secrets: messages in which a secret was found (see `memory.secrets`).
    """

    added: int = 0
    known: int = 0
    forgotten: int = 0
    links: int = 0
    verdicts: int = 0
    secrets: int = 0
