"""Journal: the append-only log and everything that is read from it, behind one name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from memory.journal.appending import Appending
from memory.journal.browsing import Browsing
from memory.journal.choices import Choices
from memory.journal.clock import Clocks
from memory.journal.database import Database
from memory.journal.exporting import Exporting
from memory.journal.feedback import FeedbackLog
from memory.journal.forgetting import Forgetting
from memory.journal.importing import Importing
from memory.journal.indexes import IndexStates
from memory.journal.links import Links
from memory.journal.looking import Looking
from memory.journal.messages import Messages
from memory.journal.pins import Pins
from memory.journal.recalled import RecalledLog
from memory.journal.retention import Retention
from memory.journal.sessions import Sessions
from memory.journal.sessionvectors import SessionVectors
from memory.journal.traces import Traces
from memory.journal.undoing import Undoing
from memory.journal.upkeep import Upkeep
from memory.journal.vectors import Vectors

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path


class Journal(
    Appending,
    Messages,
    Sessions,
    Vectors,
    IndexStates,
    Forgetting,
    Traces,
    Links,
    SessionVectors,
    FeedbackLog,
    Choices,
    Upkeep,
    Exporting,
    Importing,
    Retention,
    Clocks,
    Undoing,
    RecalledLog,
    Pins,
    Browsing,
):
    """The truth. Safe to use from several threads, and on one file from several processes at once.

    What a method that writes has returned from is on the disk: it survives a killed process and, for what was said,
    a power cut too. Every method raises `StorageError` when the disk is full, the file read-only, or another
    process kept writing for half a minute, and `JournalError` when the file is damaged.
    """

    @classmethod
    def open(cls, path: Path) -> Self:
        """The journal at `path`; made when it is not there, brought up to this version when it is older.

        Raises `JournalError` when it is of a newer version (the file is left as it is), not a journal or damaged, and
        `StorageError` when it cannot be read or made. Where it may only be read, writing raises `StorageError`.
        """
        return cls(Database.open(path))

    @classmethod
    def look(cls, path: Path) -> Self:
        """The journal at `path` to be read alone, without writing a byte anywhere; empty where there is none.

        Whatever writes raises `StorageError`. Raises what `memory.journal.looking` says.
        """
        return cls(Looking.open(path))

    def check_writable(self) -> None:
        """Raises `StorageError` when nothing may be written: for those who write beside the journal."""
        if self.read_only:
            with self._db.write():
                pass

    @property
    def looking(self) -> bool:
        """Whether nothing at all may be written, nor beside the file either."""
        return isinstance(self._db, Looking)

    @property
    def read_only(self) -> bool:
        """Whether the file may only be read."""
        return self._db.read_only

    def identity(self) -> str:
        """A name that no other journal has; an index that carries it was made from this one."""
        return self._db.identity

    def held(self) -> AbstractContextManager[None]:
        """A block in which small things are read once, however often they are asked for, as of its beginning."""
        return self._db.kept.hold()

    def stats(self) -> tuple[int, int, int, int]:
        """Counts of messages, sessions and passages, and the size on disk in bytes."""
        with self._db.read() as connection:
            messages, sessions, passages = connection.execute(
                "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM sessions),"
                " (SELECT count(*) FROM passages)"
            ).fetchone()
        return messages, sessions, passages, self._db.size()

    def close(self) -> None:
        """Let go of the file; doing it twice is allowed."""
        self._db.close()
