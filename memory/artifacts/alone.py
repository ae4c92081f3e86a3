"""One process at a time works on a model's files; the others wait and find what it has done."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from memory.artifacts.files import storage_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from memory.artifacts.types import Progress

_WAIT_SECONDS = 0.5


@contextmanager
def alone(folder: Path, slug: str, progress: Progress | None, what: str) -> Iterator[None]:
    """Hold the lock called `slug` in `folder` for a block. While it is held elsewhere, wait and tell `progress`.

    Raises `StorageError` when the lock file cannot be made.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / f".{slug}.lock", thread_local=False, mode=0o600)
    with storage_errors(folder):
        while not lock.is_locked:
            try:
                lock.acquire(timeout=_WAIT_SECONDS)
            except Timeout:
                if progress:
                    progress(0, 0, f"waiting for another process that prepares {what}")
    try:
        yield
    finally:
        lock.release()
