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
from memory.journal.choices import LEXICON

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
_CHECK_SECONDS = 5.0
_WAIT_SECONDS = 0.02
_PATIENCE_SECONDS = 2.0
_TOLD_AFTER = 2


class Indexer:
    """Keeps vectors, the vector store and the full-text index up to the journal.

    Args:
        journal: the truth.
        embedder: makes the vectors.
        store, options: name and settings of the vector store.
        folder: the data folder.
        place, words: names of the folders of the two indexes there; other ones after a rebuild.
        outdated: asked now and then by the thread; it ends when these indexes are no longer those in use.

    Attributes:
        trouble: why the thread cannot go on for now, in a sentence; empty when it can.
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
        words: str = LEXICON,
        outdated: Callable[[], bool] = bool,
    ) -> None:
        self._journal = journal
        self.embedding = Embedding(journal, embedder)
        self.vectors = VectorIndex(journal, embedder, store, options, folder, place=place)
        self.words = WordIndex(journal, folder, words)
        self._outdated = outdated
        self.traces = TraceIndex(journal)
        self._embedder = embedder
        self._embed_lock = ProcessLock(folder / "embed.lock")
        self._scrub_lock = ProcessLock(folder / "scrub.lock")
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self.trouble = ""

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
        checked, failures = time.monotonic(), 0
        while not self._closing.is_set():
            self._wake.clear()
            pause = _POLL_SECONDS
            try:
                if self._outdated():
                    return
                self.vectors.hold()
                busy = self.step()
                if not busy and time.monotonic() - checked > _CHECK_SECONDS:
                    self.check()
                    checked = time.monotonic()
                busy = (self.vectors.open() and self.vectors.pending()) or busy
                with self._scrub_lock.held() as got:
                    if got:
                        self._journal.scrub()
                failures, self.trouble = 0, ""
            except Exception as error:  # noqa: BLE001 - a store of another package may raise anything; the thread goes on
                told = isinstance(error, RecollectError)
                _log.warning("indexing waits: %s", error, exc_info=None if told else error)
                failures += 1
                if failures >= _TOLD_AFTER:  # the first may be of a moment: another process at work
                    self.trouble = error.message if isinstance(error, RecollectError) else f"{error!r}."
                busy, pause = False, min(_RETRY_SECONDS, _POLL_SECONDS * 2 ** (failures - 1))
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

    def check(self) -> None:
        """See whether the files of both indexes are whole; what was damaged is made anew by the next steps."""
        self.vectors.check()
        self.words.check()

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
        """Embeds the next few; what another process is at, it does itself when that one gets no further.

        So nobody waits for an embedder that hangs in another process: the lock is a mark of whose turn it is.
        """
        most = _BATCH if deadline is None or deadline - time.monotonic() > 10 else _STEP
        left, since = -1, time.monotonic()

        def embed() -> int:
            nonlocal left, since
            with self._embed_lock.held() as got:
                if got:
                    return self.embedding.embed_first(most)
            now, before = time.monotonic(), left
            left = self.embedding.missing()
            if left != before:
                since = now
            return self.embedding.embed_last(_STEP) if now - since > _PATIENCE_SECONDS else 0

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
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        self.vectors.close()
