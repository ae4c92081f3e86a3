"""Ranking: the order of candidates, and which of them are relevant at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.types import amounts

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from memory.recall.candidates import Scene
    from memory.recall.features import Table

_LEAST_COSINE, _LEAST_COVERAGE = 0.22, 0.34
_REACHED = 0.002
_STEADY = 8.0
ENOUGH = 60
"""From so many candidates on the model is trusted alone."""


@dataclass(slots=True)
class Placed:
    """A candidate in its place.

    Attributes:
        seq: place of the message in the journal.
        score: probability that it is what the cue was after.
        row: of the candidate in its scene.
        features: of all candidates of that scene.
    """

    seq: int
    score: float
    row: int
    features: Table


def steadied(scores: NDArray[np.float32], base: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores, drawn towards the plain sum of meaning and words (0 to 1) where there are few candidates.

    The trees were fitted on cues with a hundred candidates and more; what is relative to the others (scaled, ranked, a
    share of the best) means little among two or three.
    """
    few = max(0.0, 1 - len(scores) / ENOUGH)
    found: NDArray[np.float32] = (1 - few) * scores + few * _STEADY * (base - 0.5)
    return found


def place(scores: NDArray[np.float32], session: NDArray[np.int64], *, spread: bool) -> NDArray[np.int64]:
    """Rows by falling score, of equals the newer first; with `spread` the best of each session before all others.

    To a remark of a user a dozen messages of one session say little more than one of them; memories from a dozen
    sessions do.
    """
    order = np.argsort(-scores[::-1], kind="stable")
    order = len(scores) - 1 - order
    if not spread:
        return order
    _, first = np.unique(session[order], return_index=True)
    leads = np.zeros(len(order), dtype=bool)
    leads[first] = True
    return np.concatenate([order[leads], order[~leads]])


def relevant(scene: Scene, found: Table, probable: NDArray[np.bool_], useful: Collection[int]) -> NDArray[np.bool_]:
    """Which candidates have anything to do with the cue: by meaning or words, or through a candidate that does.

    `probable` says which the model holds for probable enough, which it can tell among many candidates; those in
    `useful` are relevant in any case.
    """
    count = scene.count
    if count < ENOUGH:
        probable = np.ones(count, dtype=bool)
    itself = (found.columns["meaning.cosine"] >= _LEAST_COSINE) | (found.columns["words.coverage"] >= _LEAST_COVERAGE)
    rows = np.zeros(len(scene.evidence.seqs), dtype=bool)
    rows[:count] = itself
    beside = ((scene.near >= 0) & rows[scene.near])[:, 1:-1].any(axis=1)
    reached = np.zeros(count, dtype=bool)
    if itself.any():
        reached = amounts(scene.activated.total, scene.evidence.seqs[:count]) > _REACHED
    asked = np.isin(scene.evidence.seqs[:count], list(useful)) if useful else False
    keep: NDArray[np.bool_] = (probable & (itself | beside | reached)) | asked
    return keep
