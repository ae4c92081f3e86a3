"""Folders and files that only their user may read."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from memory.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path


def private_folder(path: Path) -> Path:
    """Make `path`, and what lacks above it, for the user alone (0700). Raises `StorageError` when that cannot be."""
    try:
        make_private(path)
    except OSError as error:
        raise StorageError(
            f"The folder {path} cannot be made: {error.strerror or error}.",
            "Choose another place with RECOLLECT_HOME, or change the folder's permissions.",
        ) from error
    return path


def make_private(path: Path) -> None:
    """As `private_folder`, for those who tell of an `OSError` in words of their own."""
    for missing in reversed([each for each in (path, *path.parents) if not each.exists()]):
        missing.mkdir(exist_ok=True, mode=0o700)
    path.mkdir(exist_ok=True)


def narrow(path: Path) -> None:
    """Take from others the right to use a file of this user's. Raises `OSError`."""
    about = path.lstat()
    if os.name == "posix" and stat.S_ISREG(about.st_mode) and about.st_mode & 0o077 and about.st_uid == os.geteuid():
        path.chmod(0o600)


def writable(path: Path) -> bool:
    """Whether this process may write to an existing file or folder."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
