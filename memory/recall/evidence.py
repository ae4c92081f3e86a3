"""Evidence: for some messages, in arrays, how near they are to the cue and which of its terms they have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memory.recall.products import dots, products

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from memory.associations.known import Known
    from memory.journal.traces import Trace
    from memory.recall.cue import Cue

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

_K1, _B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Collection:
    """What is known of the whole scope: how many messages are traced, their mean number of terms, terms' rarity.

    Attributes:
        messages: at least 1.
        mean_terms: at least 1.
        rarity: inverse document frequency of each distinct cue term, as BM25 has it.
        context_rarity: of each term of what was said before the cue.
    """

    messages: int
    mean_terms: float
    rarity: Floats
    context_rarity: Floats


@dataclass(frozen=True, slots=True)
class Evidence:
    """Rows are messages, in the order in which they were asked for.

    Attributes:
        seqs: places, shape (n,).
        traces: of each.
        mean: mean of the vectors of the passages, unit length or 0 where there is none; shape (n, dimension).
        cosine: the greatest cosine of a passage to the cue.
        context: cosine of `mean` to the cue with its context.
        counts: how often each distinct cue term stands in each, shape (n, terms).
        bm25: over whole messages ("speaker: text"), which finds more than the best passage.
        context_bm25: the same with the terms of what was said before as well.
        aspects: the greatest cosine of a passage to each part and each other wording of the cue, shape (n, aspects).
    """

    seqs: Ints
    traces: list[Trace]
    mean: Floats
    cosine: Floats
    context: Floats
    counts: Floats
    bm25: Floats
    context_bm25: Floats
    aspects: Floats


def gather(known: Known, cue: Cue, whole: Collection, seqs: Sequence[int]) -> Evidence:
    """The evidence of those of these messages that are there."""
    traces = known.traces(seqs)
    kept = [seq for seq in seqs if seq in traces]
    rows = [traces[seq] for seq in kept]
    mean, cosine, aspects = _meaning(known, cue, kept)
    terms = [row.terms for row in rows]
    lengths = np.array([len(one) for one in terms], dtype=np.int64)
    flat = np.concatenate(terms) if terms else np.zeros(0, dtype=np.int32)
    owners = np.repeat(np.arange(len(rows)), lengths)
    counts = _counts(flat, owners, len(rows), cue.keys)
    norm = (_K1 * (1 - _B + _B * lengths / whole.mean_terms)).astype(np.float32)
    bm25 = _bm25(counts, norm, whole.rarity)
    more = bm25
    if len(cue.context_keys):
        more = bm25 + _bm25(_counts(flat, owners, len(rows), cue.context_keys), norm, whole.context_rarity)
    return Evidence(
        seqs=np.array(kept, dtype=np.int64),
        traces=rows,
        mean=mean,
        cosine=cosine,
        context=dots(mean, cue.context),
        counts=counts,
        bm25=bm25,
        context_bm25=more,
        aspects=aspects,
    )


def _meaning(known: Known, cue: Cue, seqs: Sequence[int]) -> tuple[Floats, Floats, Floats]:
    """Mean vectors of messages, and the greatest cosine of their passages to the cue, and to its parts and wordings."""
    others = [*cue.parts, *cue.wordings]
    mean = np.zeros((len(seqs), cue.mean.shape[0]), dtype=np.float32)
    cosine = np.zeros(len(seqs), dtype=np.float32)
    aspects = np.zeros((len(seqs), len(others)), dtype=np.float32)
    vectors = known.vectors(seqs)
    have = [row for row, seq in enumerate(seqs) if seq in vectors]
    if not have:
        return mean, cosine, aspects
    pieces = [vectors[seqs[row]] for row in have]
    sizes = np.array([len(piece) for piece in pieces])
    starts = np.r_[0, np.cumsum(sizes)[:-1]]
    matrix = np.concatenate(pieces)
    near = np.stack([dots(matrix, vector) for vector in cue.vectors]).max(axis=0)
    cosine[have] = np.maximum.reduceat(near, starts)
    if others:
        aspects[have] = np.maximum.reduceat(products(matrix, np.stack(others)), starts, axis=0)
    sums = matrix if len(matrix) == len(pieces) else np.add.reduceat(matrix, starts, axis=0)
    mean[have] = sums / (np.linalg.norm(sums, axis=1, keepdims=True) + 1e-9)
    return mean, cosine, aspects


def _counts(flat: NDArray[np.int32], owners: Ints, rows: int, wanted: Ints) -> Floats:
    """How often each wanted key stands in each row."""
    if not len(wanted) or not len(flat):
        return np.zeros((rows, len(wanted)), dtype=np.float32)
    order = np.argsort(wanted)
    ascending = wanted[order]
    at = np.minimum(np.searchsorted(ascending, flat), len(wanted) - 1)
    hit = ascending[at] == flat
    cells = owners[hit] * len(wanted) + order[at[hit]]
    return np.bincount(cells, minlength=rows * len(wanted)).reshape(rows, len(wanted)).astype(np.float32)


def _bm25(counts: Floats, norm: Floats, rarity: Floats) -> Floats:
    if not counts.shape[1]:
        return np.zeros(len(counts), dtype=np.float32)
    found: Floats = (counts * (_K1 + 1) / (counts + norm[:, None])) @ rarity
    return found


def rarity_of(frequency: Ints, messages: int) -> Floats:
    """BM25's inverse document frequency of terms that stand in `frequency` of `messages` messages."""
    frequency = np.minimum(frequency, messages)
    found: Floats = np.log1p((messages - frequency + 0.5) / (frequency + 0.5)).astype(np.float32)
    return found


def scaled(values: Floats) -> Floats:
    """Values from 0 (the least) to 1 (the greatest); all 0 when they are all the same."""
    if not len(values):
        return values
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high - low > 1e-9 else np.zeros_like(values)
