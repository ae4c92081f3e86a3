"""Which embedder and store the indexes are made with, once that was changed over: what is in use, what is being made.

Until the first changeover nothing is recorded, and what the settings say holds. Both are rows of `meta`.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from memory.journal.aside import has_log
from memory.journal.rows import Part

if TYPE_CHECKING:
    from pathlib import Path

IN_USE, IN_PREPARATION = "indexes", "indexes-next"

LEXICON = "lexicon"
"""Where the full-text index is before any changeover."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """One choice of embedder and store.

    Attributes:
        embeddings: the embedder as the settings name it (`local`, `provider:model`).
        embedder: the name that its vectors are filed under.
        store: name of the vector store.
        place: name of the vector index's folder beside the journal, or of its collection on a server.
        words: name of the full-text index's folder.
    """

    embeddings: str
    embedder: str
    store: str
    place: str
    words: str


class Choices(Part):
    """The part of the journal that knows which indexes are in use."""

    def chosen(self) -> Chosen | None:
        """The choice in use; None before the first changeover."""
        with self._db.read() as connection:
            return recorded(connection)

    def prepared(self) -> Chosen | None:
        """The choice whose indexes are being made; None when none is."""
        with self._db.read() as connection:
            return recorded(connection, IN_PREPARATION)

    def prepare(self, chosen: Chosen | None) -> None:
        """Record which indexes are being made from now on; None: none any more."""
        with self._db.write() as connection:
            _record(connection, IN_PREPARATION, chosen)

    def switch(self, chosen: Chosen) -> None:
        """Have every process use these indexes from now on."""
        with self._db.write() as connection:
            _record(connection, IN_USE, chosen)
            _record(connection, IN_PREPARATION, None)

    def drop_index_states(self, *names: str) -> None:
        """Forget how far indexes were that are no more."""
        with self._db.write(durable=False) as connection:
            connection.executemany("DELETE FROM index_states WHERE name = ?", [(name,) for name in names])


def recorded(connection: sqlite3.Connection, name: str = IN_USE) -> Chosen | None:
    """What is recorded under a name; None when nothing is, or nothing that can be read."""
    try:
        row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return Chosen(**{key: str(value) for key, value in json.loads(row[0]).items()}) if row else None
    except (sqlite3.OperationalError, ValueError, TypeError, AttributeError):
        return None


def _record(connection: sqlite3.Connection, name: str, chosen: Chosen | None) -> None:
    if chosen is None:
        connection.execute("DELETE FROM meta WHERE name = ?", (name,))
    else:
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, json.dumps(asdict(chosen))))


def chosen_at(journal: Path) -> Chosen | None:
    """The choice in use of the journal at a path, without opening it for more; None when there is none."""
    try:
        if not journal.is_file() or not journal.stat().st_size:
            return None
        # where no log lies beside it, reading must not make an index of one
        alone = not has_log(journal)
        uri = f"{journal.absolute().as_uri()}?mode=ro" + ("&immutable=1" if alone else "")
        with closing(sqlite3.connect(uri, uri=True, timeout=5)) as connection:
            return recorded(connection)
    except (OSError, sqlite3.Error):
        return None
