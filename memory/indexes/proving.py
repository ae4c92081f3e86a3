"""Proving that an open store holds what the journal says it does: by its count, and by looking for some of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from memory.errors import StorageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from memory.journal import IndexState, Journal
    from memory.store import MemoryStore

SAMPLE = 8
_SAME = 0.98
_PASSED_OVER = 0.25


def prove(store: MemoryStore, journal: Journal, embedder: str, state: IndexState, sample: int = SAMPLE) -> None:
    """Raises `StorageError` when the store lacks what the journal's `state` says it holds, or finds something else."""
    held = store.count()
    total = journal.count_vectors(embedder, 0)
    least = total - journal.count_vectors(embedder, state.position)
    most = total + len(journal.tombstones(state.tombstone, held + 1))
    if held < least:
        raise StorageError(f"It holds {held:,} vectors, where {least:,} were put.")
    if held > most:
        raise StorageError(f"It holds {held:,} vectors, more than the {most:,} there are.")
    passages, vectors = sampled(journal, embedder, state.position, sample)
    lost = sum(not _found(store, journal, embedder, one, vector) for one, vector in zip(passages, vectors, strict=True))
    if lost > _PASSED_OVER * len(passages):
        raise StorageError(f"It does not find {lost} of a sample of {len(passages)} vectors.")


def sampled(journal: Journal, embedder: str, until: int, many: int) -> tuple[list[int], NDArray[np.float32]]:
    """Some `many` passages with their vectors, evenly from all that were written up to the number `until`."""
    passages: list[int] = []
    vectors: list[NDArray[np.float32]] = []
    for step in range(many):
        rows = journal.vectors(embedder, until * step // many, 1)
        if rows.seqs and rows.seqs[0] <= until and rows.passages[0] not in passages:
            passages += rows.passages
            vectors.append(rows.matrix[0])
    return passages, np.stack(vectors) if vectors else np.empty((0, 0), dtype=np.float32)


def _found(store: MemoryStore, journal: Journal, embedder: str, passage: int, vector: NDArray[np.float32]) -> bool:
    """Whether a search for a passage's vector finds that passage, or another with the same one."""
    hits = store.search(vector, 3)
    if any(hit.id == str(passage) and hit.score > _SAME for hit in hits):
        return True
    others = [int(hit.id) for hit in hits if hit.id.isdigit() and hit.score > _SAME]
    _, same = journal.vectors_by_passage(embedder, others)
    return bool(len(same)) and bool((same @ vector > _SAME).any())
