"""Folders and files that only their user may read."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from memory.errors import StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

_log = logging.getLogger(__name__)


def expanded(path: str) -> Path:
    """The path that is written so, `~` and `~name` made out. Raises `UsageError` when there is no such home folder."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UsageError(
            f"There is no home folder to make out {path!r} by.", "Write the whole path, from / on, or set HOME."
        ) from error


def private_folder(path: Path) -> Path:
    """Make `path`, and what lacks above it, for the user alone (0700). Raises `StorageError` when that cannot be."""
    try:
        make_private(path)
    except OSError as error:
        if told := in_the_way(path):
            raise StorageError(
                f"The folder {path} cannot be used: {told}.",
                "Put back what belongs there (mount the disk), or choose another place with RECOLLECT_HOME.",
            ) from error
        raise StorageError(
            f"The folder {path} cannot be made: {error.strerror or error}.",
            "Choose another place with RECOLLECT_HOME, or change the folder's permissions.",
        ) from error
    return path


def in_the_way(path: Path) -> str:
    """What stands where a folder, or one above it, is expected: a link that leads nowhere, or a file; "" for nothing.

    A link to a disk that is not mounted is not a memory that was never there.
    """
    for each in reversed((path, *path.parents)):
        try:
            if each.is_symlink() and not each.exists():
                return f"{each} is a link to {each.readlink()}, and that is not there"
            if each.exists() and not each.is_dir():
                return f"{each} is a file"
        except OSError as error:
            return f"{each} cannot be looked at ({error.strerror or error})"
    return ""


def make_private(path: Path) -> None:
    """As `private_folder`, for those who tell of an `OSError` in words of their own."""
    for missing in reversed([each for each in (path, *path.parents) if not each.exists()]):
        missing.mkdir(exist_ok=True, mode=0o700)
    path.mkdir(exist_ok=True)


def tighten(folders: Iterable[Path], alone: Iterable[Path] = ()) -> list[Path]:
    """Take away what others than their user may do with `folders` and all in them, and with `alone`; what was looser.

    What is not there, belongs to someone else or cannot be changed is left; symbolic links are not followed.
    """
    if os.name != "posix":
        return []
    inside = (
        path
        for root in folders
        for folder, _, files in os.walk(root)
        for path in (Path(folder), *(Path(folder, name) for name in files))
    )
    return [path for path in (*alone, *inside) if _tightened(path)]


def _tightened(path: Path) -> bool:
    """Whether others could do something with `path`, and can no longer."""
    try:
        about = path.lstat()
        if about.st_uid != os.geteuid() or stat.S_ISLNK(about.st_mode) or not about.st_mode & 0o077:
            return False
        path.chmod(stat.S_IMODE(about.st_mode) & ~0o077)
    except FileNotFoundError:
        return False
    except OSError as error:
        _log.warning("%s cannot be made private: %s", path, error.strerror)
        return False
    return True


def write_private(path: Path, text: str) -> None:
    """Write a small file for the user alone (0600), whole or not at all. Raises `StorageError`."""
    new = path.with_name(f".{path.name}.new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        new.replace(path)
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}.", "Change its permissions, or free some room."
        ) from error


def narrow(path: Path) -> None:
    """Take from others the right to use a file of this user's. Raises `OSError`."""
    about = path.lstat()
    if os.name == "posix" and stat.S_ISREG(about.st_mode) and about.st_mode & 0o077 and about.st_uid == os.geteuid():
        path.chmod(0o600)


def writable(path: Path) -> bool:
    """Whether this process may write to an existing file or folder."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
