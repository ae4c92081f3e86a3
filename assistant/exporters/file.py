"""The file that an export is written to."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from memory.errors import UsageError

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def new_file(path: Path, *, force: bool = False) -> Iterator[io.TextIOWrapper]:
    """A file for the user alone (0600) that has its name once it is whole; what is broken off leaves nothing.

    It is written as `.NAME.part` beside it first. Raises `UsageError` when it is there and may not be written over
    (`force`), or cannot be made.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", "Give the name of a file in it.")
    if not force and os.path.lexists(path):
        raise UsageError(f"{path} is there already.", "Choose another name; `recollect export --force` writes over it.")
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror or error}.", "Choose a place that you may write to."
        ) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
