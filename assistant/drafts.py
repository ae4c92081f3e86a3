"""Drafts: what was being written when the program ended without being asked to. Kept by process, taken up by the next.

A draft is one file in the state folder, for the user alone. It is gone as soon as its text is sent or given up.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from memory.errors import StorageError
from memory.folders import private_folder

if TYPE_CHECKING:
    from pathlib import Path

    from memory.secrets import Screen

_MOST = 1_000_000


class Drafts:
    """The drafts of one user. Methods touch the disk: they are for threads.

    Args:
        folder: where they are kept; made when there is one to keep.
        screen: what takes secrets out of them; None keeps them as they are.
    """

    def __init__(self, folder: Path, screen: Screen | None = None) -> None:
        self._screen = screen
        self._folder = folder
        self._own = folder / f"{os.getpid()}.txt"

    def save(self, text: str) -> None:
        """Keep `text` as this process's draft; an empty one is dropped. Raises `StorageError`."""
        try:
            if not text.strip():
                self._own.unlink(missing_ok=True)
                return
            private_folder(self._folder)
            fresh = self._own.with_suffix(".new")
            fresh.touch(mode=0o600)
            text = self._screen.without(text[:_MOST]) if self._screen else text[:_MOST]
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self._own)
        except OSError as error:
            raise StorageError(
                f"What you are writing cannot be kept in {self._folder}: {error.strerror or error}.",
                "Free some space, or change the folder's permissions.",
            ) from error

    def take(self) -> str:
        """The newest draft of a process that is no longer there, which is dropped with all such; "" for none.

        To be called before this process keeps one of its own.
        """
        left = [path for path in self._left() if path == self._own or not _alive(path.stem)]
        texts = []
        for path in sorted(left, key=_age):
            with contextlib.suppress(OSError, UnicodeDecodeError):  # a draft that cannot be read is no draft
                texts.append(path.read_text(encoding="utf-8"))
            with contextlib.suppress(OSError):
                path.unlink()
        return texts[-1] if texts else ""

    def _left(self) -> list[Path]:
        try:
            return [path for path in self._folder.iterdir() if path.suffix in (".txt", ".new")]
        except OSError:
            return []


def _alive(process: str) -> bool:
    import psutil

    return process.isdigit() and psutil.pid_exists(int(process))


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
