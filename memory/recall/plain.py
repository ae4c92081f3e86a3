"""Plain: recall by the min-max sum of meaning and words, with neighbours; for when no weights can be used.

Without vectors of the cue (the embedder cannot be had) it goes by words alone.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from memory.recall.cue import ends
from memory.recall.fusion import Candidate, FusionWeights, base_scores, fuse
from memory.recall.termcache import TermCache
from memory.recall.why import recollections
from memory.text import content_terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from memory.embeddings import Embedder
    from memory.indexer import Indexer
    from memory.journal import Journal
    from memory.recall.allowed import Allowed
    from memory.recall.judged import Judged
    from memory.store import Vector
    from memory.types import Passage, Recollection, Scope

_CANDIDATES = 60
_SEEDS = 15
_CUE_TERMS = 64
_PASSAGES_BESIDE = 4
_WORDS_ALONE = 0.2
"""The least coverage where nothing else can speak for a candidate; a question has many words that no answer has."""


class Plain:
    """Ranks through the indexes as far as they have come and by scanning beyond. Needs no traces and no weights."""

    def __init__(
        self, journal: Journal, embedder: Embedder, indexer: Indexer, weights: FusionWeights | None = None
    ) -> None:
        self._journal = journal
        self._embedder = embedder
        self._indexer = indexer
        self._weights = weights or FusionWeights()
        self._terms = TermCache()

    def forget_texts(self) -> None:
        """Drop what is kept in memory of the texts."""
        self._terms.clear()

    def recollections(
        self,
        cue: str,
        vectors: Sequence[Vector],
        scope: Scope,
        k: int,
        *,
        allowed: Allowed,
        judged: Judged,
        notes: list[str],
    ) -> tuple[tuple[Recollection, ...], int]:
        """The `k` best recollections, and how many candidates there were; by words alone without `vectors`."""
        wanted = list(dict.fromkeys(content_terms(ends(cue))))[:_CUE_TERMS]
        found = _Found(scope.key, allowed, judged)
        if vectors:
            found.meaning = dict(
                allowed.search(lambda k: self._indexer.search_vectors(vectors, k, scope.key, notes), _CANDIDATES)
            )
        found.words = dict(
            allowed.search(lambda k: self._indexer.words.search(wanted, k, scope.key, notes), _CANDIDATES)
        )
        weights = self._weights if vectors else replace(self._weights, meaning=0.0, least_coverage=_WORDS_ALONE)
        candidates = self._candidates(found, vectors, wanted, weights)
        ranked = judged.apply(fuse(candidates, weights, judged.useful))[:k]
        return self._recollections(ranked, candidates, ends(cue), allowed), len(candidates)

    def _candidates(
        self, found: _Found, vectors: Sequence[Vector], wanted: Sequence[str], weights: FusionWeights
    ) -> dict[int, Candidate]:
        """Messages that either search found, and what was said around the best of them."""
        passages = self._journal.passages_by_id([*found.meaning, *found.words])
        candidates: dict[int, Candidate] = {}
        found.add(candidates, passages.values())
        base_scores(candidates, weights)
        seeds = sorted(candidates.values(), key=lambda candidate: -candidate.base)[:_SEEDS]
        around = self._journal.neighbours(list(candidates), 2)
        wished = {other for seed in seeds for other, _ in around.get(seed.seq, [])} | set(found.judged.useful)
        wished -= candidates.keys()
        if wished:
            beside = self._journal.passages_of(sorted(wished), _PASSAGES_BESIDE)
            found.add(candidates, beside)
            passages |= {passage.id: passage for passage in beside}
            around |= self._journal.neighbours(sorted(wished & candidates.keys()), 2)
        self._score_exactly(candidates, passages, vectors)
        self._cover(candidates, passages, wanted)
        outlines = self._journal.outlines(list(candidates))
        for gone in candidates.keys() - outlines.keys():
            del candidates[gone]
        for seq, candidate in candidates.items():
            candidate.session, ending = outlines[seq]
            candidate.question = ending.rstrip().endswith(("?", "？", "؟"))
            candidate.neighbours = around.get(seq, [])
        return candidates

    def _recollections(
        self, ranked: Sequence[Candidate], candidates: dict[int, Candidate], cue: str, allowed: Allowed
    ) -> tuple[Recollection, ...]:
        shown = {candidate.seq for candidate in ranked}
        through = {candidate.through[0] for candidate in ranked if candidate.through}
        messages = self._journal.by_seq(list(shown | through))
        ranked = [candidate for candidate in ranked if candidate.seq in messages]
        exchanges = self._journal.exchange(list({messages[candidate.seq].exchange for candidate in ranked}))
        shown_exchanges = {id_: allowed.exchange(said) for id_, said in exchanges.items()}
        return recollections(ranked, candidates, messages, shown_exchanges, cue)

    def _score_exactly(
        self, candidates: dict[int, Candidate], passages: dict[int, Passage], vectors: Sequence[Vector]
    ) -> None:
        """Give every candidate its true cosine, also those that only the words or a neighbour brought in."""
        known = list(passages) if vectors else []
        ids, matrix = self._journal.vectors_by_passage(self._embedder.name, known)
        if ids:
            cosines = (matrix @ np.stack(vectors).T).max(axis=1)
            for id_, cosine in zip(ids, cosines, strict=True):
                if candidate := candidates.get(passages[id_].message_seq):
                    candidate.cosine = max(candidate.cosine, float(cosine))
        for candidate in candidates.values():
            candidate.cosine = max(candidate.cosine, 0.0)

    def _cover(self, candidates: dict[int, Candidate], passages: dict[int, Passage], wanted: Sequence[str]) -> None:
        """Set which of the cue's terms each candidate has, and their share weighted by inverse document frequency."""
        docs, freqs = self._indexer.words.doc_freqs(wanted)
        weight = {term: math.log(1 + (docs + 1) / (freq + 0.5)) for term, freq in freqs.items()}
        total = sum(weight.values())
        cue = frozenset(wanted)
        has = self._terms.of(passages.values())
        for passage in passages.values():
            if candidate := candidates.get(passage.message_seq):
                candidate.terms |= cue & has[passage.id]
        for candidate in candidates.values():
            candidate.coverage = sum(weight[term] for term in candidate.terms) / total if total else 0.0


class _Found:
    """What the two searches brought for one cue: passage id -> raw score; and what may not come back."""

    def __init__(self, scope: str, allowed: Allowed, judged: Judged) -> None:
        self.meaning: dict[int, float] = {}
        self.words: dict[int, float] = {}
        self._scope = scope
        self._allowed = allowed
        self.judged = judged

    def add(self, candidates: dict[int, Candidate], passages: Iterable[Passage]) -> None:
        """Make candidates of the messages that these passages belong to; nothing outside the scope."""
        ours = [passage for passage in passages if passage.scope == self._scope]
        seqs = self._allowed.seqs(passage.message_seq for passage in ours)
        for passage in ours:
            if passage.message_seq not in seqs:
                continue
            candidate = candidates.setdefault(passage.message_seq, Candidate(passage.message_seq, 0, cosine=-1.0))
            candidate.cosine = max(candidate.cosine, self.meaning.get(passage.id, -1.0))
            candidate.bm25 = max(candidate.bm25, self.words.get(passage.id, 0.0))
