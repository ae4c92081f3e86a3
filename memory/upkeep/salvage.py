"""Salvaging: what can still be read of a damaged journal, as a backup that can be restored. The journal is only read.

Rows are read by SQLite as far as it gets, by their numbers where a run of them fails, and messages that it cannot reach
any more are looked for on the pages themselves. So a bad page costs what lies on it and nothing else.
What can be made again (vectors, terms, positions) is left to be made again.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memory.errors import JournalError, StorageError, UsageError
from memory.journal import Journal
from memory.text import cut
from memory.types import Role
from memory.upkeep.backup import back_up
from memory.upkeep.files import connect, require_space, side_files, storage_errors, temporary
from memory.upkeep.leaves import rows as leaf_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    Progress = Callable[[int, int, str], None]
    Row = dict[str, object]

_RUN = 256
_MOST_IN_VAIN = 4096
_HINT = "Restore a backup with `recollect restore FILE`; SQLite's own `.recover` may find more."
_ID = re.compile(r"[0-9a-z]{6,32}")
_BESIDE = ("linked", "feedback", "tombstones", "forgotten")


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
    with closing(connect(damaged, "rw")) as source, closing(connect(fresh, "rw")) as made:
        columns = {table: _columns(made, table) for table in ("scopes", "sessions", "messages", *_BESIDE, "meta")}
        tables = {table: list(_rows(source, table, columns[table])) for table in ("scopes", "sessions")}
        beside = {table: _all(source, table, columns[table]) for table in (*_BESIDE, "meta")}
        forgotten = {str(row["message"]) for row in beside["tombstones"]}
        messages: dict[str, Row] = {}
        newest = _newest(source)
        for row in (*_rows(source, "messages", columns["messages"]), *_from_leaves(damaged, columns["messages"])):
            if _is_message(row) and row["id"] not in forgotten:
                messages.setdefault(str(row["id"]), row)
                if progress:
                    progress(len(messages), max(newest, len(messages)), "salvaging")
        if not messages:
            raise JournalError("Not one message of the journal can be read.", _HINT)
        made.execute("BEGIN IMMEDIATE")
        _write(made, tables["scopes"], tables["sessions"], list(messages.values()))
        _write_beside(made, beside, {row["seq"] for row in messages.values()})
        made.execute("COMMIT")
    return max(0, newest - len(forgotten) - len(messages))


def _columns(made: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in made.execute(f"PRAGMA table_info({table})")]


def _selected(source: sqlite3.Connection, table: str, columns: list[str]) -> list[str]:
    """Those of the columns that the damaged journal has, which may be of an older version."""
    with suppress(sqlite3.DatabaseError):
        there = _columns(source, table)
        return [column for column in columns if column in there]
    return []


def _rows(source: sqlite3.Connection, table: str, columns: list[str]) -> Iterator[Row]:
    """The rows of a table with numbers of their own, the first column, as far as SQLite can read them."""
    names = _selected(source, table, columns)
    last = vain = 0
    while names and vain < _MOST_IN_VAIN:
        try:
            found = _read(source, table, names, "rowid > ? ORDER BY rowid LIMIT ?", (last, _RUN))
        except sqlite3.DatabaseError:
            for number in range(last + 1, last + _RUN + 1):
                with suppress(sqlite3.DatabaseError):
                    if one := _read(source, table, names, "rowid = ?", (number,)):
                        vain = 0
                        yield from one
                        continue
                vain += 1
            last += _RUN
            continue
        if not found:
            return
        yield from found
        last, vain = int(str(found[-1][names[0]])), 0


def _read(source: sqlite3.Connection, table: str, names: list[str], where: str, values: tuple[int, ...]) -> list[Row]:
    quoted = ", ".join(f'"{name}"' for name in names)
    query = f"SELECT {quoted} FROM {table} WHERE {where}"  # noqa: S608 - names of our own tables and columns
    return [dict(zip(names, row, strict=True)) for row in source.execute(query, values).fetchall()]


def _all(source: sqlite3.Connection, table: str, columns: list[str]) -> list[Row]:
    """All rows of a small table, or none when it cannot be read through."""
    names = _selected(source, table, columns)
    with suppress(sqlite3.DatabaseError):
        return _read(source, table, names, "1", ()) if names else []
    return []


def _from_leaves(damaged: Path, columns: list[str]) -> Iterator[Row]:
    for number, values in leaf_rows(damaged):
        if len(values) >= _FEWEST and values[0] is None:
            yield dict(zip(columns, [number, *values[1:]], strict=False))


_FEWEST = 17
_ROLES = frozenset(str(role) for role in Role)


def _is_message(row: Row) -> bool:
    return (
        isinstance(row.get("text"), str)
        and row.get("role") in _ROLES
        and isinstance(row.get("scope"), int)
        and isinstance(row.get("session"), int)
        and _ID.fullmatch(str(row.get("id"))) is not None
    )


def _newest(source: sqlite3.Connection) -> int:
    with suppress(sqlite3.DatabaseError):
        row = source.execute("SELECT seq FROM sqlite_sequence WHERE name = 'messages'").fetchone()
        return int(row[0]) if row else 0
    return 0


def _write(made: sqlite3.Connection, scopes: list[Row], sessions: list[Row], messages: list[Row]) -> None:
    """Write messages with their scopes, sessions and passages; what is lost of the first two is given a name."""
    names = {row["key"]: row for row in scopes}
    talks = {row["key"]: row for row in sessions}
    for row in messages:
        scope, session = row["scope"], row["session"]
        taken = {one["name"] for one in names.values()}
        names.setdefault(scope, {"key": scope, "name": f"lost-{scope}" if "default" in taken else "default"})
        talks.setdefault(session, {"key": session, "scope": scope, "id": f"lost-{session}"})
    wanted = {row["session"] for row in messages}
    _insert(made, "scopes", names.values())
    _insert(made, "sessions", (row for row in talks.values() if row["key"] in wanted and row["scope"] in names))
    _insert(made, "messages", messages)
    made.executemany(
        'INSERT INTO passages (message, scope, ordinal, start, "end") VALUES (?, ?, ?, ?, ?)',
        [
            (row["seq"], row["scope"], ordinal, start, end)
            for row in messages
            for ordinal, (start, end) in enumerate(cut(str(row["text"])))
        ],
    )


def _write_beside(made: sqlite3.Connection, beside: dict[str, list[Row]], kept: set[object]) -> None:
    """Write verdicts and links of what was saved, and what is known of what was forgotten."""
    for table in ("linked", "feedback"):
        rows = (row for row in beside[table] if row["message"] in kept and row.get("other", row["message"]) in kept)
        _insert(made, table, rows)
    key = [row for row in beside["meta"] if row["name"] == "forgotten"]
    if key:
        made.execute("DELETE FROM meta WHERE name = 'forgotten'")
        _insert(made, "meta", key)
        _insert(made, "forgotten", beside["forgotten"])


def _insert(made: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    for row in rows:
        quoted = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        made.execute(f"INSERT OR IGNORE INTO {table} ({quoted}) VALUES ({marks})", tuple(row.values()))  # noqa: S608
