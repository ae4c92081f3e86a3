"""LangChainStore: any LangChain `VectorStore`, by import path and arguments.

Options: `class` (`package.module:Class`, or a function or class method that makes one), `arguments` (a table), and
`persistent` (whether what it holds outlives the process; found out for the common ones). In the texts of the arguments
`{folder}`, `{collection}` and `{dimension}` are replaced, and `${NAME}` by an environment variable.
"""

from __future__ import annotations

import threading
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from memory.errors import ConfigError, IndexMismatchError, RecollectError, StorageError
from memory.folders import private_folder
from memory.indexes.locks import ProcessLock
from memory.journal.ids import new_id
from memory.store import Capabilities, Entry, Hit, MemoryStore, StoreSpec
from memory.stores.ledger import Ledger, agrees, cosines
from memory.stores.making import closed, fitting, made
from memory.stores.options import checked, expanded, mentions, variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from langchain_core.documents import Document

    from memory.store import Options, Plain, Vector

_KINDS = {"class": str, "arguments": dict, "persistent": bool}
_EMBEDDING = ("embedding", "embeddings", "embedding_function", "embedding_service")
_COLLECTION = ("collection_name",)
_BY_VECTOR = (
    "similarity_search_by_vector",
    "similarity_search_with_score_by_vector",
    "similarity_search_by_vector_with_score",
    "similarity_search_by_vector_with_relevance_scores",
)
_SPACE = uuid.UUID("b5f6f5b0-6f0e-4f0c-9c1d-7b6f3f0a9a11")
_MARK = "recollect "
_WIDER = 8
_SWEPT = 1000
_SETTLE_SECONDS = 60.0


class LangChainStore(MemoryStore):
    """One on a server, which many processes use at once.

    The vector store is given ids, vectors and metadata, and no text. What LangChain's interface lacks (vectors by id,
    pages, counts, exact cosines, one way of filtering) comes from a ledger in the store's folder. A marker among the
    entries, with a token that the ledger knows, tells whether the two still belong together.
    """

    capabilities: ClassVar[Capabilities] = Capabilities(persistent=True, many_processes=True)

    def __init__(self, spec: StoreSpec, ledger: Ledger) -> None:
        from memory.stores.lent import LentVectors

        self._spec = spec
        self._ledger = ledger
        self._guard = threading.RLock()
        self._lending = LentVectors(spec.dimension)
        self._parts: list[Any] = []
        self._path = str(spec.options["class"])
        self._store: Any = None
        self._named_by_us = False
        rng = np.random.default_rng(len(_MARK) + spec.dimension)
        self._marks = rng.normal(size=(2, spec.dimension)).astype(np.float32)
        self._marks /= np.linalg.norm(self._marks, axis=1, keepdims=True)

    @classmethod
    def chosen(cls, options: Options) -> type[MemoryStore]:
        """The class for one on a server, in the store's own folder, or in memory. Raises `ConfigError`."""
        checked("langchain", options, _KINDS)
        if not options.get("class"):
            raise ConfigError(
                "The store langchain needs to know which vector store it is to use.",
                'Set class = "package.module:Class" in [memory.store_options]; docs/plug-in-stores.md has examples.',
            )
        arguments = options.get("arguments", {})
        in_memory = "InMemory" in options["class"] or ":memory:" in str(arguments)
        if not options.get("persistent", not in_memory):
            return PassingLangChainStore
        return EmbeddedLangChainStore if mentions(arguments, "folder") else LangChainStore

    @classmethod
    def open(cls, spec: StoreSpec) -> Self:
        """Make the vector store with its arguments, and see what it can do when it has not been seen before.

        Raises `ConfigError` when it cannot be made or cannot do what is needed, and says what that is.
        """
        folder = private_folder(spec.folder)
        ledger = Ledger(folder / f"{spec.collection}.ledger")
        store = cls(spec, ledger)
        try:
            store._check_dimension()
            store._make()
            with ProcessLock(folder / f"{spec.collection}.lock").held(_SETTLE_SECONDS):
                store._settle()
        except BaseException:
            store.close()
            raise
        return store

    def _check_dimension(self) -> None:
        found = self._ledger.note("dimension")
        if found and int(found) != self._spec.dimension:
            raise IndexMismatchError(
                f"The index at {self._spec.folder} has {found} dimensions, not {self._spec.dimension}.",
                "`recollect rebuild` makes it anew.",
            )

    def _make(self) -> None:
        from langchain_core.vectorstores import VectorStore

        spec = self._spec
        known = {"folder": str(spec.folder), "collection": spec.collection, "dimension": str(spec.dimension)}
        arguments = expanded(dict(spec.options.get("arguments", {})), known)
        also = {_EMBEDDING: self._lending, _COLLECTION: spec.collection}
        with self._explaining():
            self._named_by_us = not set(_COLLECTION) & set(arguments) and bool(fitting(self._path, _COLLECTION))
            self._store = made(self._path, arguments, also, self._parts)
        if not isinstance(self._store, VectorStore):
            raise ConfigError(f"{self._path} does not give a LangChain VectorStore.", "Name one that does.")

    def _settle(self) -> None:
        """Begin anew unless the vector store is still the one that the ledger tells of."""
        with self._explaining():
            token, there = self._ledger.note("token"), self._marker()
            if token and there == token:
                return
            self._ledger.clear()
            if there:
                self._sweep()
            self._prove()

    def _sweep(self) -> None:
        """Remove what a ledger that was lost knew of: entries whose ids are those that their texts have here."""
        before: list[str] = []
        while ours := [
            each.id
            for each in self._nearest(self._marks[0], _SWEPT)
            if each.id and each.id == self._document_id(each.page_content)
        ]:
            if ours == before:
                return
            self._store.delete(ours)
            before = ours

    def _prove(self) -> None:
        """See that what is added is found and what is removed is not, and leave a marker. Raises `ConfigError`."""
        token = new_id()
        marker, trial = f"{_MARK}{token}", f"{_MARK}trial"
        lacks = "does not find what was added to it by its vector"
        try:
            self._add([(_MARK, marker, self._marks[0], {}), (trial, trial, self._marks[1], {})])
            if trial in self._texts(self._marks[1], 3):
                lacks = "does not remove entries by their ids"
                self._store.delete([self._document_id(trial)])
                if trial not in self._texts(self._marks[1], 3):
                    lacks = "" if self._marker() == token else "does not give back an entry by its id or its vector"
        except NotImplementedError as error:
            lacks = f"does not have what is needed ({str(error) or 'one of the common methods'})"
        if lacks:
            raise ConfigError(f"{self._path} cannot serve as a store: it {lacks}.", "Choose another vector store.")
        self._ledger.set_note("dimension", str(self._spec.dimension))
        self._ledger.set_note("token", token)

    def _marker(self) -> str:
        """The token in the vector store; an empty text when there is none."""
        id_ = self._document_id(_MARK)
        if _overridden(self._store, "get_by_ids"):
            texts = [document.page_content for document in self._store.get_by_ids([id_])]
        else:
            texts = self._texts(self._marks[0], 3)
        return next((text.removeprefix(_MARK) for text in texts if text.startswith(_MARK)), "")

    def identity(self) -> str:
        """The text last given to `set_identity`."""
        return self._ledger.note("identity")

    def set_identity(self, identity: str) -> None:
        """Store a short text in the ledger."""
        self._ledger.set_note("identity", identity)

    def upsert(self, entries: Sequence[Entry]) -> None:
        """Write entries: into the ledger first, so that it knows of all that the vector store has."""
        self._check(*(entry.vector for entry in entries))
        fresh = list({entry.id: entry for entry in entries}.values())
        if not fresh:
            return
        with self._explaining():
            there = self._ledger.known([entry.id for entry in fresh])
            self._ledger.put(fresh)
            if there:
                self._remove(sorted(there))
            self._add([(entry.id, entry.id, entry.vector, entry.metadata) for entry in fresh])

    def get(self, ids: Sequence[str]) -> list[Entry]:
        """The entries under these ids, from the ledger."""
        found = self._ledger.entries(list(dict.fromkeys(ids)))
        return [found[id_] for id_ in ids if id_ in found]

    def search(self, vector: Vector, k: int, where: Mapping[str, Plain] | None = None) -> list[Hit]:
        """The `k` nearest entries; with a condition that few of the nearest meet, by a scan of the ledger."""
        self._check(vector)
        count = self._ledger.count() if k > 0 else 0
        if not count:
            return []
        with self._explaining():
            found: Mapping[str, Entry] = {}
            for wide in (k * _WIDER,) if where else (k, k * _WIDER):
                found = self._ledger.entries(self._texts(vector, wide + 1))
                if len(found) >= min(k, count):
                    break
            if not found and self._marker() != self._ledger.note("token"):
                self._ledger.set_note("identity", "")
                raise StorageError(f"{self._path} has lost what was written to it.", "It is filled anew.")
        matching = [entry for entry in found.values() if agrees(entry.metadata, where)]
        if where and len(matching) < k and len(found) < count:
            return self._ledger.search(vector, k, where)
        scores = cosines([entry.vector for entry in matching], vector) if matching else []
        best = sorted(zip(matching, scores, strict=True), key=lambda pair: -pair[1])[:k]
        return [Hit(entry.id, score) for entry, score in best]

    def delete(self, ids: Iterable[str]) -> None:
        """Remove entries, from the ledger last."""
        with self._explaining():
            there = sorted(self._ledger.known(list(ids)))
            if there:
                self._remove(there)
                self._ledger.remove(there)

    def page(self, after: str | None = None, limit: int = 1000) -> list[str]:
        """Ids in alphabetical order."""
        return self._ledger.page(after, limit)

    def count(self) -> int:
        """How many entries the ledger knows of."""
        return self._ledger.count()

    def clear(self) -> None:
        """Remove what the ledger knows of, and nothing else that the vector store may hold."""
        with self._guard:
            while ids := self.page(None):
                self.delete(ids)
            self.set_identity("")

    def drop(self) -> None:
        """Remove every entry and the marker, and the collection where it is of our naming; and close."""
        self.clear()
        with self._explaining():
            self._store.delete([self._document_id(_MARK)])
            if self._named_by_us:
                getattr(self._store, "delete_collection", lambda: None)()
            self._ledger.clear()
        self.close()

    def close(self) -> None:
        """Close the vector store, what was made for it, and the ledger."""
        with self._explaining():
            parts, self._parts = self._parts, []
            try:
                closed(parts)
            finally:
                self._ledger.close()

    def _check(self, *vectors: Vector) -> None:
        if any(vector.shape != (self._spec.dimension,) for vector in vectors):
            raise StorageError(f"This store holds vectors of {self._spec.dimension} dimensions alone.")

    def _document_id(self, id_: str) -> str:
        """The id of an entry in the vector store: a UUID, which every one takes; apart from other collections'."""
        return str(uuid.uuid5(_SPACE, f"{self._spec.collection}\n{id_}"))

    def _add(self, rows: Sequence[tuple[str, str, Vector, Mapping[str, Plain]]]) -> None:
        """Add (id, text, vector, metadata) to the vector store."""
        with self._lending.lent({text: vector for _, text, vector, _ in rows}):
            self._store.add_texts(
                [text for _, text, _, _ in rows],
                metadatas=[dict(metadata) for *_, metadata in rows],
                ids=[self._document_id(id_) for id_, *_ in rows],
            )

    def _remove(self, ids: Sequence[str]) -> None:
        """Remove entries from the vector store; where it can say which of them there are, those alone."""
        documents = [self._document_id(id_) for id_ in ids]
        if _overridden(self._store, "get_by_ids"):
            there = self._store.get_by_ids(documents)
            documents = [self._document_id(document.page_content) for document in there]
        if documents:
            self._store.delete(documents)

    def _texts(self, vector: Vector, k: int) -> list[str]:
        return [document.page_content for document in self._nearest(vector, k)]

    def _nearest(self, vector: Vector, k: int) -> list[Document]:
        """What the vector store finds, by the first of its methods that takes a vector or else by lending it one."""
        for name in _BY_VECTOR:
            if _overridden(self._store, name):
                found = getattr(self._store, name)(vector.tolist(), k=k)
                return [each[0] if isinstance(each, tuple) else each for each in found]
        with self._lending.lent({_MARK: vector}):
            documents: list[Document] = self._store.similarity_search(_MARK, k=k)
        return documents

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        """One thread at a time; whatever the vector store raises becomes `StorageError`, without passwords."""
        with self._guard:
            try:
                yield
            except RecollectError:
                raise
            except Exception as error:
                text = (str(error) or type(error).__name__).strip().splitlines()[0]
                for secret in variables(self._spec.options):
                    text = text.replace(secret, "***")
                raise StorageError(
                    f"The vector store {self._path} failed: {text}.",
                    "Nothing is lost: recall goes on without it, and `recollect rebuild` makes it anew.",
                ) from error


class EmbeddedLangChainStore(LangChainStore):
    """One that keeps its files in the store's own folder, and is open in one process alone."""

    capabilities: ClassVar[Capabilities] = Capabilities(persistent=True, many_processes=False)


class PassingLangChainStore(LangChainStore):
    """One that lives in this process's memory, and is filled anew at every start."""

    capabilities: ClassVar[Capabilities] = Capabilities(persistent=False, many_processes=False)


def _overridden(store: object, name: str) -> bool:
    """Whether a vector store has a method of its own, and not the one of the base class that only raises."""
    from langchain_core.vectorstores import VectorStore

    method = getattr(type(store), name, None)
    return method is not None and method is not getattr(VectorStore, name, None)
