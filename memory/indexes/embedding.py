"""Embedding: gives the journal's passages their vectors, and cues theirs.

Passages are embedded in the order in which they were said, a batch at a time; a recall does the newest first, so
that what was just said is found. Vectors that cannot be written (a full disk, a read-only journal) are kept in
memory instead.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from memory.errors import StorageError
from memory.journal import IndexState
from memory.text import is_named

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from memory.embeddings import Embedder
    from memory.journal import Journal
    from memory.store import Vector
    from memory.types import Passage

_log = logging.getLogger(__name__)
_CACHED_TEXTS = 128
_AT_ONCE = 8
_LOOSE = 2000


def passage_key(passage: Passage) -> str:
    """The text that a passage's vector is made of: "speaker: passage" when the speaker has a name of their own.

    Worth eight points of R@10 on talk between two people; a mere "user:" before every text is worth nothing.
    """
    return f"{passage.speaker}: {passage.text}" if is_named(passage.speaker) else passage.text


class Embedding:
    """What one embedder has made of the journal so far. Safe to use from several threads.

    Args:
        journal: where the passages are and the vectors are kept.
        embedder: makes the vectors.
    """

    def __init__(self, journal: Journal, embedder: Embedder) -> None:
        self._journal = journal
        self._embedder = embedder
        self._guard = threading.Lock()
        self._cache: OrderedDict[str, Vector] = OrderedDict()
        self._loose: dict[int, tuple[str, Vector]] = {}
        self._loose_of: dict[int, list[Vector]] = {}

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Vectors of texts, from the last hundred or so where they are known: a message is often its own cue."""
        with self._guard:
            known = {text: self._cache[text] for text in texts if text in self._cache}
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        if fresh:
            known |= dict(zip(fresh, self._embedder.embed(fresh), strict=True))
            with self._guard:
                self._cache.update({text: known[text] for text in fresh[-_CACHED_TEXTS:]})
                while len(self._cache) > _CACHED_TEXTS:
                    self._cache.popitem(last=False)
        return [known[text] for text in texts]

    def forget_texts(self) -> None:
        """Drop the texts and vectors that are kept in memory."""
        with self._guard:
            self._cache.clear()
            self._loose.clear()
            self._loose_of.clear()

    def missing(self) -> int:
        """How many passages have no vector yet."""
        return self._journal.count_missing_vectors(self._embedder.name, self._position())

    def embed_first(self, most: int) -> int:
        """Embed the first `most` of the passages that have no vector yet; returns how many were embedded."""
        start = self._position()
        newest = self._journal.last_passage()
        if newest <= start:
            return 0
        passages = self._journal.missing_vectors(self._embedder.name, start, most)
        if passages:
            self._keep(passages)
        self._set_position(passages[-1].id if len(passages) == most else newest)
        return len(passages)

    def embed_last(self, most: int) -> int:
        """Embed the last `most` of the passages that have no vector yet; returns how many were embedded."""
        passages = self._journal.missing_vectors(self._embedder.name, self._position(), most, newest=True)
        if passages:
            self._keep(passages)
        return len(passages)

    def embed_newest(self, most: int, seconds: float, notes: list[str]) -> None:
        """Embed the newest of the passages that have no vector yet: at most `most`, for about `seconds` at most.

        Never fails because a vector cannot be written: `notes` says so, and it is kept in memory.
        """
        deadline = time.monotonic() + seconds
        start = self._position()
        newest = self._journal.last_passage()
        if newest <= start:
            return
        found = self._journal.missing_vectors(self._embedder.name, start, most, newest=True)
        lacking = [passage for passage in found if passage.id not in self._loose]
        if self._journal.looking:
            if lacking:
                self._keep_loose(lacking[-_AT_ONCE:])
            return
        try:
            while lacking and time.monotonic() < deadline:
                lacking, now = lacking[:-_AT_ONCE], lacking[-_AT_ONCE:]
                self._keep(now)
            if not lacking and len(found) < most and not self._loose:
                self._set_position(newest)
        except StorageError as error:
            _log.warning("vectors are kept in memory for now: %s", error)
            notes.append(f"What was embedded could not be written: {error.message}")
            self._keep_loose(now)

    def search_loose(self, vectors: Sequence[Vector], scope: str) -> list[tuple[int, float]]:
        """The passages of `scope` whose vectors are kept in memory alone, as (passage id, cosine)."""
        if not self._loose:
            return []
        with self._guard:
            ours = [(id_, vector) for id_, (key, vector) in self._loose.items() if key == scope]
        return [(id_, max(float(vector @ cue) for cue in vectors)) for id_, vector in ours]

    def loose_vectors(self, seqs: Collection[int]) -> dict[int, NDArray[np.float32]]:
        """The vectors of these messages that are kept in memory alone, by place; shape (passages, dimension) each."""
        if not self._loose_of:
            return {}
        with self._guard:
            return {seq: np.stack(self._loose_of[seq]) for seq in seqs if seq in self._loose_of}

    def _keep(self, passages: Sequence[Passage]) -> None:
        vectors = np.stack(self.embed([passage_key(passage) for passage in passages]))
        self._journal.register_embedder(self._embedder.name, self._embedder.dimension)
        self._journal.put_vectors(self._embedder.name, [passage.id for passage in passages], vectors)

    def _keep_loose(self, passages: Sequence[Passage]) -> None:
        vectors = self.embed([passage_key(passage) for passage in passages])
        with self._guard:
            if len(self._loose) < _LOOSE:
                self._loose.update({one.id: (one.scope, vec) for one, vec in zip(passages, vectors, strict=True)})
                for one, vector in zip(passages, vectors, strict=True):
                    self._loose_of.setdefault(one.message_seq, []).append(vector)

    def _name(self) -> str:
        return f"embedded:{self._embedder.name}"

    def _position(self) -> int:
        """The last passage up to which none lacks a vector."""
        return self._journal.index_state(self._name()).position

    def _set_position(self, passage: int) -> None:
        self._journal.set_index_state(self._name(), IndexState(self._embedder.name, passage, 0))
