"""What an importer is: it turns a stream of bytes into messages, and says what it could not read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from memory.types import NewMessage

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Problem:
    """A piece of the input that could not be read.

    Attributes:
        where: `file:line`.
        what: what is wrong with it, as a clause: "it is not JSON".
    """

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Passed:
    """A piece of the input that is understood and not wanted, such as a question or a message without text."""


Item = NewMessage | Problem | Passed


class Importer(Protocol):
    """A format of conversations."""

    def read(self, stream: BinaryIO, name: str) -> Iterator[Item]:
        """The input's items in order, one by one as it is read.

        Args:
            stream: where the bytes come from; read forward only, so that a pipe will do.
            name: what to call the input in problems.

        `NewMessage.source` is the conversation's name, and sessions are named `conversation/session`, so that
        conversations do not mix. Raises `UsageError` when the input as a whole is not of this format.
        """
        ...
