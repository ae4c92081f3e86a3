"""ChromaStore: Chroma in this process, or a Chroma server when the options name a host.

Options of a server: `host`, `port` (8000), `ssl` (false), `ca` (a file of certificates to trust), `token` (sent as a
bearer token; better set as RECOLLECT_CHROMA_TOKEN), `tenant`, `database`.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from memory.errors import ConfigError, IndexMismatchError, StorageError
from memory.folders import private_folder
from memory.journal.ids import new_id
from memory.store import Capabilities, Entry, Hit, MemoryStore, StoreSpec
from memory.stores.options import checked, expanded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from memory.store import Options, Plain, Vector

_KINDS = {"host": str, "port": int, "ssl": bool, "ca": str, "token": str, "tenant": str, "database": str}
_IDENTITY_SECONDS = 2.0


class ChromaStore(MemoryStore):
    """One collection with cosine distance, of ids, vectors and metadata; no text, no embedding function, no telemetry.

    Each time its folder is made anew, Chroma gets another folder within: it cannot open a path again in a process where
    opening it has failed.
    """

    capabilities: ClassVar[Capabilities] = Capabilities(persistent=True, many_processes=False)

    def __init__(self, client: Any, spec: StoreSpec) -> None:  # noqa: ANN401 - Chroma is not typed
        self._client = client
        self._spec = spec
        self._where = self._place(spec)
        self._collection = self._made()
        self._ids: list[str] = []
        self._read_at = time.monotonic()

    @classmethod
    def chosen(cls, options: Options) -> type[MemoryStore]:
        """A server's store when the options name a host. Raises `ConfigError` for an option that there is not."""
        checked("chroma", options, _KINDS)
        if options and not options.get("host"):
            raise ConfigError(
                f"The options {', '.join(options)} of the store chroma are a server's, and no host is named.",
                'Set host = "…" in [memory.store_options], or take them out.',
            )
        return ChromaServerStore if options.get("host") else cls

    @classmethod
    def open(cls, spec: StoreSpec) -> Self:
        """Open the collection, making it when it is not there."""
        with _explaining(cls._place(spec)):
            client = cls._connect(spec)
            try:
                return cls(client, spec)
            except BaseException:
                client.close()
                raise

    @classmethod
    def _connect(cls, spec: StoreSpec) -> Any:  # noqa: ANN401
        import chromadb

        return chromadb.PersistentClient(path=str(_subfolder(private_folder(spec.folder))), settings=_settings())

    @staticmethod
    def _place(spec: StoreSpec) -> str:
        return str(spec.folder)

    def _made(self) -> Any:  # noqa: ANN401
        collection = self._client.get_or_create_collection(
            self._spec.collection,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine"}},
            metadata={"identity": "", "dimension": self._spec.dimension},
        )
        made = (collection.metadata or {}).get("dimension")
        if made != self._spec.dimension:
            raise IndexMismatchError(
                f"The index at {self._where} has {made} dimensions, not {self._spec.dimension}.",
                "`recollect rebuild` makes it anew.",
            )
        return collection

    def identity(self) -> str:
        """The text last given to `set_identity`."""
        return str(self._collection.metadata.get("identity", ""))

    def set_identity(self, identity: str) -> None:
        """Store a short text with the collection."""
        with _explaining(self._where):
            self._collection.modify(metadata={"identity": identity, "dimension": self._spec.dimension})

    def upsert(self, entries: Sequence[Entry]) -> None:
        """Write entries, in as many batches as Chroma wants."""
        if any(entry.vector.shape != (self._spec.dimension,) for entry in entries):
            raise StorageError(f"This store holds vectors of {self._spec.dimension} dimensions alone.")
        with _explaining(self._where):
            for batch in self._batches(list(entries)):
                self._collection.upsert(
                    ids=[entry.id for entry in batch],
                    embeddings=np.stack([entry.vector for entry in batch]),
                    metadatas=self._metadata(batch),
                )

    def _metadata(self, entries: Sequence[Entry]) -> list[dict[str, Any] | None]:
        """Their metadata, with None for what is there under their ids and not theirs: Chroma would keep it."""
        found = self._collection.get(ids=[entry.id for entry in entries], include=["metadatas"])
        there = dict(zip(found["ids"], found["metadatas"], strict=True))
        return [dict.fromkeys(there.get(entry.id) or ()) | dict(entry.metadata) or None for entry in entries]

    def get(self, ids: Sequence[str]) -> list[Entry]:
        """The entries under these ids, in the order asked."""
        if not ids:
            return []
        with _explaining(self._where):
            found = self._collection.get(ids=list(dict.fromkeys(ids)), include=["embeddings", "metadatas"])
        by_id = {
            id_: Entry(id_, np.asarray(vector, dtype=np.float32), metadata or {})
            for id_, vector, metadata in zip(found["ids"], found["embeddings"], found["metadatas"], strict=True)
        }
        return [by_id[id_] for id_ in ids if id_ in by_id]

    def search(self, vector: Vector, k: int, where: Mapping[str, Plain] | None = None) -> list[Hit]:
        """The `k` nearest entries by cosine. A condition costs Chroma a look at every entry that meets it."""
        return self._query([vector], k, where)[0]

    def search_many(self, vectors: Sequence[Vector], k: int) -> list[list[Hit]]:
        """The same for several vectors in one call, of which every one costs a millisecond by itself."""
        return self._query(vectors, k) if vectors else []

    def _query(self, vectors: Sequence[Vector], k: int, where: Mapping[str, Plain] | None = None) -> list[list[Hit]]:
        if k < 1:
            return [[] for _ in vectors]
        conditions = [{name: value} for name, value in (where or {}).items()]
        with _explaining(self._where):
            found = self._collection.query(
                query_embeddings=list(vectors),
                n_results=k,
                where={"$and": conditions} if len(conditions) > 1 else conditions[0] if conditions else None,
                include=["distances"],
            )
        if not found["ids"]:  # nothing in it, or no file any more
            return [[] for _ in vectors]
        return [
            [Hit(id_, 1.0 - float(far)) for id_, far in zip(ids, distances, strict=True)]
            for ids, distances in zip(found["ids"], found["distances"], strict=True)
        ]

    def delete(self, ids: Iterable[str]) -> None:
        """Remove entries."""
        with _explaining(self._where):
            for batch in self._batches(list(ids)):
                self._collection.delete(ids=batch)

    def page(self, after: str | None = None, limit: int = 1000) -> list[str]:
        """Ids in alphabetical order, as they were when the first page was asked for."""
        if after is None:
            with _explaining(self._where):
                self._ids = sorted(self._collection.get(include=[])["ids"])
        start = 0 if after is None else bisect_right(self._ids, after)
        return self._ids[start : start + limit]

    def count(self) -> int:
        """How many entries there are."""
        with _explaining(self._where):
            return int(self._collection.count())

    def clear(self) -> None:
        """Remove the collection and make it anew."""
        with _explaining(self._where):
            self._client.delete_collection(self._spec.collection)
            self._collection = self._made()

    def close(self) -> None:
        """Let go of the files or the connection."""
        with _explaining(self._where):
            self._client.close()

    def _batches(self, items: list[Any]) -> Iterator[list[Any]]:
        size = self._client.get_max_batch_size()
        for start in range(0, len(items), size):
            yield items[start : start + size]


class ChromaServerStore(ChromaStore):
    """The same on a Chroma server, which many processes may use at once."""

    capabilities: ClassVar[Capabilities] = Capabilities(persistent=True, many_processes=True)

    @classmethod
    def _connect(cls, spec: StoreSpec) -> Any:  # noqa: ANN401
        import chromadb
        from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT

        options = expanded(dict(spec.options))
        token = options.get("token") or os.environ.get("RECOLLECT_CHROMA_TOKEN", "")
        return chromadb.HttpClient(
            host=options["host"],
            port=options.get("port", 8000),
            ssl=options.get("ssl", False),
            headers={"Authorization": f"Bearer {token}"} if token else None,
            settings=_settings(chroma_server_ssl_verify=options.get("ca") or None),
            tenant=options.get("tenant", DEFAULT_TENANT),
            database=options.get("database", DEFAULT_DATABASE),
        )

    def drop(self) -> None:
        """Remove the collection from the server, and let go of the connection."""
        with _explaining(self._where):
            self._client.delete_collection(self._spec.collection)
        self.close()

    @staticmethod
    def _place(spec: StoreSpec) -> str:
        return f"{spec.options['host']}:{spec.options.get('port', 8000)}"

    def identity(self) -> str:
        """The text last given to `set_identity`, by any process, a moment ago at most."""
        if time.monotonic() - self._read_at > _IDENTITY_SECONDS:
            with _explaining(self._where):
                self._collection = self._made()
            self._read_at = time.monotonic()
        return super().identity()


def _settings(**more: Any) -> Any:  # noqa: ANN401
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False, **more)


def _subfolder(folder: Path) -> Path:
    """The one folder in `folder` that Chroma writes to; made with a new name when there is none."""
    made = sorted(path for path in folder.iterdir() if path.is_dir())
    return made[0] if made else private_folder(folder / new_id())


@contextmanager
def _explaining(where: str) -> Iterator[None]:
    """Turn whatever Chroma and what lies beneath it raise into `StorageError`."""
    try:
        yield
    except (StorageError, IndexMismatchError, ConfigError):
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":  # a fault of its Rust half
            raise
        raise StorageError(
            f"The vector store Chroma at {where} failed: {_told(error)}.",
            "Nothing is lost: recall goes on without it, and `recollect rebuild` makes it anew.",
        ) from error


def _told(error: BaseException) -> str:
    """What an error says, and what lies at its root: Chroma says that it cannot connect, and not why."""
    root = error
    while cause := root.__cause__ or root.__context__:
        root = cause
    return " ".join(dict.fromkeys(str(each).strip().rstrip(".") for each in (error, root) if str(each).strip()))
