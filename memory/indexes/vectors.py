"""VectorIndex: the vector store brought up to the journal, and the scan of what it does not hold yet.

A small memory is searched in this process, over the journal's own vectors (`VectorScan`): that takes a millisecond,
which is less than to ask any store. The store is there for the large one; it is filled from the start.

An embedded store may be open in one process alone: whoever holds its lock. Every other process scans, however much
there is.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import numpy as np

from memory.errors import IndexMismatchError, StorageError
from memory.indexes.locks import ProcessLock
from memory.indexes.proving import prove
from memory.indexes.storefiles import StoreFiles, lock_path
from memory.indexes.vectorscan import VectorScan
from memory.indexes.vectorsearch import best, search_store
from memory.journal import IndexState
from memory.store import Entry, MemoryStore, StoreSpec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from memory.embeddings import Embedder
    from memory.indexes.vectorsearch import Query
    from memory.journal import Journal
    from memory.store import Options, Vector

HELD = 65_536
"""Up to so many vectors this process searches them itself (50 MB at 384 dimensions); the store is only filled."""

_log = logging.getLogger(__name__)
_BATCH = 256
_FORGOTTEN = 4096


def state_name(place: str) -> str:
    """Under which name the journal keeps how far the index at `place` is."""
    return f"vectors:{place}"


def store_identity(journal: Journal, store: str, embedder: str, dimension: int) -> str:
    """What an index of this journal carries, so that it is told from any other."""
    return f"{journal.identity()} {store} {embedder} {dimension}"


def store_spec(
    kind: type[MemoryStore],
    journal: Journal,
    folder: Path,
    *,
    place: str,
    dimension: int,
    options: Options,
) -> StoreSpec:
    """What the store of the index at `place` is opened for: a folder of that name, or a collection where it is shared.

    A name that is not the store's own (after a changeover) begins with it and tells the two collections apart.
    """
    shared = kind.capabilities.many_processes
    own = f"recollect-{journal.identity()}"
    return StoreSpec(
        folder=folder / place,
        collection=f"{own}-{place.rpartition('-')[2]}" if shared and "-" in place else own if shared else "recollect",
        dimension=dimension,
        options=options,
    )


class VectorIndex:
    """Finds passages by meaning.

    Args:
        journal: where the vectors are kept for good.
        embedder: who made them.
        store: name of the vector store, as registered.
        options: the user's settings for it.
        folder: the data folder; an embedded store keeps its files in the folder `place` there.
        place: name of that folder; the store's own name unless it was changed over.
    """

    def __init__(
        self,
        journal: Journal,
        embedder: Embedder,
        store: str,
        options: Options,
        folder: Path,
        *,
        place: str = "",
    ) -> None:
        self._journal = journal
        self._embedder = embedder
        self._name = store
        self._options = options
        self._folder = folder
        self._scan = VectorScan(journal, embedder.name)
        self.place = place or store
        self._lock = ProcessLock(lock_path(folder, self.place))
        self._guard = threading.RLock()
        self._store: MemoryStore | None = None
        self._alone = False
        self._files: StoreFiles | None = None

    @property
    def is_open(self) -> bool:
        """Whether this process searches through the store (and not by scanning alone)."""
        return self._store is not None

    def open(self) -> bool:
        """Open the store in this process if no other has it; False when another has.

        A store whose files are damaged, or that belongs to another journal or embedder, is made anew: the journal has
        all that was in it. Raises `StorageError` when that cannot be done either.
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
                self._store = self._open_alone(kind) if alone else self._proven(kind.open(self._spec(kind)), ours=True)
            except BaseException:
                if alone:
                    self._lock.release()
                raise
            self._alone = alone
            return True

    def _spec(self, kind: type[MemoryStore]) -> StoreSpec:
        return store_spec(
            kind,
            self._journal,
            self._folder,
            place=self.place,
            dimension=self._embedder.dimension,
            options=self._options,
        )

    def _open_alone(self, kind: type[MemoryStore]) -> MemoryStore:
        """Open a store that this process has for itself; the files of one that lasts are looked at first."""
        spec = self._spec(kind)
        files = self._files = StoreFiles(self._folder, self.place) if kind.capabilities.persistent else None
        if files:
            if not files.are_whole(self._name, spec, self._journal, self._embedder.name, self._state().position):
                self._remove(files)
            files.opening()
        try:
            store = self._proven(kind.open(spec), ours=False)
        except (StorageError, IndexMismatchError) as error:
            if not files or not spec.folder.exists():
                raise
            _log.warning("the vector store in %s is made anew: %s", spec.folder, error)
            self._remove(files)
            store = kind.open(spec)
        if files:
            files.note()
        return store

    def _remove(self, files: StoreFiles) -> None:
        self.reset()
        files.remove()

    def _proven(self, store: MemoryStore, ours: bool) -> MemoryStore:
        """A store that answers; unless it is `ours` by its name, also that it is empty or holds what it should.

        Raises `StorageError` when not.
        """
        try:
            identity = "" if ours else store.identity()
            self._check_ours(identity)
            self._searched(store)
            if identity:
                prove(store, self._journal, self._embedder.name, self._state())
        except BaseException:
            store.close()
            raise
        return store

    def _check_ours(self, identity: str) -> None:
        if identity not in ("", self._identity()):
            raise StorageError("The vectors in it belong to another journal or embedder.")

    def check(self) -> None:
        """See whether somebody was at the files of the open store; if so it is made anew at the next opening."""
        with self._guard:
            store, files = self._store, self._files
            if store is None or files is None:
                return
            if files.disturbed():
                _log.warning("somebody was at the files of the vector store; it is made anew")
                self._shut(good=False)
            elif files.touched:
                files.settle(lambda: self._searched(store))

    def _searched(self, store: MemoryStore) -> None:
        if store.count():
            store.search(np.full(self._embedder.dimension, 0.05, dtype=np.float32), 1)

    def _identity(self) -> str:
        return store_identity(self._journal, self._name, self._embedder.name, self._embedder.dimension)

    def _state(self) -> IndexState:
        """How far the store is; the start when what is recorded belongs to another store or embedder."""
        state = self._journal.index_state(state_name(self.place))
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
                if store.identity() or store.count():
                    store = self._emptied(store)
                self._touch()
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
                self._touch()
                store.upsert(
                    [
                        Entry(str(passage), vector, {"scope": scope})
                        for passage, scope, vector in zip(rows.passages, rows.scopes, rows.matrix, strict=True)
                    ]
                )
        except StorageError:
            self._shut(good=False)
            raise
        position = rows.seqs[-1] if rows.seqs else state.position
        self._set_state(position, gone[-1][0] if gone else state.tombstone)
        return len(rows.seqs) + len(gone)

    def _touch(self) -> None:
        if self._files:
            self._files.touched = True

    def _set_state(self, position: int, tombstone: int) -> None:
        self._journal.set_index_state(state_name(self.place), IndexState(self._identity(), position, tombstone))

    def forget(self) -> bool:
        """Let go of everything forgotten at once; False when another process has the store open: it does it then."""
        from memory.registry import load_store

        with self._guard:
            if self._store is None:
                shared = load_store(self._name).chosen(self._options).capabilities.many_processes
                if not shared:
                    return self._forget_closed()
                self.open()
            while self._journal.tombstones(self._state().tombstone, 1) and self.catch_up():
                pass
            return True

    def _forget_closed(self) -> bool:
        """Remove the files of an embedded store that is not open; they are made anew when it is."""
        with self._lock.held() as got:
            tombstone = self._journal.last_tombstone()
            if got and tombstone > self._journal.index_state(state_name(self.place)).tombstone:
                StoreFiles(self._folder, self.place).remove()
                self._set_state(0, tombstone)
            return got

    def _let_go(self, store: MemoryStore, ids: list[str]) -> bool:
        """Take what was forgotten out of the store; whether it has to be filled anew for that.

        What an embedded store deletes stays in its files, and vectors tell something of their text: the files are made
        anew.
        """
        if not self._files:
            store.delete(ids)
            return False
        if not store.get(ids):
            return False
        self._emptied(store).set_identity(self._identity())
        return True

    def _emptied(self, store: MemoryStore) -> MemoryStore:
        """The open store without entries; of an embedded one no file is left as it was."""
        if not self._files:
            store.clear()
            return store
        self._store = None
        try:
            try:
                store.close()
            except StorageError as error:
                _log.warning("the vector store did not close well: %s", error)
            self._files.remove()
            self._store = self._open_alone(type(store))
            if self._store.count():  # its files are elsewhere
                self._store.clear()
        except BaseException:
            self._lock.release()
            raise
        self._touch()
        return self._store

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
            found = search_store(store, self._journal, queries, scope)
        except StorageError as error:
            _log.warning("the vector store failed and is left aside: %s", error)
            with self._guard:
                if self._store is store:
                    notes.append("The vector index failed and is opened anew; everything was searched directly.")
                    self._shut(good=False)
            return self._scan.search_each(queries, scope)
        newest = self._scan.search_each(queries, scope, after=state.position)
        return [best([*one, *other], k) for one, other, (_, k) in zip(found, newest, queries, strict=True)]

    def _few(self) -> bool:
        """Whether so few vectors were ever written that this process holds all of them."""
        return self._journal.last_vector(self._embedder.name) <= HELD

    def hold(self) -> None:
        """Read the vectors that this process searches itself, so that the first search does not have to."""
        if self._few():
            self._scan.refresh()

    def reset(self) -> None:
        """Have the store filled anew, here or by the process that has it open."""
        if self._journal.read_only or not self._journal.index_state(state_name(self.place)).position:
            return
        self._journal.set_index_state(state_name(self.place), IndexState(self._identity(), 0, 0))

    def close(self) -> None:
        """Close the store and let other processes have it."""
        with self._guard:
            self._shut(good=True)

    def _shut(self, good: bool) -> None:
        """Close the store; `good` says that its files are, as far as is known."""
        store, self._store = self._store, None
        if store is None:
            return
        files, self._files = self._files, None
        good = good and files is not None and not files.disturbed()
        try:
            store.close()
        except StorageError as error:
            _log.warning("the vector store did not close well: %s", error)
            good = False
        if files and good:
            files.closed()
        if self._alone:
            self._lock.release()
