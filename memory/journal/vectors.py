"""The vectors of passages, by embedder: kept so that an index is rebuilt without embedding anything again."""

# ruff: noqa: S608 - queries are put together from constants of this package alone

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memory.errors import IndexMismatchError
from memory.journal.kept import kept
from memory.journal.passages import _PASSAGES, Passages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from memory.types import Passage

_LACKING = (
    " WHERE p.id > ? AND NOT EXISTS (SELECT 1 FROM vectors v JOIN embedders e ON e.key = v.embedder"
    " WHERE v.passage = p.id AND e.name = ?)"
)


@dataclass(frozen=True, slots=True)
class VectorRows:
    """Vectors in the order in which they were written.

    Attributes:
        seqs: their own numbers, which grow and are never used again.
        passages: the passages they belong to.
        scopes: the keys of the scopes of these.
        matrix: shape (n, dimension), float32, unit length.
    """

    seqs: list[int]
    passages: list[int]
    scopes: list[str]
    matrix: NDArray[np.float32]


class Vectors(Passages):
    """The part of the journal that keeps vectors, as float16: half the space, and no rank changes."""

    @kept
    def embedders(self) -> dict[str, int]:
        """Name and dimension of every embedder that made vectors kept here, the earliest first."""
        with self._db.read() as connection:
            return dict(connection.execute("SELECT name, dimension FROM embedders ORDER BY key").fetchall())

    def register_embedder(self, name: str, dimension: int) -> None:
        """Make an embedder known. Raises `IndexMismatchError` when it is known with another dimension."""
        known = self.embedders().get(name)
        if known is None:
            with self._db.write(durable=False) as connection:
                connection.execute("INSERT OR IGNORE INTO embedders (name, dimension) VALUES (?, ?)", (name, dimension))
        elif known != dimension:
            raise IndexMismatchError(
                f"The embedder {name} now makes {dimension} dimensions and made {known} before.",
                f"Change over with `recollect rebuild --embeddings {name}`.",
            )

    def drop_other_embedders(self, name: str) -> None:
        """Remove all vectors that `name` did not make."""
        with self._db.write(durable=False) as connection:
            connection.execute("DELETE FROM embedders WHERE name <> ?", (name,))
            connection.execute(
                "DELETE FROM index_states WHERE name GLOB 'embedded:*' AND name <> ?", (f"embedded:{name}",)
            )

    def missing_vectors(self, embedder: str, after: int, most: int, newest: bool = False) -> list[Passage]:
        """At most `most` passages with an id over `after` that have no vector: the first or the newest, in order."""
        order = "DESC" if newest else "ASC"
        found = self._passages(f"{_PASSAGES}{_LACKING} ORDER BY p.id {order} LIMIT ?", (after, embedder, most))
        return found[::-1] if newest else found

    def count_missing_vectors(self, embedder: str, after: int = 0) -> int:
        """How many passages with an id over `after` have no vector."""
        with self._db.read() as connection:
            query = f"SELECT count(*) FROM passages p{_LACKING}"
            return int(connection.execute(query, (after, embedder)).fetchone()[0])

    def put_vectors(self, embedder: str, passages: Sequence[int], matrix: NDArray[np.float32]) -> None:
        """Keep the vectors (shape (n, dimension)) of passages; those forgotten meanwhile are passed over."""
        half = np.ascontiguousarray(matrix, dtype="<f2")
        with self._db.write(durable=False) as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO vectors (embedder, passage, vector)"
                " SELECT e.key, p.id, ? FROM embedders e, passages p WHERE e.name = ? AND p.id = ?",
                [(row.tobytes(), embedder, passage) for passage, row in zip(passages, half, strict=True)],
            )

    @kept
    def last_vector(self, embedder: str) -> int:
        """The number of the newest vector of an embedder; 0 when there is none."""
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT coalesce(max(seq), 0) FROM vectors WHERE embedder = (SELECT key FROM embedders WHERE name = ?)",
                (embedder,),
            ).fetchone()
        return int(found[0])

    def vectors(self, embedder: str, after: int, most: int) -> VectorRows:
        """At most `most` vectors with a number over `after`, in the order of numbers."""
        if after >= self.last_vector(embedder):
            return VectorRows([], [], [], _matrix([]))
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT v.seq, v.passage, c.name, v.vector FROM vectors v JOIN passages p ON p.id = v.passage"
                " JOIN scopes c ON c.key = p.scope WHERE v.seq > ?"
                " AND v.embedder = (SELECT key FROM embedders WHERE name = ?) ORDER BY v.seq LIMIT ?",
                (after, embedder, most),
            ).fetchall()
        matrix = _matrix([row[3] for row in rows])
        return VectorRows([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows], matrix)

    def count_vectors(self, embedder: str, after: int) -> int:
        """How many vectors have a number over `after`."""
        if after >= self.last_vector(embedder):
            return 0
        with self._db.read() as connection:
            found = connection.execute(
                "SELECT count(*) FROM vectors WHERE seq > ? AND embedder = (SELECT key FROM embedders WHERE name = ?)",
                (after, embedder),
            ).fetchone()
        return int(found[0])

    def vectors_by_passage(self, embedder: str, passages: Sequence[int]) -> tuple[list[int], NDArray[np.float32]]:
        """The vectors of these passages, without those that have none, as (passage ids, matrix)."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT passage, vector FROM vectors WHERE passage IN (SELECT value FROM json_each(?))"
                " AND embedder = (SELECT key FROM embedders WHERE name = ?)",
                (json.dumps(list(passages)), embedder),
            ).fetchall()
        return [row[0] for row in rows], _matrix([row[1] for row in rows])


def _matrix(vectors: Sequence[bytes]) -> NDArray[np.float32]:
    if not vectors:
        return np.empty((0, 0), dtype=np.float32)
    return np.frombuffer(b"".join(vectors), dtype="<f2").reshape(len(vectors), -1).astype(np.float32)
