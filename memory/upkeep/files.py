"""Files of upkeep: SQLite connections that say what they are for, private files under temporary names, free names."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
import time
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING

from memory.artifacts.files import megabytes, place, sync_folder
from memory.errors import JournalError, RecollectError, StorageError
from memory.folders import writable
from memory.journal.aside import has_log
from memory.journal.faults import primary_code
from memory.journal.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PART = ".part"
_STILL = "&immutable=1"
_SPARE = 16 << 20
_BUSY_SECONDS = 30
_A_DAY = 86_400


def connect(path: Path, mode: str, busy: float = _BUSY_SECONDS) -> sqlite3.Connection:
    """A connection in autocommit to a SQLite file; `mode` is SQLite's own (`ro`, `rw`, `rwc`).

    Where a file is only read and nothing can be written beside it (also because the disk is full), it is taken as one
    that nobody changes.
    """
    still = mode == "ro" and not has_log(path) and not (writable(path) and writable(path.parent))
    connection = _open(path, f"ro{_STILL}" if still else mode, busy)
    if mode == "ro" and not still and not has_log(path):
        try:
            connection.execute("PRAGMA schema_version").fetchone()
        except sqlite3.Error as error:
            if primary_code(error) not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                return connection  # whoever reads is told
            connection.close()
            return _open(path, f"ro{_STILL}", busy)
    return connection


def _open(path: Path, mode: str, busy: float) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=busy)


def side_files(path: Path) -> list[Path]:
    """The files that belong to a SQLite file and are there: its write-ahead log, shared memory, rollback journal."""
    names = [path.with_name(path.name + tail) for tail in ("-wal", "-shm", "-journal")]
    return [each for each in names if each.exists()]


@contextmanager
def temporary(target: Path) -> Iterator[Path]:
    """An empty private file beside `target` that is gone when the block ends, unless it was given another name.

    Those that killed processes left there for the same target are removed first. Raises `StorageError`.
    """
    with storage_errors(target):
        for old in leftovers(target.parent, target.name):
            old.unlink(missing_ok=True)
        path = target.with_name(f".{target.name}.{os.getpid()}-{new_id()}{PART}")
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        yield path
    finally:
        remove(path)


def leftovers(folder: Path, name: str = "") -> list[Path]:
    """Unfinished files that processes which are gone left in a folder, for the target `name` or for any."""
    wanted = re.compile(rf"\.{re.escape(name) if name else '.+'}\.(\d+)(-\w+)?{re.escape(PART)}(-wal|-shm|-journal)?")
    found = [(each, wanted.fullmatch(each.name)) for each in folder.iterdir()] if folder.is_dir() else []
    return sorted(each for each, match in found if match and not _in_work(each, int(match[1])))


def unfinished_files(folder: Path) -> list[Path]:
    """Model files that a process which is gone had begun to write (see `memory.artifacts.files.new_file`)."""
    found = ((each, re.fullmatch(r"\..+\.(\d+)\.new", each.name)) for each in folder.rglob(".*.new"))
    return sorted(each for each, match in found if match and not _in_work(each, int(match[1])))


def _in_work(path: Path, process: int) -> bool:
    """Whether a process may still be at an unfinished file; numbers of processes come again, so not for ever."""
    try:
        return alive(process) and time.time() - path.stat().st_mtime < _A_DAY
    except OSError:
        return True


def alive(process: int) -> bool:
    """Whether another process of this machine runs under this number."""
    if process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def remove(path: Path) -> None:
    """Remove a file and what SQLite keeps beside it; what is not there is passed over."""
    for each in (*side_files(path), path):
        with suppress(FileNotFoundError):
            each.unlink()


def put(temporary_file: Path, target: Path) -> None:
    """Give a whole file its name, so that it is there completely or not at all. Raises `StorageError`."""
    with storage_errors(target):
        place(temporary_file, target)


def keep_aside(path: Path, folder: Path) -> None:
    """Have a file under its own name in `folder` too, without ever taking its present name from it."""
    aside = folder / path.name
    try:
        os.link(path, aside)
    except OSError:  # a file system without hard links
        shutil.copy2(path, aside)
    sync_folder(folder)


def free_name(folder: Path, stem: str, ending: str = "") -> Path:
    """A path in `folder` that is not taken: `stem`, this moment, and `ending`."""
    stamp = datetime.now().astimezone().strftime("%Y-%m-%dT%H-%M-%S")
    for number in range(1, 1000):
        path = folder / f"{stem}-{stamp}{'' if number == 1 else f'-{number}'}{ending}"
        if not path.exists():
            return path
    raise StorageError(f"There is no free name for {stem} in {folder}.", "Tidy up there.")


def require_space(folder: Path, needed: int, what: str) -> None:
    """Raise `StorageError` when the disk has less than `needed` bytes free, and a little to spare."""
    with storage_errors(folder):
        free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        raise StorageError(
            f"{what} needs {megabytes(needed)} in {folder}, and the disk has {megabytes(free)} free.",
            "Free some space, or choose another place.",
        )


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about `path` into `StorageError`."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Free some space." if full else "Check its permissions, or choose another place.",
        ) from error


@contextmanager
def sqlite_errors(path: Path, damaged: RecollectError) -> Iterator[None]:
    """Turn what SQLite says about the file at `path` into `StorageError`, or `damaged` when its content is at fault."""
    try:
        yield
    except sqlite3.Error as error:
        code = primary_code(error)
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise damaged from error
        if code == sqlite3.SQLITE_FULL:
            raise StorageError(f"The disk is full: {path} cannot grow.", "Free some space and try again.") from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StorageError(f"{path} is in use by another process.", "Wait for it to end, or stop it.") from error
        if code:
            raise StorageError(
                f"{path} cannot be read or written: {error}.", "Check its permissions, and that there is space."
            ) from error
        raise JournalError(f"{path} is not what it should be: {error}.", damaged.hint) from error
