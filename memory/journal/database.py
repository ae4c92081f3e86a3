"""The SQLite file under the journal: connections, transactions, permissions, versions.

Write-ahead log, so that readers never wait; one writer at a time in this process by a lock and among processes by BEGIN
IMMEDIATE. What was said is committed with synchronous=FULL (it survives a power cut); what can be made again, such
as vectors and positions, with NORMAL (it survives a killed process, and costs no wait for the disk).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

from memory.errors import JournalError, StorageError, UsageError
from memory.folders import private_folder, writable
from memory.journal.aside import has_log
from memory.journal.faults import MEND, explained, explaining, primary_code
from memory.journal.kept import Kept
from memory.journal.migrations import APPLICATION_ID, MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BUSY_SECONDS = 30
_KEPT_CONNECTIONS = 4
_LEAST_BYTES = 512
_FREE = "Free some space and start recollect again; what is remembered can be exported to another disk meanwhile."
_WAL_LIMIT = 16 * 1024 * 1024


class Database:
    """Connections to one journal file; use `open`.

    Reading takes a connection from a small pool, writing the one that is kept for it, so no thread waits for
    another but writers for writers.
    """

    def __init__(self, path: Path, read_only: bool, immutable: bool = False, full: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        self._full = full
        self.identity = ""
        self._immutable = immutable
        self._process = os.getpid()
        self._guard = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        self._writing = threading.RLock()
        self._writer: sqlite3.Connection | None = None
        self._watching = threading.Lock()
        self._watch: sqlite3.Connection | None = None
        self.kept = Kept(self.revision)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file at `path`, making it or bringing it up to this version where needed; see `Journal.open`."""
        while True:
            fresh = _make(path)
            file = file_number(path)
            with explaining(path):
                version, immutable, full = (0, False, False) if fresh else _peek(path)
                database = cls(path, full or not (writable(path) and writable(path.parent)), immutable, full)
                try:
                    database._prepare(version)
                except BaseException:
                    database.close()
                    raise
            if file_number(path) == file:
                return database
            database.close()  # another journal was put in its place meanwhile: that one is meant

    def _prepare(self, version: int) -> None:
        """Bring an older journal up to this version and learn the journal's identity."""
        if version < len(MIGRATIONS) and self._full:
            raise StorageError(f"The disk is full: {self.path} cannot be brought up to this version.", _FREE)
        if version < len(MIGRATIONS) and self.read_only:
            raise StorageError(
                f"The journal {self.path} is of an older version and may not be written.",
                "Change its permissions, so that it can be brought up to this version.",
            )
        if not self.read_only:
            _use_wal(self._take_writer())
        self._migrate(version)
        with self.read() as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = 'identity'").fetchone()
        if row is None:
            raise JournalError(f"The journal {self.path} is damaged: it has no identity.", MEND)
        self.identity = row[0]

    def _migrate(self, version: int) -> None:
        """Run what is missing, each migration in a transaction of its own; another process may be at it as well."""
        for number, migrate in list(enumerate(MIGRATIONS, 1))[version:]:
            with self.write() as connection:
                if connection.execute("PRAGMA user_version").fetchone()[0] < number:
                    migrate(connection)
                    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    connection.execute(f"PRAGMA user_version = {number}")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with. Fetch all rows inside the block."""
        self._check()
        with explaining(self.path):
            with self._guard:
                connection = self._idle.pop() if self._idle else None
            connection = connection or self._connect(query_only=True)
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
            with self._guard:
                keep = not self._closed and len(self._idle) < _KEPT_CONNECTIONS
                if keep:
                    self._idle.append(connection)
            if not keep:
                connection.close()

    @contextmanager
    def write(self, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction to write in, committed when the block ends and undone when it raises.

        `durable` waits until the disk has it; without it a power cut (nothing less) may undo the latest ones.
        """
        self._check()
        if self._full:
            raise StorageError(f"The disk is full: the journal {self.path} may only be read.", _FREE)
        if self.read_only:
            raise StorageError(
                f"The journal {self.path} may only be read.",
                "Change the permissions of the file and its folder, or choose another place with RECOLLECT_HOME.",
            )
        with self._writing, explaining(self.path):
            connection = self._take_writer()
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
                self.kept.wrote()
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def revision(self) -> int:
        """A number that is another one once anything was committed, by this process or by another.

        It costs a few microseconds: what was read and kept in memory is known by it to hold still.
        """
        self._check()
        with self._watching, explaining(self.path):
            if self._watch is None:
                self._watch = self._connect(query_only=True)
            return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def scrub(self) -> bool:
        """Rewrite the file and empty the write-ahead log, so that no byte of what was deleted is left in either.

        Returns False when another process was reading an older state all the while; it can be done again later.
        """
        with self._writing, explaining(self.path):
            connection = self._take_writer()
            connection.execute("VACUUM")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def size(self) -> int:
        """Bytes on disk, the write-ahead log with them."""
        total = 0
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                total += self.path.with_name(self.path.name + suffix).stat().st_size
        return total

    def close(self) -> None:
        """Close every connection; those in use are closed when they come back."""
        if os.getpid() != self._process:
            return
        with self._writing, self._watching, self._guard:
            self._closed = True
            for connection in [*self._idle, *(one for one in (self._writer, self._watch) if one)]:
                connection.close()
            self._idle.clear()
            self._writer = self._watch = None

    def _check(self) -> None:
        if os.getpid() != self._process:
            raise UsageError(
                "A memory that was opened before a fork cannot be used after it.", "Open it anew in each process."
            )
        if self._closed:
            raise UsageError(f"The journal {self.path} was closed.", "Open it anew.")

    def _take_writer(self) -> sqlite3.Connection:
        if self._writer is None:
            self._writer = self._connect(query_only=False)
        return self._writer

    def _connect(self, query_only: bool) -> sqlite3.Connection:
        mode = "immutable=1" if self._immutable else f"mode={'ro' if self.read_only else 'rw'}"
        connection = _connect(self.path, mode)
        try:
            if not query_only:
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT}")
            connection.execute(f"PRAGMA query_only = {int(query_only)}")
        except BaseException:
            connection.close()
            raise
        return connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _make(path: Path) -> bool:
    """Make an empty file for the user alone when there is none; whether there is nothing in it yet."""
    private_folder(path.parent)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        _narrow(path)
        return path.is_file() and path.stat().st_size == 0
    except OSError as error:
        raise StorageError(
            f"The journal {path} cannot be made: {error.strerror or error}.",
            "Check that the folder can be written and the disk is not full, or set RECOLLECT_HOME.",
        ) from error
    return True


def file_number(path: Path) -> tuple[int, int]:
    """What tells one file from another that had its name before (device and inode); zeros when there is none."""
    try:
        about = path.stat()
    except OSError:
        return 0, 0
    return about.st_dev, about.st_ino


def _narrow(path: Path) -> None:
    """Take from others the right to read a journal that they could read."""
    if os.name == "posix" and path.is_file() and path.stat().st_mode & 0o077 and path.stat().st_uid == os.geteuid():
        with suppress(OSError):
            path.chmod(0o600)


def _peek(path: Path) -> tuple[int, bool, bool]:
    """The version of an existing file, read without changing a byte of it, whether it must be opened as immutable, and
    whether that is because the disk is full: not even the log's index can be made then, which reading takes.

    Raises `JournalError` when it is of a newer version, or belongs to another program.
    """
    immutable = full = False
    with suppress(OSError):
        # By its size, and the rest by SQLite: to open and close the file here would drop the locks of every connection
        # that this process has to it (POSIX), and another process could then take its write-ahead log away.
        if path.is_file() and path.stat().st_size < _LEAST_BYTES:
            raise JournalError(f"The file {path} is not a journal.", MEND)
    try:
        version, application, tables = _header(path, "mode=ro")
    except sqlite3.Error as error:
        code = primary_code(error)
        full = code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR) and not has_log(path)
        kept = code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY) and not writable(path.parent)
        if not (full or kept):
            raise explained(error, path) from error
        immutable = True
        version, application, tables = _header(path, "immutable=1")
    if application != APPLICATION_ID and (application or version or tables):
        raise JournalError(f"The file {path} is a database of another program, not a journal.", MEND)
    if version > len(MIGRATIONS):
        raise JournalError(
            f"The journal {path} is of version {version}, and this recollect knows those up to {len(MIGRATIONS)}.",
            "It was left as it is: install the newest recollect, or point RECOLLECT_HOME to another folder.",
        )
    return version, immutable, full


def _header(path: Path, mode: str) -> tuple[int, int, int]:
    connection = _connect(path, mode)
    try:
        connection.execute("BEGIN")  # all of one moment: another process may be making the journal just now
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        return version, application, connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    finally:
        connection.close()


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; tried again while another process is making the same file."""
    deadline = time.monotonic() + _BUSY_SECONDS
    pause = threading.Event()
    while True:
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            pause.wait(0.02)
        else:
            return
