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
    found: dict[str, Column] = {}
    for name, values in (("meaning", meaning), ("words", shared), ("both", (meaning + shared) / 2)):
        around = np.where(there, values[scene.near], 0.0)
        found[f"{name}_before"] = around[:, _BEFORE[0]]
        found[f"{name}_after"] = around[:, _AFTER[0]]
        found[f"{name}_two_away"] = np.maximum(around[:, _BEFORE[1]], around[:, _AFTER[1]])
        found[f"{name}_best"] = around.max(axis=1)
        found[f"{name}_mean"] = around.mean(axis=1)
    key = known["meaning.with_previous_scaled"]
    row_key = np.zeros(len(evidence.seqs), dtype=np.float32)
    row_key[:count] = key
    around = np.where(there, row_key[scene.near], 0.0)
    found["with_previous_best"] = around.max(axis=1)
    found["with_previous_mean"] = around.mean(axis=1)
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
