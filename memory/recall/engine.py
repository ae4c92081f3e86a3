"""Recaller: candidates by meaning and by words, their neighbours, one score, and a why for each."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memory.errors import StorageError
from memory.recall.fusion import Candidate, FusionWeights, base_scores, fuse
from memory.text import content_terms, cut, shorten, term_spellings, terms
from memory.types import Message, Passage, Recall, Recollection, Step, Why

if TYPE_CHECKING:
    from memory.embeddings import Embedder
    from memory.indexer import Indexer
    from memory.journal import Journal
    from memory.store import Vector
    from memory.types import Scope

_log = logging.getLogger(__name__)

_CANDIDATES = 60
_SEEDS = 15
_CUE_TERMS = 64
_EMBED_IN_RECALL = 32


@dataclass(slots=True)
class _Found:
    """What the two searches brought: passage id -> raw score."""

    meaning: dict[int, float]
    words: dict[int, float]


class Recaller:
    """Answers cues from the journal, through the indexes as far as they have come and by scanning beyond."""

    def __init__(
        self, journal: Journal, embedder: Embedder, indexer: Indexer, weights: FusionWeights | None = None
    ) -> None:
        self._journal = journal
        self._embedder = embedder
        self._indexer = indexer
        self._weights = weights or FusionWeights()

    def recall(self, cue: str, scope: Scope, k: int, exclude: Collection[str]) -> Recall:
        """The `k` best recollections for `cue` in `scope`, without the messages named in `exclude`."""
        clock = _Clock()
        notes: list[str] = []
        if not cue.strip() or self._journal.last_passage() == 0:
            return Recall(cue=cue, recollections=(), timings=clock.parts())
        self._indexer.embed_missing(_EMBED_IN_RECALL)
        vectors = self._cue_vectors(cue)
        clock.lap("embed")
        wanted = content_terms(cue)[:_CUE_TERMS]
        more = _CANDIDATES + len(exclude)
        meaning = dict(self._indexer.search_vectors(vectors, more, scope.key, notes))
        clock.lap("vectors")
        words = dict(self._indexer.search_words(wanted, more, scope.key, notes))
        clock.lap("words")
        candidates, texts = self._candidates(_Found(meaning, words), vectors, wanted, scope, set(exclude))
        ranked = fuse(candidates, self._weights)[:k]
        recollections = self._recollections(ranked, candidates, texts, cue, wanted)
        clock.lap("rank")
        return Recall(cue, recollections, clock.parts(), considered=len(candidates), notes=tuple(notes))

    def _cue_vectors(self, cue: str) -> list[Vector]:
        """One vector for a short cue; for a long one, those of its first and its last passage."""
        spans = cut(cue)
        chosen = spans if len(spans) <= 1 else [spans[0], spans[-1]]
        texts = [cue[start:end] for start, end in chosen] or [cue]
        return self._indexer.embed(texts)

    def _candidates(
        self, found: _Found, vectors: Sequence[Vector], wanted: Sequence[str], scope: Scope, exclude: set[str]
    ) -> tuple[dict[int, Candidate], dict[int, Message]]:
        """Messages that either search found, and what was said around the best of them."""
        passages = self._journal.passages_by_id([*found.meaning, *found.words])
        candidates: dict[int, Candidate] = {}
        self._add(candidates, passages.values(), found, exclude)
        base_scores(candidates, self._weights)
        seeds = sorted(candidates.values(), key=lambda candidate: -candidate.base)[:_SEEDS]
        around = self._journal.neighbours([candidate.seq for candidate in candidates.values()], 2)
        wished = {other for seed in seeds for other, _ in around.get(seed.seq, [])} - candidates.keys()
        if wished:
            beside = self._journal.passages_of(sorted(wished))
            self._add(candidates, beside, found, exclude)
            passages |= {passage.id: passage for passage in beside}
            around |= self._journal.neighbours(sorted(wished & candidates.keys()), 2)
        self._score_exactly(candidates, passages, vectors)
        messages = self._journal.by_seq(list(candidates))
        for gone in candidates.keys() - messages.keys():
            del candidates[gone]
        weight = self._rarity(wanted)
        for seq, candidate in candidates.items():
            message = messages[seq]
            candidate.session = message.session
            candidate.question = message.text.rstrip().endswith(("?", "？", "؟"))
            candidate.neighbours = around.get(seq, [])
            candidate.coverage = _coverage(message.text, weight)
        return candidates, messages

    def _add(
        self,
        candidates: dict[int, Candidate],
        passages: Collection[Passage],
        found: _Found,
        exclude: set[str],
    ) -> None:
        for passage in passages:
            if passage.message_id in exclude:
                continue
            candidate = candidates.setdefault(passage.message_seq, Candidate(passage.message_seq, "", cosine=-1.0))
            candidate.cosine = max(candidate.cosine, found.meaning.get(passage.id, -1.0))
            candidate.bm25 = max(candidate.bm25, found.words.get(passage.id, 0.0))

    def _score_exactly(
        self, candidates: dict[int, Candidate], passages: dict[int, Passage], vectors: Sequence[Vector]
    ) -> None:
        """Give every candidate its true cosine, also those that only the words or a neighbour brought in."""
        ids, matrix = self._journal.vectors_by_passage(self._embedder.name, list(passages))
        if not ids:
            for candidate in candidates.values():
                candidate.cosine = max(candidate.cosine, 0.0)
            return
        cosines = (matrix.astype(np.float32) @ np.stack(vectors).T).max(axis=1)
        for id_, cosine in zip(ids, cosines, strict=True):
            candidate = candidates.get(passages[id_].message_seq)
            if candidate is not None:
                candidate.cosine = max(candidate.cosine, float(cosine))
        for candidate in candidates.values():
            candidate.cosine = max(candidate.cosine, 0.0)

    def _rarity(self, wanted: Sequence[str]) -> dict[str, float]:
        """The weight of each cue term: its inverse document frequency, as far as the full-text index knows it."""
        docs, freqs = self._indexer.doc_freqs(list(dict.fromkeys(wanted)))
        return {term: math.log(1 + (docs + 1) / (freq + 0.5)) for term, freq in freqs.items()}

    def _recollections(
        self,
        ranked: Sequence[Candidate],
        candidates: dict[int, Candidate],
        messages: dict[int, Message],
        cue: str,
        wanted: Sequence[str],
    ) -> tuple[Recollection, ...]:
        exchanges = self._journal.exchange(list({messages[candidate.seq].exchange for candidate in ranked}))
        spelling = term_spellings(cue)
        made = []
        for candidate in ranked:
            message = messages[candidate.seq]
            shared = set(terms(message.text)) & set(wanted)
            spelt = tuple(dict.fromkeys(spelling.get(term, term) for term in wanted if term in shared))
            why = Why(candidate.signals(), _path(candidate, candidates, messages, spelt), spelt)
            around = exchanges.get(message.exchange) or (message,)
            made.append(Recollection(message, around, round(candidate.score, 4), why))
        return tuple(made)


def _coverage(text: str, weight: dict[str, float]) -> float:
    """The share of the cue's terms, weighted by rarity, that `text` has."""
    total = sum(weight.values())
    if not total:
        return 0.0
    has = set(terms(text))
    return sum(value for term, value in weight.items() if term in has) / total


def _path(
    candidate: Candidate, candidates: dict[int, Candidate], messages: dict[int, Message], spelt: tuple[str, ...]
) -> tuple[Step, ...]:
    """How the cue led here: by itself, or through the neighbour that lifted it when that one matched better."""
    message = messages[candidate.seq]
    steps: list[Step] = []
    if candidate.through is not None:
        other = candidates[candidate.through[0]]
        if other.base > candidate.base and other.seq in messages:
            beside = messages[other.seq]
            kind = "words" if other.bm25 > 0 and other.coverage >= other.cosine else "meaning"
            steps.append(Step(kind, shorten(beside.text, 60), beside.id, round(other.base, 4)))
            steps.append(Step("neighbour", shorten(beside.text, 60), message.id, round(candidate.through[1], 4)))
            return tuple(steps)
    if spelt:
        steps.append(Step("words", ", ".join(spelt), message.id, round(candidate.coverage, 4)))
    if candidate.cosine > 0:
        steps.append(Step("meaning", shorten(message.text, 60), message.id, round(candidate.cosine, 4)))
    return tuple(steps)


class _Clock:
    """Milliseconds by part of one recall."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._parts: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._parts[name] = round((now - self._last) * 1000, 3)
        self._last = now

    def parts(self) -> dict[str, float]:
        return {**self._parts, "total": round((time.perf_counter() - self._start) * 1000, 3)}
