"""Parts: how well a candidate matches one part of a long cue, or another wording of a short one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from memory.recall.evidence import scaled
from memory.recall.features.scaling import of_most, rank

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from memory.recall.candidates import Scene

    Column = NDArray[np.float32]


def parts(scene: Scene, known: Mapping[str, Column]) -> dict[str, Column]:
    """The best part's meaning, words and rank, and how far it is ahead of the whole; where there are none, the whole.

    The same of other wordings: by the words that tell something alone, and as if the person named said them.
    """
    count, cue = scene.count, scene.cue
    many = len(cue.parts)
    aspects = scene.evidence.aspects[:count]
    cosine, base = known["meaning.cosine"], known["words.base"]
    found: dict[str, Column] = {
        "meaning": known["meaning.cosine_scaled"],
        "meaning_second": known["meaning.cosine_scaled"],
        "cosine": cosine,
        "words": known["words.coverage"],
        "both": ((known["meaning.cosine_scaled"] + known["words.bm25"]) / 2).astype(np.float32),
        "rank": known["words.base_rank"],
        "first_in": np.zeros(count, dtype=np.float32),
        "many": np.full(count, many, dtype=np.float32),
    }
    if many:
        found |= _parts(scene, aspects[:, :many])
    wordings = aspects[:, many:]
    for place, name in enumerate(("telling", "as_said")):
        near = wordings[:, place] if place < wordings.shape[1] else (wordings[:, 0] if wordings.shape[1] else cosine)
        found[name] = near
        found[f"{name}_scaled"] = scaled(near)
        found[f"{name}_rank"] = rank(near)
    found["ahead"] = found["both"] - base
    return found


def _parts(scene: Scene, near: NDArray[np.float32]) -> dict[str, Column]:
    """Of each candidate its match with the part that it matches best."""
    count, rarity = scene.count, scene.whole.rarity
    counts = scene.evidence.counts[:count] > 0
    meaning = np.stack([scaled(column) for column in near.T], axis=1)
    covered = np.zeros_like(near)
    for place, terms in enumerate(scene.cue.part_terms):
        own = rarity[list(terms)]
        if own.sum() > 0:
            covered[:, place] = counts[:, list(terms)] @ own / own.sum()
    shared = np.stack([of_most(column) for column in covered.T], axis=1)
    both = (meaning + shared) / 2
    ranks = np.stack([rank(column) for column in both.T], axis=1)
    ordered = np.sort(meaning, axis=1)
    return {
        "meaning": ordered[:, -1],
        "meaning_second": ordered[:, -2] if near.shape[1] > 1 else ordered[:, -1],
        "cosine": near.max(axis=1),
        "words": covered.max(axis=1),
        "both": both.max(axis=1),
        "rank": ranks.max(axis=1),
        "first_in": (ranks > 0.6).sum(axis=1).astype(np.float32),
    }
