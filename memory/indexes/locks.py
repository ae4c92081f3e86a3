"""Locks that say which thread of which process may write an index."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from memory.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class ProcessLock:
    """One holder at a time among the threads of this process and among processes; freed when its process dies.

    Args:
        path: the lock file, readable by the user alone; made when the lock is first taken.
    """

    def __init__(self, path: Path) -> None:
        self._threads = threading.Lock()
        self._file = FileLock(path, timeout=0, thread_local=False, mode=0o600)

    def take(self, timeout: float = 0.0) -> bool:
        """Take the lock, waiting for it at most `timeout` seconds; whether it was got.

        Raises `StorageError` when the lock file cannot be made.
        """
        start = time.monotonic()
        if not self._threads.acquire(timeout=timeout):
            return False
        try:
            self._file.acquire(timeout=max(0.0, timeout - (time.monotonic() - start)))
        except Timeout:
            self._threads.release()
            return False
        except OSError as error:
            self._threads.release()
            raise StorageError(
                f"The lock file {self._file.lock_file} cannot be made: {error.strerror or error}.",
                "Check that the folder can be written and the disk is not full.",
            ) from error
        except BaseException:
            self._threads.release()
            raise
        return True

    def release(self) -> None:
        """Let others have it."""
        self._file.release()
        self._threads.release()

    @contextmanager
    def held(self, timeout: float = 0.0) -> Iterator[bool]:
        """Hold the lock for a block if it can be had within `timeout` seconds; yields whether it is held."""
        got = self.take(timeout)
        try:
            yield got
        finally:
            if got:
                self.release()
