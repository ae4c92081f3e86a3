"""File locks that say which process may write an index."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from memory.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def lock_at(path: Path) -> FileLock:
    """A lock on `path` that any thread of this process may hold in turn; the file is readable by the user alone."""
    return FileLock(path, timeout=0, thread_local=False, mode=0o600)


def take(lock: FileLock) -> bool:
    """Take the lock if it is free; False when another process has it. Raises `StorageError` when it cannot be made."""
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    except OSError as error:
        raise StorageError(
            f"The lock file {lock.lock_file} cannot be made: {error.strerror or error}.",
            "Check that the folder can be written and the disk is not full.",
        ) from error
    return True


@contextmanager
def held(lock: FileLock) -> Iterator[bool]:
    """Hold the lock for a block if it is free; yields whether it is held."""
    got = take(lock)
    try:
        yield got
    finally:
        if got:
            lock.release()
