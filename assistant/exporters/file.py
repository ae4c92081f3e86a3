"""The file that an export is written to."""

from __future__ import annotations

import errno
import io
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from memory.artifacts import files
from memory.errors import StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@contextmanager
def new_file(path: Path, *, force: bool = False) -> Iterator[io.TextIOWrapper]:
    """A text file for the user alone (0600) that has its name once it is whole; what is broken off leaves nothing.

    Raises `UsageError` when it is there and may not be written over (`force`), or cannot be written,
    and `StorageError` when there is no room for it.
    """
    try:
        _check(path, force=force)
        with files.new_file(path.resolve()) as file:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
            yield text
            text.detach()  # flushes; the file is closed by who opened it
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageError(
                f"{path} cannot be written: {error.strerror or error}.", "Free some space, or choose another place."
            ) from error
        raise UsageError(
            f"{path} cannot be written: {error.strerror or error}.", "Choose a place that you may write to."
        ) from error


def _check(path: Path, *, force: bool) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", "Give the name of a file in it.")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no file that could be replaced.", "Name a file, or - for a pipe.")
    if not force and os.path.lexists(path):
        raise UsageError(f"{path} is there already.", "Choose another name; `recollect export --force` writes over it.")
