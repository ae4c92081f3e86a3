"""Backup: the whole memory as one file, taken while others go on writing."""

from __future__ import annotations

import os
import stat
from contextlib import closing
from typing import TYPE_CHECKING

from memory.errors import JournalError, StorageError, UsageError
from memory.journal.choices import recorded
from memory.journal.faults import MEND, explaining
from memory.journal.migrations import APPLICATION_ID
from memory.recall.personal import FILE as LEARNED
from memory.upkeep import archive
from memory.upkeep.files import (
    connect,
    free_name,
    put,
    require_space,
    side_files,
    sqlite_errors,
    storage_errors,
    temporary,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from memory.upkeep.archive import Archive

    Progress = Callable[[int, int, str], None]

ENDING = ".backup"
_PAGES = 512


def back_up(
    journal: Path, target: Path, enclosed: Mapping[str, Path] | None = None, progress: Progress | None = None
) -> Archive:
    """Write a backup of a journal and what belongs to it; what is in it.

    It holds what was there at one moment, whatever others write meanwhile, and is read from end to end before it gets
    its name. A backup that has the name already is replaced by it; any other file is left alone.

    Args:
        journal: the journal's file.
        target: the file to make (0600), or a folder to make one in.
        enclosed: more files to put into it, name -> path; those that are not there are left out.
        progress: told (done, total, what).

    Raises `UsageError` when `target` cannot be meant, `StorageError` when it cannot be written or there is no memory,
    and `JournalError` when the journal is damaged: an older backup is then left as it is.
    """
    if not journal.is_file() or not journal.stat().st_size:
        raise StorageError(f"There is no memory at {journal} yet.", "Talk first, or check RECOLLECT_HOME.")
    target = _target(target, journal)
    files = _contents({LEARNED: journal.with_name(LEARNED), **(enclosed or {})})
    size = sum(each.stat().st_size for each in [journal, *side_files(journal)])
    require_space(target.parent, size, "The backup")
    with temporary(target) as part:
        _copy(journal, part, files, progress)
        if progress:
            progress(0, 1, "checking")
        made = archive.check(part)
        put(part, target)
    return archive.Archive(
        target, made.made, made.version, made.messages, made.sessions, made.embedder, made.store, made.files, made.size
    )


def _target(target: Path, journal: Path) -> Path:
    if target.is_dir():
        return free_name(target, "recollect", ENDING)
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}.", "Make it first, or name another place.")
    if target.exists() and not stat.S_ISREG(target.stat().st_mode):
        raise UsageError(f"{target} is not a file.", "Name a file, or a folder to make one in.")
    if target.exists() and target.stat().st_size and (target.samefile(journal) or not archive.is_backup(target)):
        raise UsageError(f"{target} is there already, and is not a backup.", "Name another file, or move it away.")
    return target


def _contents(enclosed: Mapping[str, Path]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name, path in enclosed.items():
        if archive.enclosable(name) and path.is_file():
            with storage_errors(path):
                found[name] = path.read_bytes()
    return found


def _copy(journal: Path, part: Path, files: Mapping[str, bytes], progress: Progress | None) -> None:
    """Copy the journal as it is at one moment: a read transaction that is held all the while."""

    def told(_status: int, remaining: int, total: int) -> None:
        if progress:
            progress(total - remaining, total, "copying")

    with explaining(journal), closing(connect(journal, "ro")) as source:
        if source.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise JournalError(f"The file {journal} is not a journal.", MEND)
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        damaged = JournalError(f"The journal {journal} is damaged.", MEND)
        with sqlite_errors(part, damaged), closing(connect(part, "rw")) as copy:
            source.backup(copy, pages=_PAGES, progress=told)
            _finish(copy, files)
        source.execute("COMMIT")
    os.chmod(part, 0o600)  # noqa: PTH101 - as elsewhere


def _finish(copy: sqlite3.Connection, files: Mapping[str, bytes]) -> None:
    """Make the copy a backup: what it is about, no leftovers of what was forgotten, one file."""
    owed = copy.execute("SELECT 1 FROM meta WHERE name = 'scrub'").fetchone()
    chosen = recorded(copy)
    about = {
        "format": str(archive.FORMAT),
        "made": archive.now(),
        "digest": archive.digest(copy),
        "embedder": chosen.embedder if chosen else _first_embedder(copy),
        "store": chosen.store if chosen else "",
    }
    copy.execute("BEGIN IMMEDIATE")
    archive.describe(copy, about, files)
    copy.execute("COMMIT")
    copy.execute("PRAGMA journal_mode = DELETE")
    if owed:
        copy.execute("VACUUM")


def _first_embedder(copy: sqlite3.Connection) -> str:
    if not copy.execute("SELECT 1 FROM sqlite_schema WHERE name = 'embedders'").fetchone():
        return ""
    row = copy.execute("SELECT name FROM embedders ORDER BY key LIMIT 1").fetchone()
    return str(row[0]) if row else ""
