"""Indexer: embeds what has no vector yet and brings both indexes up to the journal, off the path of a turn.

Everything it does can be repeated and interrupted: positions are recorded only after an index has what they claim.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from memory.errors import RecollectError
from memory.indexes.locks import held, lock_at
from memory.indexes.vectors import VectorIndex
from memory.indexes.words import WordIndex
from memory.journal import IndexState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from memory.embeddings import Embedder
    from memory.journal import Journal
    from memory.store import Plain, Vector

    Progress = Callable[[int, int, str], None]

_log = logging.getLogger(__name__)
_EMBED_BATCH = 64
_POLL_SECONDS = 1.0
_RETRY_SECONDS = 30.0
_CACHED_TEXTS = 128


class Indexer:
    """Keeps vectors, the vector store and the full-text index up to the journal.

    Args:
        journal: the truth.
        embedder: makes the vectors.
        store, options: name and settings of the vector store.
        folder: the data folder.
    """

    def __init__(
        self, journal: Journal, embedder: Embedder, store: str, options: Mapping[str, Plain], folder: Path
    ) -> None:
        self._journal = journal
        self._embedder = embedder
        self.vectors = VectorIndex(journal, embedder, store, options, folder)
        self.words = WordIndex(journal, folder)
        self._embed_lock = lock_at(folder / "embed.lock")
        self._cache: OrderedDict[str, Vector] = OrderedDict()
        self._cache_guard = threading.Lock()
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Vectors of texts, from the last hundred or so where they are known: a message is often its own cue."""
        with self._cache_guard:
            known = {text: self._cache[text] for text in texts if text in self._cache}
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        if fresh:
            known |= dict(zip(fresh, self._embedder.embed(fresh), strict=True))
            with self._cache_guard:
                self._cache.update({text: known[text] for text in fresh})
                while len(self._cache) > _CACHED_TEXTS:
                    self._cache.popitem(last=False)
        return [known[text] for text in texts]

    def forget_texts(self) -> None:
        """Drop the cached texts."""
        with self._cache_guard:
            self._cache.clear()

    def embed_missing(self, most: int) -> int:
        """Embed at most `most` of the passages that have no vector yet; returns how many were embedded."""
        name = f"embedded:{self._embedder.name}"
        start = self._journal.index_state(name).position
        newest = self._journal.last_passage()
        if newest <= start:
            return 0
        passages = self._journal.missing_vectors(self._embedder.name, start, most)
        if passages:
            vectors = np.stack(self.embed([passage.text for passage in passages]))
            self._journal.register_embedder(self._embedder.name, self._embedder.dimension)
            self._journal.put_vectors(self._embedder.name, [passage.id for passage in passages], vectors)
        done = passages[-1].id if len(passages) == most else newest
        self._journal.set_index_state(name, IndexState(self._embedder.name, done, 0))
        return len(passages)

    def search_vectors(
        self, vectors: Sequence[Vector], k: int, scope: str, notes: list[str]
    ) -> list[tuple[int, float]]:
        """Passages nearest to any of `vectors`, as (passage id, cosine)."""
        return self.vectors.search(vectors, k, scope, notes)

    def search_words(self, cue: Sequence[str], k: int, scope: str, notes: list[str]) -> list[tuple[int, float]]:
        """Passages that share the cue's terms, as (passage id, BM25 score)."""
        return self.words.search(cue, k, scope, notes)

    def doc_freqs(self, wanted: Sequence[str]) -> tuple[int, dict[str, int]]:
        """How many passages are indexed, and in how many each term stands."""
        return self.words.doc_freqs(wanted)

    def unembedded(self) -> int:
        """How many passages have no vector yet."""
        return self._journal.count_missing_vectors(self._embedder.name)

    def start(self) -> None:
        """Open the vector store and keep both indexes up to date in a thread of its own until `close`."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="recollect-indexer", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Tell the thread that there is something new."""
        self._wake.set()

    def _run(self) -> None:
        pause = _POLL_SECONDS
        while not self._closing.is_set():
            try:
                self.vectors.open()
                busy = self.step()
                pause = _POLL_SECONDS
            except RecollectError as error:
                _log.warning("indexing waits: %s", error)
                busy, pause = False, _RETRY_SECONDS
            if not busy:
                self._wake.wait(pause)
                self._wake.clear()

    def step(self) -> bool:
        """One small piece of work on each index; False when there is none left for this process."""
        with held(self._embed_lock) as got:
            embedded = self.embed_missing(_EMBED_BATCH) if got else 0
        return bool(self.words.catch_up() + embedded + self.vectors.catch_up())

    def catch_up(self, progress: Progress | None = None, deadline: float | None = None, store: bool = True) -> bool:
        """Bring everything up to the journal now, in this thread.

        Args:
            progress: called with (done, total, what) as it goes.
            deadline: `time.monotonic()` at which to give up.
            store: whether the vector store counts (opened if no other process has it).

        Returns whether everything that this process may write is up to date.
        """
        total = self.unembedded()
        done = 0
        while not self._late(deadline):
            step = self.embed_missing(_EMBED_BATCH)
            done += step
            if progress:
                progress(min(done, total), max(total, done), "embedding")
            if not step:
                break
        self._drain(self.words.catch_up, self.words.lag(), "full text", progress, deadline)
        if store and self.vectors.open():
            self._drain(self.vectors.catch_up, self.vectors.lag(), "vectors", progress, deadline)
        return not self._late(deadline)

    def _drain(
        self, catch_up: Callable[[], int], total: int, what: str, progress: Progress | None, deadline: float | None
    ) -> None:
        done = 0
        while not self._late(deadline) and (step := catch_up()):
            done += step
            if progress:
                progress(min(done, total), max(total, done), what)

    @staticmethod
    def _late(deadline: float | None) -> bool:
        return deadline is not None and time.monotonic() > deadline

    def close(self) -> None:
        """Stop the thread after the piece it is at, and close both indexes."""
        self._closing.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.vectors.close()
