"""MemoryStore: what a vector store must do to serve as an index of the journal.

A store holds vectors under ids with a little plain metadata, and nothing else: the text stays in the journal. All
of it can be rebuilt from there, so a store may lag, break or be swapped without a memory being lost.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - as above
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Plain = str | int | float | bool
Options = Mapping[str, Any]
"""Settings of a store: plain values, and lists and tables of them, as TOML has them."""


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
        persistent: what was written is there after closing and opening again, and after the process died.
        many_processes: several processes may have it open at once, one of them writing; what it wrote the others find.
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
    options: Options


class MemoryStore(ABC):
    """An index of vectors by id.

    What holds for all of it (`memory.testing` checks every sentence of this class):

    - Ids are texts of 1 to 128 characters, metadata values are plain, and both keep every character they have (but
      the NUL character, which is never in them). Vectors have the dimension of the specification and a length over
      zero; `memory` gives those of length one.
    - What a method wrote is there for every later call, of any thread, once it has returned.
    - Methods may be called by several threads at once.
    - A method that cannot do its work raises `memory.errors.StorageError` and nothing else, and then has changed
      nothing or may simply be called again. Recall goes on without the store meanwhile.
    """

    capabilities: ClassVar[Capabilities]

    @classmethod
    def chosen(cls, options: Options) -> type[MemoryStore]:  # noqa: ARG003 - for those that override it
        """The class that serves these options: itself, unless a store comes in several forms.

        Called before `open`, without importing anything heavy. Raises `ConfigError` for options that the store does
        not have.
        """
        return cls

    @classmethod
    @abstractmethod
    def open(cls, spec: StoreSpec) -> Self:
        """Open the store, making it when it is not there. Collections of other names are left alone.

        Raises `IndexMismatchError` when what is there has another dimension, `StorageError` when it cannot be read
        (an embedded store's folder is then removed and the store opened once more: the journal fills it again), and
        `ConfigError` when the options are wrong. A store that one process alone may have open may refuse a second
        opener with `StorageError`; the first one must not notice.
        """

    @abstractmethod
    def identity(self) -> str:
        """The text last given to `set_identity`, or an empty one. It tells whether the index is the journal's own.

        Asked at every search, so it must be quick; another process's change may take two seconds to show.
        """

    @abstractmethod
    def set_identity(self, identity: str) -> None:
        """Store a short text with the collection; it must survive closing where the store is persistent."""

    @abstractmethod
    def upsert(self, entries: Sequence[Entry]) -> None:
        """Write entries; one whose id is there already is replaced, vector and metadata. Twice is the same as once.

        Any number of them, also none. Raises `StorageError` when a vector has another dimension, and then has written
        none.
        """

    @abstractmethod
    def get(self, ids: Sequence[str]) -> list[Entry]:
        """The entries under these ids, in the order asked, without those that are not there.

        Metadata comes back as it was given; vectors with the same direction, to five decimals.
        """

    @abstractmethod
    def search(self, vector: Vector, k: int, where: Mapping[str, Plain] | None = None) -> list[Hit]:
        """The `k` nearest entries by cosine, best first; all there are when there are fewer, none when `k` < 1.

        Scores are the cosines themselves, whatever the length of `vector`, to four decimals. Approximate search may
        miss some entries in a large collection, and none in one of a hundred. `where` asks for equality of every
        value that it names; entries without such a value do not match. It must hold exactly and still give `k`.
        """

    def search_many(self, vectors: Sequence[Vector], k: int) -> list[list[Hit]]:
        """The `k` nearest entries to each of several vectors; to be overridden where one call for all is quicker."""
        return [self.search(vector, k) for vector in vectors]

    @abstractmethod
    def delete(self, ids: Iterable[str]) -> None:
        """Remove entries; ids that are not there are passed over. They are never found again, by any method."""

    @abstractmethod
    def page(self, after: str | None = None, limit: int = 1000) -> list[str]:
        """Ids in a stable order, `limit` at most, those that follow `after`. An empty list ends the paging.

        Going on with the last id of each page gives every id once, when nothing is written meanwhile.
        """

    @abstractmethod
    def count(self) -> int:
        """How many entries there are."""

    @abstractmethod
    def clear(self) -> None:
        """Remove every entry and the identity; the store goes on, empty."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files and connections; doing it twice is allowed."""

    def drop(self) -> None:
        """Remove the collection and all that was made for it outside of the store's folder, and close the store."""
        self.clear()
        self.close()
