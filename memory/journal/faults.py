"""What SQLite reports, as errors that say what to do."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from memory.errors import JournalError, RecollectError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEND = "Put a copy back in its place, mend it with `sqlite3 journal.db .recover`, or move it away to begin anew."
_ACCESS = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH}
_BUSY = (
    "Another process has been writing to {path} for too long.",
    "Wait for it to end, or stop it, and try again.",
)
_CANNOT = {
    sqlite3.SQLITE_FULL: ("The disk is full: {path} cannot grow.", "Free some space and try again."),
    sqlite3.SQLITE_READONLY: (
        "The journal {path} cannot be opened or written: {error}.",
        "Change the permissions of the file and its folder, or choose another place with RECOLLECT_HOME.",
    ),
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_IOERR: (
        "Reading or writing {path} failed: {error}.",
        "Check that the disk is sound and has space, and try again.",
    ),
}


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's result code without the extension, or 0 when the error is not from SQLite itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def explained(error: sqlite3.Error, path: Path) -> RecollectError:
    """The error to raise for what SQLite reported about the file at `path`."""
    code = primary_code(error)
    if code in _ACCESS:
        code = sqlite3.SQLITE_READONLY
    if code in _CANNOT:
        message, hint = _CANNOT[code]
        return StorageError(message.format(path=path, error=error), hint)
    if code == sqlite3.SQLITE_NOTADB:
        return JournalError(f"The file {path} is not a journal.", MEND)
    return JournalError(f"The journal {path} is damaged or cannot be used: {error}.", MEND)


@contextmanager
def explaining(path: Path) -> Iterator[None]:
    """Turn SQLite's errors in a block into ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise explained(error, path) from error
