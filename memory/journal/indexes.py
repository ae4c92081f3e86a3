"""How far each index has been brought up to the journal."""

from __future__ import annotations

from dataclasses import dataclass

from memory.journal.kept import kept
from memory.journal.rows import Part


@dataclass(frozen=True, slots=True)
class IndexState:
    """How far an index has come.

    Attributes:
        identity: what the index was made from and by; another one means that it has to be made anew.
        position: the last passage or vector that it holds.
        tombstone: the last forgetting that it has heard of.
    """

    identity: str
    position: int
    tombstone: int


class IndexStates(Part):
    """The part of the journal that keeps the positions of its indexes."""

    @kept
    def index_state(self, name: str) -> IndexState:
        """How far the index `name` has come; the very start when it is not known."""
        with self._db.read() as connection:
            row = connection.execute(
                "SELECT identity, position, tombstone FROM index_states WHERE name = ?", (name,)
            ).fetchone()
        return IndexState(*row) if row else IndexState("", 0, 0)

    def set_index_state(self, name: str, state: IndexState) -> None:
        """Record how far the index `name` has come."""
        with self._db.write(durable=False) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO index_states VALUES (?, ?, ?, ?)",
                (name, state.identity, state.position, state.tombstone),
            )
