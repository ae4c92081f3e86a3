"""Examining a memory: the journal first, then all that is made from it. Nothing is written, no model is loaded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from memory.errors import RecollectError
from memory.journal import Journal
from memory.journal.choices import IN_PREPARATION, recorded
from memory.upkeep import associationcheck, vectorcheck, wordcheck
from memory.upkeep.associationcheck import examine_associations
from memory.upkeep.filecheck import examine_disk, examine_learned, examine_leftovers
from memory.upkeep.files import connect
from memory.upkeep.findings import Finding, State, note, wrong
from memory.upkeep.journalcheck import examine_journal
from memory.upkeep.vectorcheck import Indexed, examine_vectors
from memory.upkeep.wordcheck import examine_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from memory.store import Options


def examine(folder: Path, store: str, options: Options) -> Iterator[Finding]:
    """What there is to say of the memory in `folder`, part by part.

    Args:
        folder: the data folder.
        store, options: name and settings of the vector store, unless another was recorded.
    """
    path = folder / "journal.db"
    yield from examine_disk(folder)
    sound = True
    for finding in examine_journal(path):
        sound = sound and finding.state is not State.WRONG
        yield finding
    if not path.is_file() or not path.stat().st_size:
        return
    if not sound and not _opens(path):
        yield note("indexes", "they are not examined before the journal is sound")
        return
    journal = Journal.open(path)
    try:
        meant = indexed(path, store, options)
        yield from _guarded(wordcheck.PART, lambda: examine_words(journal, folder))
        if meant:
            yield from _guarded(vectorcheck.PART, lambda: examine_vectors(journal, folder, meant))
        with closing(connect(path, "ro")) as connection:
            yield from _guarded(associationcheck.PART, lambda: examine_associations(connection))
        yield from examine_learned(folder)
        yield from examine_leftovers(folder, places(path, store))
        yield from _changeover(path)
    finally:
        journal.close()


def _opens(path: Path) -> bool:
    """Whether a journal that something is wrong with can be used all the same."""
    try:
        Journal.open(path).close()
        with closing(connect(path, "ro")) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except (RecollectError, sqlite3.Error):
        return False


def _guarded(part: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """One part's findings; that it cannot be examined is one of them."""
    try:
        yield from look()
    except RecollectError as error:
        yield wrong(part, error.message, error.hint)
    except (OSError, sqlite3.Error) as error:
        yield wrong(part, f"it cannot be examined: {error}", "Check the permissions of the folder, and the disk.")


def indexed(path: Path, store: str, options: Options) -> Indexed | None:
    """Which vector index the journal at `path` has; None when nothing was embedded yet."""
    with closing(connect(path, "ro")) as connection:
        chosen = recorded(connection)
        rows = connection.execute("SELECT name, dimension FROM embedders ORDER BY key").fetchall()
    dimensions = dict(rows)
    if not dimensions:
        return None
    if chosen and chosen.embedder in dimensions:
        place = chosen.place if chosen.store == store else store
        return Indexed(chosen.embedder, dimensions[chosen.embedder], store, place, options)
    name, dimension = rows[0]
    return Indexed(name, dimension, store, store, options)


def places(path: Path, store: str) -> set[str]:
    """The names of the index folders in use, and of those that are being prepared."""
    with closing(connect(path, "ro")) as connection:
        found = [recorded(connection), recorded(connection, IN_PREPARATION)]
    return {store, "lexicon"} | {name for one in found if one for name in (one.place, one.words)}


def _changeover(path: Path) -> Iterator[Finding]:
    with closing(connect(path, "ro")) as connection:
        waiting = recorded(connection, IN_PREPARATION)
    if waiting:
        yield note(
            "rebuild",
            f"one to {waiting.embedder} and {waiting.store} was begun and not finished; the indexes before it serve",
            "`recollect rebuild` with the same names goes on where it stopped.",
        )
