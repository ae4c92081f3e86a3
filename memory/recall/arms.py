"""Controls: the plain ways to search the same indexes, to be measured beside recall.

    vector   what a plain vector memory does: messages by the cosine of their nearest passage
    bm25     full text alone: messages by the BM25 score of their best passage
    hybrid   both, each scaled to 0..1 over the candidates of the cue (min-max) and summed; no neighbours, no links
    fused    what recall does, without association: the same features fitted in the same way, but for the associative

The first three decide never that nothing is relevant. Beside them stands recall without one kind of edge (`no-name`,
`no-similar`, …): what it finds less than all of it is what that kind is worth.
"""

from __future__ import annotations

import difflib
import time
from typing import TYPE_CHECKING, Any

from memory.errors import UsageError
from memory.recall.fusion import min_max
from memory.text import content_terms
from memory.types import Recall, Recollection, Why

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from memory.embeddings import Embedder
    from memory.indexer import Indexer
    from memory.journal import Journal
    from memory.store import Vector
    from memory.types import Passage, Scope

WITHOUT_ASSOCIATION = "fused"
"""The control that `memory.recall.engine` answers, as it is recall but for one thing."""

CONTROLS = ("vector", "bm25", "hybrid", WITHOUT_ASSOCIATION)
"""Names of the controls."""

_NO = "no-"
WITHOUT_EDGES = tuple(_NO + kind for kind in ("name", "term", "similar", "next", "previous", "same_time"))
"""Names of recall without one kind of edge; those that only use makes (`recalled_together`, `linked`) are not there."""


def limits(arm: str) -> dict[str, Any] | None:
    """What of a `Wish` makes recall the arm of this name; None when that arm is a plain search."""
    if arm == WITHOUT_ASSOCIATION:
        return {"associative": False}
    return {"without": frozenset({arm.removeprefix(_NO)})} if arm in WITHOUT_EDGES else None


_CUE_CHARACTERS = 8000
_CUE_TERMS = 64
_HYBRID_DEPTH = 200


class Controls:
    """Ranks messages by one signal, or by a sum of two. Takes what `Recaller` takes."""

    def __init__(self, journal: Journal, embedder: Embedder, indexer: Indexer) -> None:
        self._journal = journal
        self._embedder = embedder
        self._indexer = indexer

    def rank(self, cue: str, arm: str, scope: Scope, k: int, exclude: Collection[str]) -> Recall:
        """The `k` best messages for `cue` by the control `arm`; scores are that arm's own and not scaled.

        Raises `UsageError` for an arm that is not one of `CONTROLS`.
        """
        if arm not in CONTROLS or arm == WITHOUT_ASSOCIATION:
            near = difflib.get_close_matches(arm, CONTROLS, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(CONTROLS)}."
            raise UsageError(f"There is no control {arm!r}.", hint)
        start = time.perf_counter()
        notes: list[str] = []
        vector = None if arm == "bm25" else self._indexer.embedding.embed([cue[:_CUE_CHARACTERS]])[0]
        embedded = time.perf_counter()
        hidden = frozenset(exclude)
        if arm == "hybrid" and vector is not None:
            scores = self._hybrid(cue, vector, scope, hidden, notes)
        else:
            scores = self._single(_Search(self._indexer, cue, vector, scope, notes), k, hidden)
        found = self._recollections(scores, k)
        end = time.perf_counter()
        timings = {"embed": round((embedded - start) * 1000, 3), "total": round((end - start) * 1000, 3)}
        return Recall(cue, found, timings, considered=len(scores), notes=tuple(dict.fromkeys(notes)))

    def _single(self, search: _Search, k: int, hidden: frozenset[str]) -> dict[int, Mapping[str, float]]:
        """The best messages by one search, which is widened until `k` of them are found or there are no more."""
        depth = k + len(hidden)
        while True:
            hits = search(depth)
            best = self._by_message(dict(hits), hidden)
            if len(best) >= k or len(hits) < depth:
                return {seq: {search.signal: score} for seq, score in best.items()}
            depth *= 2

    def _hybrid(
        self, cue: str, vector: Vector, scope: Scope, hidden: frozenset[str], notes: list[str]
    ) -> dict[int, Mapping[str, float]]:
        """What either search finds, by the sum of both scores; the cosine is exact for every candidate."""
        depth = _HYBRID_DEPTH + len(hidden)
        near = dict(self._indexer.search_vectors([vector], depth, scope.key, notes))
        shared = dict(self._indexer.words.search(_terms(cue), depth, scope.key, notes))
        passages = self._journal.passages_by_id([*near, *shared])
        ids, matrix = self._journal.vectors_by_passage(self._embedder.name, list(passages))
        if ids:
            near |= dict(zip(ids, (matrix @ vector).tolist(), strict=True))
        cosine = self._by_message(near, hidden, passages)
        bm25 = self._by_message(shared, hidden, passages)
        seqs = sorted({*cosine, *bm25})
        meaning = min_max([cosine.get(seq, 0.0) for seq in seqs])
        words = min_max([bm25.get(seq, 0.0) for seq in seqs])
        return {
            seq: {"hybrid": a + b, "cosine": cosine.get(seq, 0.0), "bm25": bm25.get(seq, 0.0)}
            for seq, a, b in zip(seqs, meaning, words, strict=True)
        }

    def _by_message(
        self, scores: Mapping[int, float], hidden: frozenset[str], passages: Mapping[int, Passage] | None = None
    ) -> dict[int, float]:
        """The best score of each message's passages, without the messages that are hidden."""
        known = self._journal.passages_by_id(list(scores)) if passages is None else passages
        best: dict[int, float] = {}
        for id_, score in scores.items():
            passage = known.get(id_)
            if passage is not None and passage.message_id not in hidden:
                best[passage.message_seq] = max(score, best.get(passage.message_seq, score))
        return best

    def _recollections(self, scores: Mapping[int, Mapping[str, float]], k: int) -> tuple[Recollection, ...]:
        """The `k` best as recollections; the first signal is the score, and of equals the newer comes first."""
        ranked = sorted(((-next(iter(signals.values())), -seq) for seq, signals in scores.items()))[:k]
        messages = self._journal.by_seq([-seq for _, seq in ranked])
        exchanges = self._journal.exchange(list({message.exchange for message in messages.values()}))
        return tuple(
            Recollection(message, exchanges.get(message.exchange) or (message,), -score, Why(scores[-seq]))
            for score, seq in ranked
            if (message := messages.get(-seq)) is not None
        )


class _Search:
    """One of the two searches for one cue: by its vector, or by its words when there is none."""

    def __init__(self, indexer: Indexer, cue: str, vector: Vector | None, scope: Scope, notes: list[str]) -> None:
        self.signal = "bm25" if vector is None else "cosine"
        self._indexer = indexer
        self._terms = _terms(cue)
        self._vector = vector
        self._scope = scope.key
        self._notes = notes

    def __call__(self, depth: int) -> list[tuple[int, float]]:
        """The `depth` best passages, as (passage id, score)."""
        if self._vector is None:
            return self._indexer.words.search(self._terms, depth, self._scope, self._notes)
        return self._indexer.search_vectors([self._vector], depth, self._scope, self._notes)


def _terms(cue: str) -> list[str]:
    return list(dict.fromkeys(content_terms(cue[:_CUE_CHARACTERS])))[:_CUE_TERMS]
