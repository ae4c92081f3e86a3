"""Evidence: for some messages, in arrays, how near they are to the cue and which of its terms they have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memory.recall.products import products

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from memory.associations.facts import Columns
    from memory.associations.known import Known
    from memory.recall.cue import Cue

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]

_K1, _B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Whole:
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
        facts: who said each when, and what else is known of it without its text.
        mean: mean of the vectors of the passages, unit length or 0 where there is none; shape (n, dimension).
        cosine: the greatest cosine of a passage to the cue.
        context: cosine of `mean` to the cue with its context.
        counts: how often each distinct cue term stands in each, shape (n, terms).
        bm25: over whole messages ("speaker: text"), which finds more than the best passage.
        context_bm25: the same with the terms of what was said before as well.
        aspects: the greatest cosine of a passage to each part and each other wording of the cue, shape (n, aspects).
    """

    seqs: Ints
    facts: Columns
    mean: Floats
    cosine: Floats
    context: Floats
    counts: Floats
    bm25: Floats
    context_bm25: Floats
    aspects: Floats


def gather(known: Known, cue: Cue, whole: Whole, seqs: Ints) -> Evidence:
    """The evidence of those of these messages that are there."""
    facts = known.facts(seqs)
    mean, cosine, context, aspects = _meaning(known, cue, facts.seqs)
    counts = _counts(facts, np.concatenate([cue.keys, cue.context_keys]))
    norm = (_K1 * (1 - _B + _B * facts.terms / whole.mean_terms)).astype(np.float32)
    many = len(cue.keys)
    bm25 = more = _bm25(counts[:, :many], norm, whole.rarity)
    if len(cue.context_keys):
        more = bm25 + _bm25(counts[:, many:], norm, whole.context_rarity)
    return Evidence(
        seqs=facts.seqs,
        facts=facts,
        mean=mean,
        cosine=cosine,
        context=context,
        counts=counts[:, :many],
        bm25=bm25,
        context_bm25=more,
        aspects=aspects,
    )


def _meaning(known: Known, cue: Cue, seqs: Ints) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean vectors of messages; the greatest cosine of their passages to the cue; that of the mean to it in context;
    and the greatest to its parts and wordings.
    """
    rows = known.meanings.rows(seqs, cue.mean.shape[0])
    asked = np.concatenate([cue.vectors, cue.parts, cue.wordings])
    near = products(rows.mean, np.concatenate([asked, cue.context[None]]))
    context = near[:, -1].copy()
    near = near[:, :-1] * rows.norms[:, None]
    if rows.pieces:
        starts = np.cumsum([0, *(len(pieces) for pieces in rows.pieces.values())])[:-1]
        of_pieces = products(np.concatenate(list(rows.pieces.values())), asked)
        near[list(rows.pieces)] = np.maximum.reduceat(of_pieces, starts, axis=0)
    many = len(cue.vectors)
    return rows.mean, near[:, :many].max(axis=1), context, near[:, many:]


def _counts(facts: Columns, wanted: Ints) -> Floats:
    """How often each wanted key stands in each row's terms, shape (rows, wanted)."""
    rows, columns = len(facts), len(wanted)
    flat = facts.all_terms()
    if not columns or not len(flat):
        return np.zeros((rows, columns), dtype=np.float32)
    order = np.argsort(wanted)
    ascending = wanted[order].astype(np.int32)
    at = np.searchsorted(ascending, flat)
    at[at == columns] = 0
    hit = np.flatnonzero(ascending[at] == flat)
    owner = np.searchsorted(np.cumsum(facts.terms), hit, side="right")
    cells = owner * columns + order[at[hit]]
    return np.bincount(cells, minlength=rows * columns).reshape(rows, columns).astype(np.float32)


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
