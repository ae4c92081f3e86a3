"""Searching an open vector store: several queries in one call, and nothing outside of a scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memory.journal import Journal
    from memory.store import MemoryStore, Vector

    Query = tuple[Sequence[Vector], int]
    Found = list[tuple[int, float]]

_WIDER = 4


def search_store(store: MemoryStore, journal: Journal, queries: Sequence[Query], scope: str) -> list[Found]:
    """For each query (vectors, k) the `k` passages of `scope` nearest to any of its vectors, as (passage id, cosine).

    Best first. A condition makes stores slow, so what is nearest in any scope is tried first. Raises `StorageError`.
    """
    alone = journal.scopes() == [scope]
    most = max(k for _, k in queries)
    depth = most if alone else most * _WIDER
    each = store.search_many([vector for vectors, _ in queries for vector in vectors], depth)
    ours = None if alone else journal.in_scope([int(hit.id) for hits in each for hit in hits], scope)
    found, start = [], 0
    for vectors, k in queries:
        hits: Found = []
        for vector, near in zip(vectors, each[start : start + len(vectors)], strict=True):
            kept = [hit for hit in near if ours is None or int(hit.id) in ours]
            if len(kept) < k and len(near) == depth:
                kept = store.search(vector, k, {"scope": scope})
            hits += [(int(hit.id), hit.score) for hit in kept[:k]]
        found.append(best(hits, k))
        start += len(vectors)
    return found


def best(hits: Found, k: int) -> Found:
    """The `k` best of these, each once."""
    found: dict[int, float] = {}
    for passage, score in hits:
        found[passage] = max(score, found.get(passage, -1.0))
    return sorted(found.items(), key=lambda pair: -pair[1])[:k]
