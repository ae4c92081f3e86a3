"""Indexer: brings vectors, both indexes and what associations are made of up to the journal, off the path of a turn.

Everything it does can be repeated and interrupted: positions are recorded only after an index has what they claim.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from memory.associations.tracing import TraceIndex
from memory.errors import RecollectError
from memory.indexes.embedding import Embedding
from memory.indexes.locks import ProcessLock
from memory.indexes.vectors import VectorIndex
from memory.indexes.words import WordIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from memory.embeddings import Embedder
    from memory.journal import Journal
    from memory.store import Options, Vector

    Progress = Callable[[int, int, str], None]

_log = logging.getLogger(__name__)
_STEP = 16
_BATCH = 256
_STORE_STEP = 256
_SUM_BATCH = 1024
_POLL_SECONDS = 1.0
_RETRY_SECONDS = 30.0
_WAIT_SECONDS = 0.02


class Indexer:
    """Keeps vectors, the vector store and the full-text index up to the journal.

    Args:
        journal: the truth.
        embedder: makes the vectors.
        store, options: name and settings of the vector store.
        folder: the data folder.
    """

    def __init__(self, journal: Journal, embedder: Embedder, store: str, options: Options, folder: Path) -> None:
        self._journal = journal
        self.embedding = Embedding(journal, embedder)
        self.vectors = VectorIndex(journal, embedder, store, options, folder)
        self.words = WordIndex(journal, folder)
        self.traces = TraceIndex(journal)
        self._embedder = embedder
        self._embed_lock = ProcessLock(folder / "embed.lock")
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def search_vectors(
        self, vectors: Sequence[Vector], k: int, scope: str, notes: list[str]
    ) -> list[tuple[int, float]]:
        """Passages nearest to any of `vectors`, as (passage id, cosine), best first."""
        return self.search_each([(vectors, k)], scope, notes)[0]

    def search_each(
        self, queries: Sequence[tuple[Sequence[Vector], int]], scope: str, notes: list[str]
    ) -> list[list[tuple[int, float]]]:
        """The answer to each query (vectors, k)."""
        answers = self.vectors.search_each(queries, scope, notes)
        for number, (vectors, k) in enumerate(queries):
            if loose := self.embedding.search_loose(vectors, scope):
                answers[number] = sorted([*answers[number], *loose], key=lambda pair: -pair[1])[:k]
        return answers

    def start(self) -> None:
        """Open the vector store and keep both indexes up to date in a thread of its own until `close`."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="recollect-indexer", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Tell the thread that there is something new."""
        self._wake.set()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wake.clear()
            pause = _POLL_SECONDS
            try:
                self.vectors.hold()
                busy = self.step()
                busy = (self.vectors.open() and self.vectors.pending()) or busy
                self._journal.scrub()
            except RecollectError as error:
                _log.warning("indexing waits: %s", error)
                busy, pause = False, _RETRY_SECONDS
            except Exception:  # noqa: BLE001 - a store of another package may raise anything; the thread goes on
                _log.exception("indexing waits")
                busy, pause = False, _RETRY_SECONDS
            if not busy:
                self._wake.wait(pause)

    def step(self) -> bool:
        """One small piece of work on each index; False when there is none left for this process."""
        with self._embed_lock.held() as got:
            embedded = self.embedding.embed_first(_STEP) if got else 0
        done = self.words.catch_up() + self.traces.catch_up() + self.sum_sessions()
        if not embedded or self.vectors.lag() >= _STORE_STEP:
            done += self.vectors.catch_up()
        return bool(done + embedded)

    def sum_sessions(self) -> int:
        """Add vectors to those of their sessions, a batch of them; returns how many."""
        return self._journal.sum_sessions(self._embedder.name, _SUM_BATCH)

    def _unsummed(self) -> int:
        return self._journal.unsummed(self._embedder.name)

    def catch_up(self, progress: Progress | None = None, deadline: float | None = None, store: bool = True) -> bool:
        """Bring everything up to the journal now, in this thread; what another process is at is waited for.

        Args:
            progress: called with (done, total, what) as it goes.
            deadline: `time.monotonic()` at which to give up.
            store: whether the vector store counts (opened if no other process has it).

        Returns whether everything that this process may write is up to date.
        """
        done = self._drain(self._embed_some(deadline), self.embedding.missing, "embedding", progress, deadline)
        done &= self._drain(self.words.catch_up, self.words.lag, "full text", progress, deadline)
        done &= self._drain(self.traces.catch_up, self.traces.lag, "associations", progress, deadline)
        done &= self._drain(self.sum_sessions, self._unsummed, "sessions", progress, deadline)
        if store and self.vectors.open():
            done &= self._drain(self.vectors.catch_up, self.vectors.lag, "vectors", progress, deadline)
            done &= not self.vectors.pending()
        return done and not self.words.pending()

    def _embed_some(self, deadline: float | None) -> Callable[[], int]:
        most = _BATCH if deadline is None or deadline - time.monotonic() > 10 else _STEP

        def embed() -> int:
            with self._embed_lock.held() as got:
                return self.embedding.embed_first(most) if got else 0

        return embed

    def _drain(
        self,
        work: Callable[[], int],
        left: Callable[[], int],
        what: str,
        progress: Progress | None,
        deadline: float | None,
    ) -> bool:
        """Work until nothing is left; whether that came to pass before the deadline."""
        total, done = left(), 0
        while not self._closing.is_set():
            step = work()
            done += step
            if progress and step:
                progress(min(done, total), total, what)
            if not step:
                if not left():
                    return True
                self._closing.wait(_WAIT_SECONDS)
            if deadline is not None and time.monotonic() > deadline:
                return False
        return False

    def close(self) -> None:
        """Stop the thread after the small piece it is at, and close both indexes."""
        self._closing.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.vectors.close()
