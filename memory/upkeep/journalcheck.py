"""Examining the journal: the file as SQLite sees it, then whether what is in it holds together."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from memory.folders import in_the_way
from memory.journal.faults import primary_code
from memory.journal.migrations import APPLICATION_ID, MIGRATIONS
from memory.text import cut
from memory.upkeep.files import connect
from memory.upkeep.findings import Finding, Mend, fine, note, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PART = "journal"
SALVAGE = (
    "Restore a backup (`recollect restore FILE`), or save what can be read with `recollect doctor --salvage FILE` and"
    " restore that. The damaged file is never written to."
)
_SHOWN = 3
_LARGE_LOG = 256 << 20


def examine_journal(path: Path) -> Iterator[Finding]:
    """What there is to say of the journal at `path`; nothing is written."""
    if told := in_the_way(path.parent):
        yield wrong(PART, told, "Put back what belongs there (mount the disk), or choose another with RECOLLECT_HOME.")
        return
    if path.is_symlink() and not path.exists():
        yield wrong(PART, f"{path} is a link to {path.readlink()}, and that is not there", "Put that file back.")
        return
    if not path.is_file() or not path.stat().st_size:
        yield note(PART, "there is none yet: nothing was said", "")
        return
    try:
        with closing(connect(path, "ro")) as connection:
            yield from _examine(connection, path)
    except sqlite3.Error as error:
        code = primary_code(error)
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            yield wrong(PART, f"another process has kept it locked ({error})", "Wait for it to end, or stop it.")
        elif code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            yield wrong(PART, f"it is damaged: {error}", SALVAGE)
        else:
            yield wrong(PART, f"it cannot be read: {error}", "Check the permissions of the file and its folder.")


def _examine(connection: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        yield wrong(PART, f"{path} is a database of another program", "Move it away, or restore a backup.")
        return
    if version > len(MIGRATIONS):
        yield wrong(
            PART,
            f"it is of version {version}, and this recollect knows those up to {len(MIGRATIONS)}",
            "Install the newest recollect.",
        )
        return
    complaints = [row[0] for row in connection.execute(f"PRAGMA integrity_check({_SHOWN})")]
    if complaints != ["ok"]:
        yield wrong(PART, f"it is damaged: {'; '.join(complaints)}", SALVAGE)
        return
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({row[0] for row in broken}))
        yield wrong(PART, f"{len(broken)} rows of {tables} belong to nothing", SALVAGE)
    if version < len(MIGRATIONS):
        yield note(PART, f"it is of version {version} and is brought up to {len(MIGRATIONS)} when it is next opened")
        return
    yield from _holds_together(connection)
    messages, sessions = connection.execute(
        "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM sessions)"
    ).fetchone()
    yield fine(PART, f"messages {messages:,}, sessions {sessions:,}, version {version}, whole")
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size > _LARGE_LOG:
        yield note(
            PART, f"its write-ahead log has grown to {log.stat().st_size >> 20} MB: a process reads all the while"
        )
    if connection.execute("SELECT 1 FROM meta WHERE name = 'scrub'").fetchone():
        yield note(
            PART,
            "its file is still to be rewritten after a forgetting",
            "It is done as soon as no other process reads an older state.",
            Mend.SCRUB,
        )


def _holds_together(connection: sqlite3.Connection) -> Iterator[Finding]:
    lacking = connection.execute(
        "SELECT text FROM messages m WHERE text <> '' AND NOT EXISTS (SELECT 1 FROM passages WHERE message = m.seq)"
    ).fetchall()
    lost = sum(bool(cut(row[0])) for row in lacking)
    if lost:
        yield wrong(
            PART, f"{lost} messages have no passages, so that they cannot be recalled", "Export and import them anew."
        )
    strange = connection.execute(
        "SELECT count(*) FROM vectors v JOIN embedders e ON e.key = v.embedder"
        " WHERE length(v.vector) <> 2 * e.dimension"
    ).fetchone()[0]
    if strange:
        yield wrong(PART, f"{strange} vectors are of the wrong length", "`recollect doctor --fix`.", Mend.VECTORS)
    skipped = connection.execute(
        "SELECT count(*) FROM passages p JOIN index_states s ON s.name = 'embedded:' || s.identity"
        " JOIN embedders e ON e.name = s.identity WHERE p.id <= s.position"
        " AND NOT EXISTS (SELECT 1 FROM vectors v WHERE v.passage = p.id AND v.embedder = e.key)"
    ).fetchone()[0]
    if skipped:
        yield wrong(PART, f"{skipped} passages were left without a vector", "`recollect doctor --fix`.", Mend.VECTORS)
