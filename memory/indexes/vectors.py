"""VectorIndex: the vector store brought up to the journal, and the scan of what it does not hold yet.

A small memory is searched in this process, over the journal's own vectors (`VectorScan`): that takes a millisecond,
which is less than to ask any store. The store is there for the large one; it is filled from the start.

An embedded store may be open in one process alone: whoever holds `vectors.lock`. Every other process scans, however
much there is.
"""

from __future__ import annotations

import logging
import shutil
import threading
from typing import TYPE_CHECKING

import numpy as np

from memory.errors import IndexMismatchError, StorageError
from memory.indexes.locks import ProcessLock
from memory.indexes.vectorscan import VectorScan
from memory.journal import IndexState
from memory.store import Entry, MemoryStore, StoreSpec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from memory.embeddings import Embedder
    from memory.journal import Journal
    from memory.store import Options, Vector

    Query = tuple[Sequence[Vector], int]

HELD = 65_536
"""Up to so many vectors this process searches them itself (50 MB at 384 dimensions); the store is only filled."""

_log = logging.getLogger(__name__)
_NAME = "vectors"
_BATCH = 256
_FORGOTTEN = 4096
_WIDER = 4


class VectorIndex:
    """Finds passages by meaning.

    Args:
        journal: where the vectors are kept for good.
        embedder: who made them.
        store: name of the vector store, as registered.
        options: the user's settings for it.
        folder: the data folder; the store keeps its files in a folder of its own name there.
    """

    def __init__(self, journal: Journal, embedder: Embedder, store: str, options: Options, folder: Path) -> None:
        self._journal = journal
        self._embedder = embedder
        self._name = store
        self._options = options
        self._folder = folder
        self._scan = VectorScan(journal, embedder.name)
        self._lock = ProcessLock(folder / "vectors.lock")
        self._guard = threading.RLock()
        self._store: MemoryStore | None = None
        self._alone = False

    @property
    def is_open(self) -> bool:
        """Whether this process searches through the store (and not by scanning alone)."""
        return self._store is not None

    def open(self) -> bool:
        """Open the store in this process if no other has it; False when another has.

        A store whose files cannot be read, or that belongs to another journal or embedder, is made anew: the
        journal has all that was in it. Raises `StorageError` when that cannot be done either.
        """
        from memory.registry import load_store

        with self._guard:
            if self._store is not None:
                return True
            kind = load_store(self._name).chosen(self._options)
            alone = not kind.capabilities.many_processes
            if alone and not self._lock.take():
                return False
            try:
                self._store = self._open_or_make(kind)
            except BaseException:
                if alone:
                    self._lock.release()
                raise
            self._alone = alone
            return True

    def _open_or_make(self, kind: type[MemoryStore]) -> MemoryStore:
        shared = kind.capabilities.many_processes
        spec = StoreSpec(
            folder=self._folder / self._name,
            collection=f"recollect-{self._journal.identity()}" if shared else "recollect",
            dimension=self._embedder.dimension,
            options=self._options,
        )
        try:
            return self._proven(kind.open(spec), strict=not shared)
        except (StorageError, IndexMismatchError) as error:
            if shared or not spec.folder.exists():
                raise
            _log.warning("the vector store in %s is made anew: %s", spec.folder, error)
        self._remove_files()
        return kind.open(spec)

    def _proven(self, store: MemoryStore, strict: bool) -> MemoryStore:
        """A store that answers; with `strict` also that it is empty or ours. Raises `StorageError` when not."""
        try:
            self._check_ours(store.identity() if strict else "")
            if store.count():
                store.search(np.full(self._embedder.dimension, 0.05, dtype=np.float32), 1)
        except BaseException:
            store.close()
            raise
        return store

    def _check_ours(self, identity: str) -> None:
        if identity not in ("", self._identity()):
            raise StorageError("The vectors in it belong to another journal or embedder.")

    def _identity(self) -> str:
        return f"{self._journal.identity()} {self._name} {self._embedder.name} {self._embedder.dimension}"

    def _state(self) -> IndexState:
        """How far the store is; the start when what is recorded belongs to another store or embedder."""
        state = self._journal.index_state(_NAME)
        return state if state.identity == self._identity() else IndexState(self._identity(), 0, 0)

    def lag(self) -> int:
        """How many vectors the store does not hold yet."""
        return self._journal.count_vectors(self._embedder.name, self._state().position)

    def pending(self) -> bool:
        """Whether there is anything for `catch_up` to do, in this process."""
        if self._store is None:
            return False
        return self.lag() > 0 or bool(self._journal.tombstones(self._state().tombstone, 1))

    def catch_up(self, most: int = _BATCH) -> int:
        """Bring the open store forward by at most `most` vectors; returns how much was done (0: it is up to date)."""
        with self._guard:
            if self._store is None:
                return 0
            if self._alone:
                return self._advance(self._store, most)
            with self._lock.held() as got:
                return self._advance(self._store, most) if got else 0

    def _advance(self, store: MemoryStore, most: int) -> int:
        state = self._state()
        try:
            if store.identity() != self._identity() or (state.position == 0 and store.count()):
                tombstone = self._journal.last_tombstone()
                store = self._emptied(store)
                store.set_identity(self._identity())
                state = IndexState(self._identity(), 0, tombstone)
            gone = self._journal.tombstones(state.tombstone, _FORGOTTEN)
            if gone and self._let_go(store, [str(passage) for _, passage in gone if passage]):
                self._set_state(0, gone[-1][0])
                return len(gone)
            rows = self._journal.vectors(self._embedder.name, state.position, most)
            if not rows.seqs and not gone:
                return 0
            if rows.seqs:
                store.upsert(
                    [
                        Entry(str(passage), vector, {"scope": scope})
                        for passage, scope, vector in zip(rows.passages, rows.scopes, rows.matrix, strict=True)
                    ]
                )
        except StorageError:
            self.close()
            raise
        position = rows.seqs[-1] if rows.seqs else state.position
        self._set_state(position, gone[-1][0] if gone else state.tombstone)
        return len(rows.seqs) + len(gone)

    def _set_state(self, position: int, tombstone: int) -> None:
        self._journal.set_index_state(_NAME, IndexState(self._identity(), position, tombstone))

    def forget(self) -> bool:
        """Let go of everything forgotten at once; False when another process has the store open: it does it then."""
        with self._guard:
            if self._store is None:
                return self._forget_closed()
            while self._journal.tombstones(self._state().tombstone, 1) and self.catch_up():
                pass
            return True

    def _forget_closed(self) -> bool:
        """Remove the files of a store that is not open; they are made anew when it is."""
        from memory.registry import load_store

        if load_store(self._name).chosen(self._options).capabilities.many_processes:
            return False
        with self._lock.held() as got:
            tombstone = self._journal.last_tombstone()
            if got and tombstone > self._journal.index_state(_NAME).tombstone:
                self._remove_files()
                self._set_state(0, tombstone)
            return got

    def _let_go(self, store: MemoryStore, ids: list[str]) -> bool:
        """Take what was forgotten out of the store; whether it has to be filled anew for that.

        What an embedded store deletes stays in its files, and vectors tell something of their text: the files are made
        anew.
        """
        if not (self._alone and store.capabilities.persistent):
            store.delete(ids)
            return False
        if not store.get(ids):
            return False
        self._emptied(store).set_identity(self._identity())
        return True

    def _emptied(self, store: MemoryStore) -> MemoryStore:
        """The open store without entries; of an embedded one no file is left as it was."""
        if not (self._alone and store.capabilities.persistent):
            store.clear()
            return store
        self._store = None
        try:
            try:
                store.close()
            except StorageError as error:
                _log.warning("the vector store did not close well: %s", error)
            self._remove_files()
            self._store = self._open_or_make(type(store))
        except BaseException:
            self._lock.release()
            raise
        return self._store

    def _remove_files(self) -> None:
        """Remove the files of embedded stores: this one's, and those that another one left here."""
        from memory.registry import store_names

        for folder in [self._folder / name for name in {self._name, *store_names()}]:
            try:
                shutil.rmtree(folder)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise StorageError(
                    f"The vector store in {folder} cannot be made anew: {error.strerror or error}.",
                    "Check that the folder can be written.",
                ) from error

    def search(self, vectors: Sequence[Vector], k: int, scope: str, notes: list[str]) -> list[tuple[int, float]]:
        """The answer to one query; see `search_each`."""
        return self.search_each([(vectors, k)], scope, notes)[0]

    def search_each(self, queries: Sequence[Query], scope: str, notes: list[str]) -> list[list[tuple[int, float]]]:
        """For each query (vectors, k) the `k` nearest passages to any of its vectors, as (passage id, cosine).

        Best first. While there are no more than `HELD` vectors they are searched in this process. Of more, what the
        store does not hold is scanned; when it fails, everything is, and `notes` says so.
        """
        state, store = self._state(), self._store
        if store is None or self._few():
            return self._scan.search_each(queries, scope)
        try:
            if state.position == 0 or store.identity() != self._identity():
                return self._scan.search_each(queries, scope)
            found = self._search_store(store, queries, scope)
        except StorageError as error:
            _log.warning("the vector store failed and is left aside: %s", error)
            if self._store is store:
                notes.append("The vector index failed and is opened anew; everything was searched directly.")
                self.close()
            return self._scan.search_each(queries, scope)
        newest = self._scan.search_each(queries, scope, after=state.position)
        return [_best([*one, *other], k) for one, other, (_, k) in zip(found, newest, queries, strict=True)]

    def _few(self) -> bool:
        """Whether so few vectors were ever written that this process holds all of them."""
        return self._journal.last_vector(self._embedder.name) <= HELD

    def _search_store(self, store: MemoryStore, queries: Sequence[Query], scope: str) -> list[list[tuple[int, float]]]:
        """The nearest of the scope. A condition makes stores slow, so what is nearest in any scope is tried first."""
        alone = self._journal.scopes() == [scope]
        most = max(k for _, k in queries)
        wider = most if alone else most * _WIDER
        each = store.search_many([vector for vectors, _ in queries for vector in vectors], wider)
        ours = None if alone else self._journal.in_scope([int(hit.id) for hits in each for hit in hits], scope)
        found, start = [], 0
        for vectors, k in queries:
            hits: list[tuple[int, float]] = []
            for vector, near in zip(vectors, each[start : start + len(vectors)], strict=True):
                kept = [hit for hit in near if ours is None or int(hit.id) in ours]
                if len(kept) < k and len(near) == wider:
                    kept = store.search(vector, k, {"scope": scope})
                hits += [(int(hit.id), hit.score) for hit in kept[:k]]
            found.append(_best(hits, k))
            start += len(vectors)
        return found

    def hold(self) -> None:
        """Read the vectors that this process searches itself, so that the first search does not have to."""
        if self._few():
            self._scan.refresh()

    def reset(self) -> None:
        """Have the store filled anew, here or by the process that has it open."""
        self._journal.set_index_state(_NAME, IndexState(self._identity(), 0, 0))

    def close(self) -> None:
        """Close the store and let other processes have it."""
        with self._guard:
            store, self._store = self._store, None
            if store is None:
                return
            try:
                store.close()
            except StorageError as error:
                _log.warning("the vector store did not close well: %s", error)
            if self._alone:
                self._lock.release()


def _best(hits: Sequence[tuple[int, float]], k: int) -> list[tuple[int, float]]:
    """The `k` best of these, each once."""
    found: dict[int, float] = {}
    for passage, score in hits:
        found[passage] = max(score, found.get(passage, -1.0))
    return sorted(found.items(), key=lambda pair: -pair[1])[:k]
