"""Which embedder and store this memory's indexes are made with: recorded in the journal by a changeover.

Until the first changeover nothing is recorded, and what the settings say holds. Two rows of the journal's `meta`: the
choice in use, and the one that is being prepared (see `memory.upkeep.changeover`).
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from memory.upkeep.files import connect

if TYPE_CHECKING:
    from pathlib import Path

IN_USE, IN_PREPARATION = "indexes", "indexes-next"


@dataclass(frozen=True, slots=True)
class Chosen:
    """One choice of embedder and store.

    Attributes:
        embeddings: the embedder as the settings name it (`local`, `provider:model`).
        embedder: the name that its vectors are filed under.
        store: name of the vector store.
        place: name of the vector index's folder (or of its collection on a server) beside the journal.
        words: name of the full-text index's folder.
    """

    embeddings: str
    embedder: str
    store: str
    place: str
    words: str


def recorded(connection: sqlite3.Connection, name: str = IN_USE) -> Chosen | None:
    """What is recorded under a name; None when nothing is, or nothing that can be read."""
    try:
        row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return Chosen(**{key: str(value) for key, value in json.loads(row[0]).items()}) if row else None
    except (sqlite3.OperationalError, ValueError, TypeError, AttributeError):
        return None


def record(connection: sqlite3.Connection, chosen: Chosen | None, name: str = IN_USE) -> None:
    """Record a choice, or with None that there is none; in the caller's transaction."""
    if chosen is None:
        connection.execute("DELETE FROM meta WHERE name = ?", (name,))
    else:
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(asdict(chosen))))


def recorded_at(journal: Path) -> Chosen | None:
    """The choice in use of the journal at a path, without opening it for more; None when there is none."""
    try:
        if not journal.is_file() or not journal.stat().st_size:
            return None
        with closing(connect(journal, "ro")) as connection:
            return recorded(connection)
    except (OSError, sqlite3.Error):
        return None
