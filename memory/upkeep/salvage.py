"""Salvaging: what can still be read of a damaged journal, as a backup that can be restored. The journal is only read.

Rows are read by their numbers, alone where a run of them fails, so that one bad page costs the rows that lie on it.
What can be made again (vectors, terms, positions) is left to be made again.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memory.errors import JournalError, StorageError, UsageError
from memory.journal import Journal
from memory.text import cut
from memory.upkeep.backup import back_up
from memory.upkeep.files import connect, require_space, side_files, storage_errors, temporary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    Progress = Callable[[int, int, str], None]
    Row = tuple[object, ...]

_RUN = 256
_MOST_IN_VAIN = 4096
_HINT = "Restore a backup with `recollect restore FILE`; SQLite's own `.recover` may find more."


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was saved: the file, how many messages, and how many at least could not be read."""

    path: Path
    messages: int
    lost: int


def salvage(journal: Path, target: Path, progress: Progress | None = None) -> Salvaged:
    """Write what can be read of a damaged journal to a backup at `target`.

    Raises `JournalError` when not a single message can be read, `StorageError` when there is no journal or `target`
    cannot be written, and `UsageError` when `target` is there already.
    """
    if not journal.is_file():
        raise StorageError(f"There is no journal at {journal}.", "Check RECOLLECT_HOME.")
    if target.exists():
        raise UsageError(f"{target} is there already.", "Name a file that is not there yet.")
    files = [journal, *side_files(journal)]
    require_space(target.parent, 3 * sum(each.stat().st_size for each in files), "Salvaging")
    with temporary(target) as base:
        workshop = base.with_name(f"{base.name}.d")
        with storage_errors(workshop):
            workshop.mkdir(mode=0o700)
        try:
            for each in files:
                with storage_errors(workshop):
                    shutil.copyfile(each, workshop / each.name.replace(journal.name, "damaged.db"))
            lost = _rescue(workshop / "damaged.db", workshop / "journal.db", progress)
            made = back_up(workshop / "journal.db", target, {"learned.json": journal.with_name("learned.json")})
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
    return Salvaged(made.path, made.messages, lost)


def _rescue(damaged: Path, fresh: Path, progress: Progress | None) -> int:
    """Fill a new journal with what the damaged one gives; how many messages are known to be lost."""
    Journal.open(fresh).close()
    try:
        with closing(connect(damaged, "rw")) as source, closing(connect(fresh, "rw")) as made:
            source.execute("PRAGMA cell_size_check = ON")
            scopes: dict[object, object] = {row[0]: row[1] for row in _rows(source, "scopes", "key, name")}
            sessions = {row[0]: row for row in _rows(source, "sessions", "key, scope, id, title")}
            messages = list(_messages(source, progress))
            if not messages:
                raise JournalError("Not one message of the journal can be read.", _HINT)
            made.execute("BEGIN IMMEDIATE")
            _write(made, scopes, sessions, messages)
            kept = {row[0] for row in messages}
            for table, width in (("linked", 2), ("feedback", 9)):
                _copy(source, made, table, width, kept)
            made.execute("COMMIT")
            newest = _newest(source)
    except sqlite3.Error as error:
        raise JournalError(f"The journal cannot be read at all: {error}.", _HINT) from error
    return max(0, newest - _forgotten(damaged) - len(messages)) if newest else 0


def _rows(source: sqlite3.Connection, table: str, columns: str) -> Iterator[Row]:
    """The rows of a table with a number of their own, as far as they can be read."""
    last = vain = 0
    while vain < _MOST_IN_VAIN:
        query = f"SELECT {columns} FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?"  # noqa: S608 - names from here
        try:
            found = source.execute(query, (last, _RUN)).fetchall()
            if not found:
                return
            yield from found
            last, vain = int(found[-1][0]), 0
        except sqlite3.DatabaseError:
            for number in range(last + 1, last + _RUN + 1):
                row = _row(source, table, columns, number)
                vain = 0 if row else vain + 1
                if row:
                    yield row
            last += _RUN


def _row(source: sqlite3.Connection, table: str, columns: str, number: int) -> Row | None:
    try:
        query = f"SELECT {columns} FROM {table} WHERE rowid = ?"  # noqa: S608 - names from here
        found: Row | None = source.execute(query, (number,)).fetchone()
    except sqlite3.DatabaseError:
        return None
    return found


_COLUMNS = (
    "seq, id, scope, session, exchange, role, speaker, time, source, source_id, status, origin, model, used,"
    " prompt_tokens, completion_tokens, text"
)


def _messages(source: sqlite3.Connection, progress: Progress | None) -> Iterator[Row]:
    seen: set[object] = set()
    total = _newest(source)
    for row in _rows(source, "messages", _COLUMNS):
        if row[1] not in seen and isinstance(row[1], str) and isinstance(row[16], str):
            seen.add(row[1])
            if progress:
                progress(int(str(row[0])), total, "salvaging")
            yield row


def _newest(source: sqlite3.Connection) -> int:
    try:
        row = source.execute("SELECT seq FROM sqlite_sequence WHERE name = 'messages'").fetchone()
    except sqlite3.DatabaseError:
        return 0
    return int(row[0]) if row else 0


def _forgotten(damaged: Path) -> int:
    try:
        with closing(connect(damaged, "rw")) as source:
            row = source.execute("SELECT count(DISTINCT message) FROM tombstones").fetchone()
    except sqlite3.DatabaseError:
        return 0
    return int(row[0])


def _write(
    made: sqlite3.Connection, scopes: dict[object, object], sessions: dict[object, Row], messages: Sequence[Row]
) -> None:
    """Write messages with their scopes, sessions and passages; what is lost of the first two is given a name."""
    for row in messages:
        _, _, scope, session, *_ = row
        scopes.setdefault(scope, "default" if "default" not in scopes.values() else f"lost-{scope}")
        sessions.setdefault(session, (session, scope, f"lost-{session}", ""))
    made.executemany("INSERT OR IGNORE INTO scopes VALUES (?, ?)", scopes.items())
    wanted = {row[3] for row in messages}
    made.executemany(
        "INSERT OR IGNORE INTO sessions VALUES (?, ?, ?, ?)",
        [row for key, row in sessions.items() if key in wanted and row[1] in scopes],
    )
    made.executemany(f"INSERT OR IGNORE INTO messages VALUES ({', '.join('?' * 17)})", messages)  # noqa: S608
    made.executemany(
        'INSERT INTO passages (message, scope, ordinal, start, "end") VALUES (?, ?, ?, ?, ?)',
        [
            (row[0], row[2], ordinal, start, end)
            for row in messages
            for ordinal, (start, end) in enumerate(cut(str(row[16])))
        ],
    )


def _copy(source: sqlite3.Connection, made: sqlite3.Connection, table: str, width: int, kept: set[object]) -> None:
    """Copy a table that belongs to messages, as far as it can be read."""
    marks = ", ".join("?" * width)
    first = 1 if table == "feedback" else 0
    try:
        for row in source.execute(f"SELECT * FROM {table}"):  # noqa: S608 - names from here
            if row[first] in kept and (table != "linked" or row[1] in kept):
                made.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)  # noqa: S608
    except sqlite3.DatabaseError:
        return
