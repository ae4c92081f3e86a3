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
_PART = ".new"
_AN_HOUR = 3600.0


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
        self._kept = False

    def save(self, text: str) -> None:
        """Keep `text` as this process's draft; an empty one is dropped. Raises `StorageError`."""
        self._kept = True
        try:
            if not text.strip():
                self._own.unlink(missing_ok=True)
                return
            private_folder(self._folder)
            fresh = self._own.with_suffix(_PART)
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
        """The newest draft of a process that is no longer there, which is dropped; "" for none.

        Others that are left are there for the next starts. One of this process is taken before it keeps one itself.
        """
        left = [path for path in self._left() if (not self._kept if path == self._own else not _alive(path))]
        newest = ""
        for path in sorted(left, key=_age, reverse=True):
            if path.suffix == _PART and path.with_suffix(".txt") in left:
                continue  # it was being written, and what was written before is whole
            text = _read(path)
            if newest and not newest.startswith(text):
                continue
            newest = newest or text
            for file in (path, path.with_suffix(_PART)):
                with contextlib.suppress(OSError):
                    file.unlink()
        return newest

    def _left(self) -> list[Path]:
        try:
            return [path for path in self._folder.iterdir() if path.suffix in (".txt", _PART)]
        except OSError:
            return []


def _read(path: Path) -> str:
    """The text of a draft; "" for one of blanks, and one that cannot be read is no draft either."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    return text if text.strip() else ""


def _alive(path: Path) -> bool:
    """Whether the process of a draft is there still. Numbers of processes come again: one that began later is not."""
    import psutil

    if not path.stem.isdecimal():
        return False
    try:
        return bool(psutil.Process(int(path.stem)).create_time() <= _age(path) + _AN_HOUR)
    except (psutil.NoSuchProcess, OverflowError, ValueError):
        return False
    except psutil.Error:
        return True


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
