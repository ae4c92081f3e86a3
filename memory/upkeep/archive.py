"""A backup as a file: a journal (SQLite) with two tables more, one about the backup and one with the files enclosed.

    backup_about  name -> value: format, made (ISO 8601, UTC), digest, messages, sessions, embedder, store
    backup_files  name -> content: `learned.json`, `config.toml`, `prompts/…`

Everything the user said and did is in it (messages, verdicts, links, vectors, what associations are made from), and
neither of the indexes. The digest is of all rows that cannot be made again, so that a bit that fell over is noticed.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from memory.errors import JournalError, StorageError
from memory.journal.migrations import APPLICATION_ID, MIGRATIONS
from memory.upkeep.files import connect, sqlite_errors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = 1
ABOUT, FILES = "backup_about", "backup_files"
_ENCLOSED = re.compile(r"learned\.json|config\.toml|prompts/(?:[\w-][\w.-]*/)*[\w-][\w.-]*\.md")
_KEPT = ("scopes", "sessions", "messages", "linked", "feedback", "tombstones", "forgotten")
_HINT = "Take an older backup, or see `recollect doctor --salvage` for what a damaged file still holds."


@dataclass(frozen=True, slots=True)
class Archive:
    """What a backup holds.

    Attributes:
        path: the file.
        made: when it was made.
        version: of its journal (the number of migrations).
        messages, sessions: how many.
        embedder, store: what its indexes were made with; empty when there was none.
        files: name -> content of what is enclosed.
        size: in bytes.
    """

    path: Path
    made: datetime
    version: int
    messages: int
    sessions: int
    embedder: str = ""
    store: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    size: int = 0


def enclosable(name: str) -> bool:
    """Whether a file of this name may be in a backup, and be written when it is restored."""
    return _ENCLOSED.fullmatch(name) is not None


def digest(connection: sqlite3.Connection) -> str:
    """The sha256 of all rows that cannot be made again."""
    found = hashlib.sha256()
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for table in (name for name in _KEPT if name in tables):
        found.update(table.encode())
        order = "1" if table == "forgotten" else "1, 2"
        for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}"):  # noqa: S608 - names from above
            found.update(json.dumps(row, ensure_ascii=False, default=bytes.hex).encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def describe(connection: sqlite3.Connection, about: Mapping[str, str], files: Mapping[str, bytes]) -> None:
    """Write the two tables of a backup into a copy of a journal."""
    connection.execute(f"CREATE TABLE {ABOUT} (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
    connection.execute(f"CREATE TABLE {FILES} (name TEXT PRIMARY KEY, content BLOB NOT NULL)")
    connection.executemany(f"INSERT INTO {ABOUT} VALUES (?, ?)", about.items())  # noqa: S608 - a constant
    connection.executemany(f"INSERT INTO {FILES} VALUES (?, ?)", files.items())  # noqa: S608 - a constant


def is_backup(path: Path) -> bool:
    """Whether a file looks like a backup, so that a newer one may take its place."""
    try:
        with closing(connect(path, "ro")) as connection:
            return bool(connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (ABOUT,)).fetchone())
    except sqlite3.Error:
        return False


def check(path: Path) -> Archive:
    """Read a backup from end to end; what it holds.

    Raises `JournalError` when it is none, of a newer version, or damaged, and `StorageError` when it cannot be read.
    """
    if not path.is_file():
        raise StorageError(f"There is no file {path}.", "Name a file that `recollect backup` has made.")
    with (
        sqlite_errors(path, JournalError(f"{path} is not a backup, or it is damaged.", _HINT)),
        closing(connect(path, "ro")) as connection,
    ):
        connection.execute("BEGIN")
        version = _version(connection, path)
        about = _about(connection, path)
        complaint = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if complaint != "ok" or connection.execute("PRAGMA foreign_key_check").fetchone():
            raise JournalError(f"The backup {path} is damaged ({complaint}).", _HINT)
        if digest(connection) != about["digest"]:
            raise JournalError(f"The backup {path} is damaged: what it holds is not what was written.", _HINT)
        files = {name: bytes(content) for name, content in connection.execute(f"SELECT * FROM {FILES}")}  # noqa: S608
        counts = connection.execute("SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM sessions)")
        messages, sessions = counts.fetchone()
    strange = sorted(name for name in files if not enclosable(name))
    if strange:
        raise JournalError(f"The backup {path} holds a file that does not belong in it: {strange[0]!r}.", _HINT)
    made = datetime.fromisoformat(about["made"])
    return Archive(
        path, made, version, messages, sessions, about.get("embedder", ""), about.get("store", ""), files,
        path.stat().st_size,
    )  # fmt: skip


def _version(connection: sqlite3.Connection, path: Path) -> int:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if application != APPLICATION_ID:
        raise JournalError(f"{path} is not a backup of recollect.", "Name a file that `recollect backup` has made.")
    if version > len(MIGRATIONS):
        raise JournalError(
            f"The backup {path} is of version {version}, and this recollect knows those up to {len(MIGRATIONS)}.",
            "Install the newest recollect to restore it.",
        )
    return version


def _about(connection: sqlite3.Connection, path: Path) -> dict[str, str]:
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = ?", (ABOUT,)).fetchone():
        raise JournalError(
            f"{path} is a journal, and not a backup of one.", "Name a file that `recollect backup` has made."
        )
    about = dict(connection.execute(f"SELECT name, value FROM {ABOUT}").fetchall())  # noqa: S608 - a constant
    if about.get("format") != str(FORMAT):
        raise JournalError(
            f"The backup {path} is of format {about.get('format')!r}, and this recollect reads format {FORMAT}.",
            "Install the newest recollect to restore it.",
        )
    if not {"made", "digest"} <= about.keys():
        raise JournalError(f"The backup {path} is damaged: it does not say when it was made.", _HINT)
    return about


def now() -> str:
    """This moment as a backup notes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
