"""Looking: a journal that is read and never written, not even beside its file, for sessions that leave no trace.

SQLite itself writes when it reads a file in WAL mode: it makes the log's index. So the file is opened as one that
nobody changes while no log lies beside it. When another process has the memory open (a log lies there) it is opened as
usual, for reading alone; of that the index is told, and nothing else is written. Each reading opens the file anew, so
that what changed meanwhile is seen.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, Self

from memory.errors import JournalError, StorageError
from memory.journal.aside import has_log
from memory.journal.database import Database
from memory.journal.faults import MEND, explaining
from memory.journal.ids import new_id
from memory.journal.migrations import APPLICATION_ID, MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BUSY_SECONDS = 30


class Looking(Database):
    """An existing journal to look at, or an empty one in memory where there is none; use `open`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, read_only=True)
        self._empty: sqlite3.Connection | None = None
        self._name = f"file:recollect-{new_id()}?mode=memory&cache=shared"

    @classmethod
    def open(cls, path: Path) -> Self:
        """Look at the journal at `path`.

        Raises `JournalError` when it is of a newer version, not a journal or damaged, and `StorageError` when it cannot
        be read or is of an older version (it would have to be written to be brought up to this one).
        """
        opened = cls(path)
        with explaining(path):
            if not path.exists() or (path.is_file() and path.stat().st_size == 0):
                opened._empty = opened._connect(query_only=True)
                opened._empty.execute("PRAGMA query_only = 0")
                for migrate in MIGRATIONS:
                    migrate(opened._empty)
            else:
                opened._check_version()
            with opened.read() as connection:
                row = connection.execute("SELECT value FROM meta WHERE name = 'identity'").fetchone()
        if row is None:
            raise JournalError(f"The journal {path} is damaged: it has no identity.", MEND)
        opened.identity = row[0]
        return opened

    def _check_version(self) -> None:
        with self.read() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            application = connection.execute("PRAGMA application_id").fetchone()[0]
        if application != APPLICATION_ID:
            raise JournalError(f"The file {self.path} is a database of another program, not a journal.", MEND)
        if version > len(MIGRATIONS):
            raise JournalError(
                f"The journal {self.path} is of version {version}, and this recollect knows those up to "
                f"{len(MIGRATIONS)}.",
                "Install the newest recollect, or point RECOLLECT_HOME to another folder.",
            )
        if version < len(MIGRATIONS):
            raise StorageError(
                f"The journal {self.path} is of an older version, and nothing may be written now.",
                "Open it once without --incognito, so that it is brought up to this version.",
            )

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with. Fetch all rows inside the block."""
        self._check()
        with explaining(self.path):
            connection = self._connect(query_only=True)
            try:
                yield connection
            finally:
                connection.close()

    def write(self, durable: bool = True) -> NoReturn:  # noqa: ARG002
        """Raises `StorageError`."""
        raise StorageError(
            "This session is incognito: nothing is written.",
            "Leave out --incognito to keep, change or forget anything.",
        )

    def scrub(self) -> bool:
        """Nothing is rewritten: False."""
        return False

    def close(self) -> None:
        """Let go of an empty journal."""
        super().close()
        if self._empty is not None:
            self._empty.close()
            self._empty = None

    def _connect(self, query_only: bool) -> sqlite3.Connection:  # noqa: ARG002 - always
        there = self.path.exists() and self._empty is None
        still = not has_log(self.path)
        where = f"{self.path.absolute().as_uri()}?{'immutable=1' if still else 'mode=ro'}" if there else self._name
        connection = sqlite3.connect(
            where, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA query_only = 1")
        return connection
