"""Neighbours: how well what was said around a candidate matches. Most evidence that is missed lies beside a match."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from memory.recall.candidates import REACH
from memory.recall.features.scaling import scaled_like

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from memory.recall.candidates import Scene

    Column = NDArray[np.float32]

_BEFORE, _AFTER = (REACH - 1, REACH - 2), (REACH, REACH + 1)


def neighbours(scene: Scene, known: Mapping[str, Column]) -> dict[str, Column]:
    """Meaning, words and both of what was said before and after; and the cue's terms that a window covers."""
    count, evidence = scene.count, scene.evidence
    there = scene.near >= 0
    meaning = scaled_like(evidence.cosine, evidence.cosine[:count])
    shared = evidence.bm25 / (evidence.bm25[:count].max(initial=0.0) + 1e-9)
    key = np.zeros(len(evidence.seqs), dtype=np.float32)
    key[:count] = known["meaning.with_previous_scaled"]
    around = np.where(there, np.stack([meaning, shared, (meaning + shared) / 2, key])[:, scene.near], 0.0)
    best, mean = around.max(axis=2), around.mean(axis=2)
    two_away = np.maximum(around[:, :, _BEFORE[1]], around[:, :, _AFTER[1]])
    found: dict[str, Column] = {"with_previous_best": best[3], "with_previous_mean": mean[3]}
    for row, name in enumerate(("meaning", "words", "both")):
        found[f"{name}_before"] = around[row, :, _BEFORE[0]]
        found[f"{name}_after"] = around[row, :, _AFTER[0]]
        found[f"{name}_two_away"] = two_away[row]
        found[f"{name}_best"], found[f"{name}_mean"] = best[row], mean[row]
    return found | _windows(scene, there)


def _windows(scene: Scene, there: NDArray[np.bool_]) -> dict[str, Column]:
    """The share (by rarity) of the cue's terms in a candidate and one, or two, messages on both sides."""
    rarity = scene.whole.rarity
    total = float(rarity.sum())
    if total <= 0:
        nothing = np.zeros(scene.count, dtype=np.float32)
        return {"window_one": nothing, "window_two": nothing}
    has = scene.evidence.counts > 0
    one = has[: scene.count].copy()
    for column in (_BEFORE[0], _AFTER[0]):
        one |= has[scene.near[:, column]] & there[:, [column]]
    two = one.copy()
    for column in (_BEFORE[1], _AFTER[1]):
        two |= has[scene.near[:, column]] & there[:, [column]]
    return {"window_one": one @ rarity / total, "window_two": two @ rarity / total}
