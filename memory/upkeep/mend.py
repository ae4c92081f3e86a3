"""Mending what can be mended without losing anything. The journal's messages are never touched."""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING

from memory.errors import StorageError
from memory.indexes.locks import ProcessLock
from memory.recall.personal import FILE as LEARNED
from memory.upkeep.filecheck import left_behind
from memory.upkeep.files import free_name

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from memory.journal import Journal

_log = logging.getLogger(__name__)


def tidy(folder: Path, in_use: Collection[str]) -> int:
    """Remove what unfinished work left in the data folder, and no process has open; how much of it."""
    gone = 0
    for path in left_behind(folder, in_use):
        try:
            if path.is_dir():
                with ProcessLock(folder / f"{path.name}.lock").held() as got:
                    if got:
                        shutil.rmtree(path)
                        gone += 1
            elif path.suffix != ".lock":
                path.unlink(missing_ok=True)
                gone += 1
        except OSError as error:
            _log.warning("%s cannot be removed: %s", path, error)
    for path in left_behind(folder, in_use):
        if path.suffix == ".lock" and not path.with_suffix("").exists():
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def set_learned_aside(folder: Path) -> Path:
    """Move a `learned.json` that cannot be read aside; where to. Raises `StorageError`."""
    path = folder / LEARNED
    aside = free_name(folder, "learned", ".unreadable")
    try:
        path.rename(aside)
    except OSError as error:
        raise StorageError(f"{path} cannot be moved: {error.strerror or error}.", "Check permissions.") from error
    return aside


def revector(journal: Journal) -> None:
    """Have vectors that are of the wrong length, or were left out, made anew at the next catching up."""
    journal.drop_broken_vectors()
