"""Evidence: for some messages, in arrays, how near they are to the cue and which of its terms they have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.tracing import ENDS_IN_QUESTION
from memory.recall.products import dots, products

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
        context: cosine of `mean` to the cue with its context; of the first `close` rows, as are the `aspects`.
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


def gather(known: Known, cue: Cue, whole: Whole, seqs: Ints, close: int | None = None) -> Evidence:
    """The evidence of those of these messages that are there; the first `close` of them (None: all) in full."""
    facts = known.facts(seqs)
    mean, cosine, context, aspects = _meaning(known, cue, facts.seqs, close)
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


def _meaning(known: Known, cue: Cue, seqs: Ints, close: int | None) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean vectors of messages; the greatest cosine of their passages to the cue; that of the mean to it in context;
    and the greatest to its parts and wordings.
    """
    rows = known.meanings.rows(seqs, cue.mean.shape[0])
    cosine = reduce(np.maximum, [dots(rows.mean, vector) for vector in cue.vectors]) * rows.norms
    few, norms = rows.mean[:close], rows.norms[:close]
    context = dots(few, cue.context) if cue.has_context or len(cue.vectors) > 1 else cosine[:close] / (norms + 1e-9)
    aspects = np.array([dots(few, vector) * norms for vector in (*cue.parts, *cue.wordings)], dtype=np.float32)
    aspects = aspects.reshape(len(cue.parts) + len(cue.wordings), len(few)).T
    if rows.pieces:
        starts = np.cumsum([0, *(len(pieces) for pieces in rows.pieces.values())])[:-1]
        every = np.concatenate(list(rows.pieces.values()))
        near = products(every, np.concatenate([cue.vectors, cue.parts, cue.wordings]))
        near = np.maximum.reduceat(near, starts, axis=0)
        long = np.array([*rows.pieces])
        cosine[long] = near[:, : len(cue.vectors)].max(axis=1)
        mine = long < len(few)
        aspects[long[mine]] = near[mine, len(cue.vectors) :]
    return rows.mean, cosine, context, aspects


def _counts(facts: Columns, wanted: Ints) -> Floats:
    """How often each wanted key stands in each row's terms, shape (rows, wanted)."""
    rows, columns = len(facts), len(wanted)
    flat = facts.all_terms()
    if not columns or not len(flat):
        return np.zeros((rows, columns), dtype=np.float32)
    column = _columns(flat, wanted)
    hit = np.flatnonzero(column >= 0)
    owner = np.searchsorted(np.cumsum(facts.terms), hit, side="right")
    cells = owner * columns + column[hit]
    return np.bincount(cells, minlength=rows * columns).reshape(rows, columns).astype(np.float32)


def asked_again(facts: Columns, cue: Cue) -> NDArray[np.bool_]:
    """Which of these messages are questions of the user (who has no name) all of whose terms the cue has."""
    asking = (facts.user > 0) & ~facts.named() & ((facts.marks & ENDS_IN_QUESTION) > 0) & (facts.terms > 0)
    found: NDArray[np.bool_] = asking
    if asking.any():
        found = asking & (_counts(facts, cue.keys).sum(axis=1) >= facts.terms)
    return found


def _columns(keys: NDArray[np.int32], wanted: Ints) -> NDArray[np.int16]:
    """For each key its place in `wanted`, of which there are a hundred or so; -1 where it is not there."""
    if min(keys.min(), wanted.min()) >= 0:
        place_of = np.full(int(max(keys.max(), wanted.max())) + 1, -1, dtype=np.int16)
        place_of[wanted] = np.arange(len(wanted))
        return place_of[keys]
    order = np.argsort(wanted)
    at = np.minimum(np.searchsorted(wanted, keys, sorter=order), len(wanted) - 1)
    return np.where(wanted[order[at]] == keys, order[at], -1).astype(np.int16)


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
