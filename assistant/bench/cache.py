"""What was computed stays computed: vectors of texts and answers of models, in one SQLite file.

Texts are kept as digests alone; vectors and answers are as private as what they were made of, so the file is its
user's alone. It may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import numpy as np

from memory.errors import StorageError
from memory.folders import private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from memory.embeddings import Embedder

_SCHEMA = """
    CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL, ms REAL NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS dimensions (embedder TEXT PRIMARY KEY, dimension INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS answers (key BLOB PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
"""
_AT_ONCE = 64


class Cache:
    """The file at `path`, made when it is not there. A context manager; every write is committed at once.

    Raises `StorageError` when it cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        private_folder(path.parent)
        with self._explaining():
            path.touch(mode=0o600, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_SCHEMA)

    def vectors(self, keys: Sequence[bytes]) -> dict[bytes, tuple[NDArray[np.float32], float]]:
        """Key -> vector and the milliseconds it took to make, for those that are known."""
        found: dict[bytes, tuple[NDArray[np.float32], float]] = {}
        with self._explaining():
            for key in keys:
                row = self._db.execute("SELECT vector, ms FROM vectors WHERE key = ?", (key,)).fetchone()
                if row:
                    found[key] = (np.frombuffer(row[0], dtype="<f4").astype(np.float32), float(row[1]))
        return found

    def put_vectors(self, keys: Sequence[bytes], matrix: NDArray[np.float32], ms: float) -> None:
        """Keep vectors, one row a key, each of which took `ms` milliseconds."""
        rows = [(key, row.astype("<f4").tobytes(), ms) for key, row in zip(keys, matrix, strict=True)]
        with self._explaining():
            self._db.execute("BEGIN")
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)
            self._db.execute("COMMIT")

    def dimension(self, embedder: str) -> int:
        """How many numbers a vector of this embedder has; 0 when that is not known."""
        with self._explaining():
            row = self._db.execute("SELECT dimension FROM dimensions WHERE embedder = ?", (embedder,)).fetchone()
        return int(row[0]) if row else 0

    def put_dimension(self, embedder: str, dimension: int) -> None:
        """Keep how many numbers a vector of this embedder has."""
        with self._explaining():
            self._db.execute("INSERT OR REPLACE INTO dimensions VALUES (?, ?)", (embedder, dimension))

    def answer(self, key: bytes) -> str | None:
        """An answer given before."""
        with self._explaining():
            row = self._db.execute("SELECT text FROM answers WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def put_answer(self, key: bytes, text: str) -> None:
        """Keep an answer."""
        with self._explaining():
            self._db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, text))

    def close(self) -> None:
        """Let go of the file; doing it twice is allowed."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"The cache {self._path} cannot be used: {error}.", "Delete it, or free some space; it is made anew."
            ) from error


class CachedEmbedder:
    """An `Embedder` that asks another one only for texts it has not met, in this run or an earlier one.

    Attributes:
        computed: how many texts were embedded anew.
        spent: milliseconds that the last call's texts took when they were embedded.
    """

    def __init__(self, inner: Embedder, cache: Cache) -> None:
        self.computed = 0
        self.spent = 0.0
        self._inner = inner
        self._cache = cache

    @property
    def name(self) -> str:
        """The other's name."""
        return self._inner.name

    @property
    def dimension(self) -> int:
        """The other's dimension, asked for once."""
        known = self._cache.dimension(self.name)
        if not known:
            known = self._inner.dimension
            self._cache.put_dimension(self.name, known)
        return known

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length one, shape (len(texts), dimension). Raises what the other raises, and `StorageError`."""
        keys = [_key(self.name, text) for text in texts]
        known = self._cache.vectors(list(dict.fromkeys(keys)))
        fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        missing = list(fresh)
        if missing and not self.computed:
            self._inner.embed(["ready"])  # loads the model, which is no text's own time
        for start in range(0, len(missing), _AT_ONCE):
            part = missing[start : start + _AT_ONCE]
            begun = time.perf_counter()
            matrix = np.asarray(self._inner.embed([fresh[key] for key in part]), dtype=np.float32)
            ms = (time.perf_counter() - begun) * 1000 / len(part)
            self._cache.put_vectors(part, matrix, ms)
            known |= {key: (row, ms) for key, row in zip(part, matrix, strict=True)}
            self.computed += len(part)
        self.spent = sum(known[key][1] for key in keys)
        if not keys:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.stack([known[key][0] for key in keys])


def _key(*parts: str) -> bytes:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def answer_key(model: str, prompt: str, max_tokens: int, temperature: float) -> bytes:
    """What an answer is kept under: everything that it depends on."""
    return _key(model, str(max_tokens), str(temperature), prompt)
