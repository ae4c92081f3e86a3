"""Restoring a backup: checked first, put in the place of the present memory in one step, and that one is kept aside."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memory.errors import JournalError, StorageError
from memory.folders import private_folder
from memory.journal.faults import primary_code
from memory.journal.ids import new_id
from memory.recall.personal import FILE as LEARNED
from memory.upkeep import archive
from memory.upkeep.files import (
    connect,
    free_name,
    keep_aside,
    put,
    require_space,
    side_files,
    sqlite_errors,
    storage_errors,
    temporary,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from memory.upkeep.archive import Archive

    Progress = Callable[[int, int, str], None]

ASIDE = "replaced"
"""How the folder begins in which a replaced memory is kept."""

_PAGES = 512
_BUSY_SECONDS = 2.0
_IN_USE = (
    "This memory is open in another recollect, which would go on writing to what is moved aside.",
    "Close it (the conversation, scripts, servers), and restore again.",
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restoring did.

    Attributes:
        archive: the backup.
        aside: the folder in which the replaced memory is kept; None when there was none.
        damaged: whether the replaced journal could not be read any more.
    """

    archive: Archive
    aside: Path | None
    damaged: bool


def restore(source: Path, journal: Path, progress: Progress | None = None) -> Restored:
    """Put a backup in the place of a journal. The indexes then make themselves anew from it.

    The present memory is kept aside, in a folder beside the journal. At every moment either it or the restored one is
    there under the journal's name, whole, also after a kill.

    Args:
        source: the backup.
        journal: the file to be; it need not be there.
        progress: told (done, total, what).

    Raises `JournalError` when `source` is no backup, damaged, or of a newer version, and `StorageError` when it cannot
    be read, the disk is full, or the memory is open in another process. Then nothing was changed.
    """
    if progress:
        progress(0, 1, "checking")
    found = archive.check(source)
    folder = private_folder(journal.parent)
    require_space(folder, found.size, "Restoring")
    with temporary(journal) as part:
        _prepare(source, part, progress)
        learned = found.files.get(LEARNED)
        with ExitStack() as closing_:
            damaged = closing_.enter_context(_alone(journal)) if _is_there(journal) else False
            aside = _set_aside(journal, damaged) if _is_there(journal) else None
            _put_learned(journal.with_name(LEARNED), learned)
            put(part, journal)
    return Restored(found, aside, damaged)


def _is_there(journal: Path) -> bool:
    return journal.is_file() and journal.stat().st_size > 0


def _prepare(source: Path, part: Path, progress: Progress | None) -> None:
    """A journal made of the backup. Its new identity tells every index that it was made from another one."""

    def told(_status: int, remaining: int, total: int) -> None:
        if progress:
            progress(total - remaining, total, "copying")

    with (
        sqlite_errors(part, JournalError(f"The backup {source} is damaged.", "Take an older one.")),
        closing(connect(source, "ro")) as backup,
        closing(connect(part, "rw")) as made,
    ):
        backup.backup(made, pages=_PAGES, progress=told)
        made.execute("BEGIN IMMEDIATE")
        made.execute(f"DROP TABLE {archive.ABOUT}")
        made.execute(f"DROP TABLE {archive.FILES}")
        made.execute("UPDATE meta SET value = ? WHERE name = 'identity'", (new_id(),))
        if made.execute("SELECT 1 FROM sqlite_schema WHERE name = 'index_states'").fetchone():
            made.execute("DELETE FROM index_states WHERE name GLOB 'words*' OR name GLOB 'vectors*'")
        made.execute("COMMIT")
        made.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def _alone(journal: Path) -> Iterator[bool]:
    """Hold the journal so that no other process can use it; yields whether it is damaged.

    A journal in write-ahead mode leaves that mode only when nobody else has it open. Raises `StorageError` when
    somebody has.
    """
    with closing(connect(journal, "rw", _BUSY_SECONDS)) as connection:
        damaged = False
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if primary_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise StorageError(*_IN_USE) from error
            damaged = True
        yield damaged


def _set_aside(journal: Path, damaged: bool) -> Path:
    """Keep the present memory in a folder of its own; it keeps its name too until the restored one takes that."""
    with storage_errors(journal.parent):
        aside = private_folder(free_name(journal.parent, ASIDE))
        keep_aside(journal, aside)
        for each in side_files(journal):
            if damaged:
                each.replace(aside / each.name)
            else:
                each.unlink()
        learned = journal.with_name(LEARNED)
        if learned.is_file():
            keep_aside(learned, aside)
    return aside


def _put_learned(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
        return
    with temporary(path) as part, storage_errors(path):
        part.write_bytes(content)
        put(part, path)


__all__ = ["ASIDE", "Restored", "restore"]
