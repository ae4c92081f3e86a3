"""Words: which of the cue's words a candidate has, how rare they are, and whether they stand together."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.runs import distinct, places
from memory.recall.features.scaling import of_most, rank
from memory.text import content_terms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from memory.recall.candidates import Scene

    Column = NDArray[np.float32]

_SPREAD = np.int64(1) << 31


def words(scene: Scene, known: Mapping[str, Column]) -> dict[str, Column]:
    """BM25 on three scales, coverage of the cue's terms by rarity and by number, pairs of words; and the plain sum.

    What has no vector yet goes by its words alone. `told` is the share of a candidate's own terms that the cue has: 1
    for one that says nothing new.
    """
    count, evidence, rarity = scene.count, scene.evidence, scene.whole.rarity
    bm25, more = evidence.bm25[:count], evidence.context_bm25[:count]
    has = evidence.counts[:count] > 0
    total = float(rarity.sum())
    three = known["meaning.cosine_scaled"] + of_most(bm25) + known["meaning.with_previous_scaled"]
    embedded = evidence.mean[:count].any(axis=1)
    base: Column = np.where(embedded, three / 3, of_most(bm25)).astype(np.float32)
    nothing = np.zeros(count, dtype=np.float32)
    covered = has @ rarity / total if total > 0 else nothing
    return {
        "bm25_of_possible": bm25 / (total + 1e-9),
        "bm25": of_most(bm25),
        "bm25_rank": rank(bm25),
        "bm25_context": of_most(more),
        "coverage": covered,
        "coverage_plain": has.mean(axis=1) if has.shape[1] else nothing,
        "told": evidence.counts[:count].sum(axis=1) / np.maximum(evidence.facts.terms[:count], 1),
        "rarest": (has * rarity).max(axis=1, initial=0.0) / math.log(scene.whole.messages + 2),
        "names": _names(scene, has),
        "pairs": _pairs(scene),
        "base": base,
        "base_rank": rank(base),
    }


def _names(scene: Scene, has: NDArray[np.bool_]) -> Column:
    """The share of the cue's name words that each candidate has."""
    wanted = {term for name in scene.cue.names for term in content_terms(name)}
    columns = [place for place, term in enumerate(scene.cue.distinct) if term in wanted]
    found: Column = has[:, columns].mean(axis=1) if columns else np.zeros(scene.count, dtype=np.float32)
    return found


def _pairs(scene: Scene) -> Column:
    """The share of the cue's pairs of neighbouring terms that stand together in each candidate."""
    key_of = dict(zip(scene.cue.distinct, scene.cue.keys.tolist(), strict=True))
    ordered = [key_of[term] for term in scene.cue.terms]
    wanted = distinct(np.array([one * int(_SPREAD) + two for one, two in pairwise(ordered)], dtype=np.int64))
    found = np.zeros(scene.count, dtype=np.float32)
    if not len(wanted):
        return found
    facts = scene.evidence.facts
    owners = np.repeat(np.arange(scene.count), facts.terms[: scene.count])
    flat = facts.all_terms(scene.count).astype(np.int64)
    pairs = flat[:-1] * _SPREAD + flat[1:]
    at = places(pairs, wanted)
    hit = np.flatnonzero((owners[:-1] == owners[1:]) & (at >= 0))
    cells = distinct(owners[hit] * len(wanted) + at[hit])
    np.add.at(found, cells // len(wanted), 1.0 / len(wanted))
    return found
