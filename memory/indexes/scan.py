"""What the indexes do not hold yet, searched directly: vectors by NumPy, words by BM25 over the same analysis.

The journal may be ahead of both indexes, by a message or by all of them (an index that is broken, or held by another
process). Scanning is exact, so a lagging index costs time and never a memory.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from memory.text import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from memory.journal import Journal
    from memory.store import Vector

_BATCH = 8192
_K1, _B = 1.2, 0.75


class VectorScan:
    """The journal's vectors of one embedder in one matrix, kept up to date by reading what was added since.

    Rows are float16 (half the memory of float32 at no measurable loss of rank); a search multiplies block by block.
    """

    def __init__(self, journal: Journal, embedder: str) -> None:
        self._journal = journal
        self._embedder = embedder
        self._lock = threading.Lock()
        self._seqs = np.empty(0, dtype=np.int64)
        self._ids = np.empty(0, dtype=np.int64)
        self._scopes = np.empty(0, dtype=np.int32)
        self._matrix: NDArray[np.float16] | None = None
        self._scope_keys: dict[str, int] = {}
        self._tombstone = 0
        self._from = 0

    def search(self, vectors: Sequence[Vector], k: int, scope: str, after: int = 0) -> list[tuple[int, float]]:
        """The `k` passages of `scope` nearest to any of `vectors`, as (passage id, cosine), best first.

        Only vectors written after the vector sequence number `after` are looked at.
        """
        with self._lock:
            self._refresh(after)
            if self._matrix is None or not len(self._ids):
                return []
            wanted = (self._scopes == self._scope_keys.get(scope, -1)) & (self._seqs > after)
            rows = np.flatnonzero(wanted)
            if not len(rows):
                return []
            cue = np.stack(vectors).astype(np.float32)
            scores = np.empty(len(rows), dtype=np.float32)
            for start in range(0, len(rows), _BATCH):
                part = rows[start : start + _BATCH]
                scores[start : start + _BATCH] = (self._matrix[part].astype(np.float32) @ cue.T).max(axis=1)
            best = np.argpartition(-scores, min(k, len(scores)) - 1)[:k] if k < len(scores) else np.arange(len(scores))
            best = best[np.argsort(-scores[best], kind="stable")]
            return [(int(self._ids[rows[i]]), float(scores[i])) for i in best]

    def _refresh(self, after: int) -> None:
        """Read what was written since the last look; drop what the index holds by now and what was forgotten."""
        if after < self._from:
            self._clear()
        if not len(self._seqs):
            self._from = after
        parts, seqs, ids, scopes = [], [self._seqs], [self._ids], [self._scopes]
        last = int(self._seqs[-1]) if len(self._seqs) else self._from
        while True:
            rows = self._journal.vectors(self._embedder, last, _BATCH)
            if not rows.seqs:
                break
            parts.append(rows.matrix.astype(np.float16))
            seqs.append(np.asarray(rows.seqs, dtype=np.int64))
            ids.append(np.asarray(rows.passages, dtype=np.int64))
            scopes.append(np.asarray([self._scope_key(key) for key in rows.scopes], dtype=np.int32))
            last = rows.seqs[-1]
        if parts:
            self._matrix = np.concatenate([*([] if self._matrix is None else [self._matrix]), *parts])
            self._seqs, self._ids, self._scopes = np.concatenate(seqs), np.concatenate(ids), np.concatenate(scopes)
        self._drop_forgotten()
        self._drop_indexed(after)

    def _scope_key(self, scope: str) -> int:
        return self._scope_keys.setdefault(scope, len(self._scope_keys))

    def _drop_forgotten(self) -> None:
        gone: list[int] = []
        while rows := self._journal.tombstones(self._tombstone, _BATCH):
            gone.extend(passage for _, passage in rows)
            self._tombstone = rows[-1][0]
        if gone and len(self._ids):
            self._keep(~np.isin(self._ids, gone))

    def _drop_indexed(self, after: int) -> None:
        """Give back the memory of rows that the index holds, once they are many."""
        held = int(np.searchsorted(self._seqs, after, side="right"))
        if held > _BATCH:
            self._keep(self._seqs > after)
            self._from = after

    def _keep(self, mask: NDArray[np.bool_]) -> None:
        if self._matrix is not None and not mask.all():
            self._matrix = self._matrix[mask]
            self._seqs, self._ids, self._scopes = self._seqs[mask], self._ids[mask], self._scopes[mask]

    def _clear(self) -> None:
        self._seqs, self._ids = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        self._scopes, self._matrix = np.empty(0, dtype=np.int32), None


class WordScan:
    """BM25 over the passages that the full-text index does not hold yet, with the index's own term statistics."""

    def __init__(self, journal: Journal, most: int = 5000) -> None:
        self._journal = journal
        self._most = most
        self._lock = threading.Lock()
        self._counts: dict[int, tuple[str, Counter[str], int]] = {}
        self._last = 0

    def search(
        self,
        cue: Sequence[str],
        k: int,
        scope: str,
        after: int,
        doc_freq: Callable[[str], int],
        docs: int,
    ) -> list[tuple[int, float]]:
        """The `k` best passages of `scope` with an id over `after`, as (passage id, BM25), best first.

        `doc_freq` and `docs` are what the index knows of its own part. At most the newest `most` passages are looked at.
        """
        with self._lock:
            self._refresh(after)
            tail = [(id_, counts, length) for id_, (key, counts, length) in self._counts.items() if key == scope]
        if not tail or not cue:
            return []
        wanted = list(dict.fromkeys(cue))
        total = docs + len(tail)
        mean = sum(length for _, _, length in tail) / len(tail) or 1.0
        idf = {}
        for term in wanted:
            found = doc_freq(term) + sum(1 for _, counts, _ in tail if term in counts)
            idf[term] = math.log(1 + (total - found + 0.5) / (found + 0.5)) if found <= total else 0.0
        scored = []
        for id_, counts, length in tail:
            norm = _K1 * (1 - _B + _B * length / mean)
            score = sum(idf[term] * counts[term] * (_K1 + 1) / (counts[term] + norm) for term in wanted if term in counts)
            if score > 0:
                scored.append((id_, score))
        scored.sort(key=lambda pair: (-pair[1], pair[0]))
        return scored[:k]

    def _refresh(self, after: int) -> None:
        """Analyse what was added since the last look and let go of what the index holds by now."""
        newest = self._journal.last_passage()
        start = max(after, self._last if self._counts else after, newest - self._most)
        for passage in self._journal.passages(start, self._most):
            counts = Counter(terms(f"{passage.speaker}: {passage.text}"))
            self._counts[passage.id] = (passage.scope, counts, counts.total())
        self._last = max(newest, start)
        for id_ in [known for known in self._counts if known <= max(after, newest - self._most)]:
            del self._counts[id_]
