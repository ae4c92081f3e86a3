"""MemoryStore: what a vector store must do to serve as an index of the journal.

A store holds vectors under ids with a little plain metadata, and nothing else: the text stays in the journal. All
of it can be rebuilt from there, so a store may lag, break or be swapped without a memory being lost.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence  # noqa: TC003 - annotations are read at run time by some
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - as above
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Plain = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A vector under an id. `vector` has the store's dimension; `metadata` is plain values alone."""

    id: str
    vector: Vector
    metadata: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class Hit:
    """A found entry: its id and the cosine similarity to what was searched (-1 to 1, higher is nearer)."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a store can do beyond the least.

    Attributes:
        persistent: what was written is there after closing and opening again.
        many_processes: several processes may have it open at once, one of them writing.
    """

    persistent: bool
    many_processes: bool


@dataclass(frozen=True, slots=True)
class StoreSpec:
    """What a store is opened for.

    Attributes:
        folder: where an embedded store keeps its files (made by the store, readable by the user alone).
        collection: the name that keeps several indexes in one place apart.
        dimension: length of every vector.
        options: the user's own settings for this store (`[memory.store_options]` in the configuration).
    """

    folder: Path
    collection: str
    dimension: int
    options: Mapping[str, Plain]


class MemoryStore(ABC):
    """An index of vectors. Methods raise `memory.errors.StorageError` when the store cannot do its work."""

    capabilities: ClassVar[Capabilities]

    @classmethod
    def chosen(cls, options: Mapping[str, Plain]) -> type[MemoryStore]:  # noqa: ARG003 - for those that override it
        """The class that serves these options: itself, unless a store comes in several forms.

        Raises `ConfigError` for options that the store does not have.
        """
        return cls

    @classmethod
    @abstractmethod
    def open(cls, spec: StoreSpec) -> Self:
        """Open the store, making it when it is not there.

        Raises `IndexMismatchError` when what is there has another dimension, `StorageError` when it cannot be read.
        """

    @abstractmethod
    def identity(self) -> str:
        """The text last given to `set_identity`, or an empty one. It tells whether the index is the journal's own."""

    @abstractmethod
    def set_identity(self, identity: str) -> None:
        """Store a short text with the collection; it must survive closing where the store is persistent."""

    @abstractmethod
    def upsert(self, entries: Sequence[Entry]) -> None:
        """Write entries; one whose id is there already is replaced. Doing it twice is the same as once."""

    @abstractmethod
    def get(self, ids: Sequence[str]) -> list[Entry]:
        """The entries under these ids, in the order asked, without those that are not there."""

    @abstractmethod
    def search(self, vector: Vector, k: int, where: Mapping[str, Plain] | None = None) -> list[Hit]:
        """The `k` nearest entries by cosine, best first; fewer when there are fewer. `where` asks for equality."""

    @abstractmethod
    def delete(self, ids: Iterable[str]) -> None:
        """Remove entries; ids that are not there are passed over. They are never found again."""

    @abstractmethod
    def page(self, after: str | None = None, limit: int = 1000) -> list[str]:
        """Ids in a stable order, `limit` at most, those that follow `after`. An empty list ends the paging."""

    @abstractmethod
    def count(self) -> int:
        """How many entries there are."""

    @abstractmethod
    def clear(self) -> None:
        """Remove every entry and the identity."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections; doing it twice is allowed."""
