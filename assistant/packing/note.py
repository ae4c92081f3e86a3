"""Note: a recollection as it is to stand in a prompt, with what has to stand beside it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memory.types import Message, Recollection


class Age(StrEnum):
    """Which of several statements about the same thing a note is, by when they were said."""

    OLDER = "older"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a recollection.

    Attributes:
        before: the question that it answers; None when it is understood without, or stands in its exchange.
        after: the answer to the question that it is; None as above.
        again: other messages that say the same, in the order of time; they are shown as dates alone.
        age: set when another note says something else about the same thing.
    """

    before: Message | None = None
    after: Message | None = None
    again: tuple[Message, ...] = ()
    age: Age | None = None


NOTHING = Beside()


@dataclass(frozen=True, slots=True)
class Note:
    """A recollection with what stands beside it."""

    recollection: Recollection
    beside: Beside = NOTHING

    @property
    def message(self) -> Message:
        """The message that was evoked."""
        return self.recollection.message
