"""WordScan: the words of what the full-text index does not hold yet, ranked by BM25 over the same analysis."""

from __future__ import annotations

import math
import threading
from collections import Counter
from typing import TYPE_CHECKING

from memory.text import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memory.journal import Journal
    from memory.lexicon import Lexicon

_K1, _B = 1.2, 0.75
_BATCH = 1000


class WordScan:
    """BM25 over the newest passages, with the index's own term statistics added to theirs.

    Args:
        journal: where the text is.
        most: how many of the newest passages are looked at, at most.
    """

    def __init__(self, journal: Journal, most: int = 5000) -> None:
        self._journal = journal
        self._most = most
        self._lock = threading.Lock()
        self._counts: dict[int, tuple[str, Counter[str], int]] = {}
        self._from = self._last = self._tombstone = 0

    def search(
        self, cue: Sequence[str], k: int, scope: str, after: int, index: Lexicon | None = None
    ) -> list[tuple[int, float]]:
        """The `k` best passages of `scope` with an id over `after`, as (passage id, BM25), best first.

        `index` holds those up to `after`; without it there is nothing but what is scanned.
        """
        with self._lock:
            self._refresh(after)
            tail = [(id_, counts, length) for id_, (key, counts, length) in self._counts.items() if key == scope]
        if not tail or not cue:
            return []
        total = len(tail) + (index.num_docs if index else 0)
        mean = sum(length for _, _, length in tail) / len(tail) or 1.0
        rarity = {}
        for term in dict.fromkeys(cue):
            found = sum(term in counts for _, counts, _ in tail) + (index.doc_freq(term) if index else 0)
            rarity[term] = math.log(1 + (total - found + 0.5) / (found + 0.5)) if found <= total else 0.0
        scored = []
        for id_, counts, length in tail:
            norm = _K1 * (1 - _B + _B * length / mean)
            shares = [(weight, counts[term]) for term, weight in rarity.items() if term in counts]
            score = sum(weight * count * (_K1 + 1) / (count + norm) for weight, count in shares)
            if score > 0:
                scored.append((id_, score))
        scored.sort(key=lambda pair: (-pair[1], pair[0]))
        return scored[:k]

    def _refresh(self, after: int) -> None:
        """Analyse what was added since the last look; let go of what is indexed by now and of what was forgotten."""
        least = max(after, self._journal.last_passage() - self._most)
        if least < self._from:
            self._counts.clear()
            self._last = 0
        self._last = max(self._last, least)
        while passages := self._journal.passages(self._last, _BATCH):
            for passage in passages:
                counts = Counter(terms(f"{passage.speaker}: {passage.text}"))
                self._counts[passage.id] = (passage.scope, counts, counts.total())
            self._last = passages[-1].id
        self._from = least
        for id_ in [known for known in self._counts if known <= least]:
            del self._counts[id_]
        while rows := self._journal.tombstones(self._tombstone, _BATCH):
            for _, passage_id in rows:
                self._counts.pop(passage_id, None)
            self._tombstone = rows[-1][0]
