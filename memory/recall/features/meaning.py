"""Meaning: how near the vectors of a candidate, of its session and of its surroundings are to the cue's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from memory.recall.candidates import REACH
from memory.recall.evidence import scaled
from memory.recall.features.scaling import rank
from memory.recall.products import dots

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from memory.recall.candidates import Scene

    Column = NDArray[np.float32]

_PREVIOUS = REACH - 1
_SHARE = 0.6


def with_previous(scene: Scene, to_cue: Column) -> Column:
    """Cosine of the cue to a candidate together with what was said before it.

    A short message means little by itself; the mean of both vectors stands for a vector of both texts, at no cost.
    `to_cue` is the cosine of every row of the scene to the cue.
    """
    count, evidence = scene.count, scene.evidence
    own, before = evidence.mean[:count], scene.near[:, _PREVIOUS]
    other = evidence.mean.take(before, axis=0, mode="wrap")
    square = dots(own, own) + 2 * _SHARE * dots(own, other) + _SHARE**2 * dots(other, other)
    cosine = (to_cue[:count] + _SHARE * to_cue[before]) / (np.sqrt(square) + 1e-9)
    found: Column = np.where(before >= 0, cosine, evidence.cosine[:count])
    return found


def meaning(scene: Scene, _: Mapping[str, Column]) -> dict[str, Column]:
    """Cosines to the cue, to the cue in its context, of the candidate with what was said before it, of its session."""
    count, cue, evidence, group = scene.count, scene.cue, scene.evidence, scene.group
    to_cue = dots(evidence.mean, cue.mean)
    cosine, key, context = evidence.cosine[:count], with_previous(scene, to_cue), evidence.context[:count]
    opening = np.where(scene.opening >= 0, to_cue[scene.opening], 0.0)
    session = dots(scene.session_vectors, cue.context)[group]
    return {
        "cosine": cosine,
        "cosine_scaled": scaled(cosine),
        "cosine_rank": rank(cosine),
        "with_previous": key,
        "with_previous_scaled": scaled(key),
        "with_previous_rank": rank(key),
        "context": context,
        "context_scaled": scaled(context),
        "session": session,
        "session_scaled": scaled(session),
        "session_to_cue": dots(scene.session_vectors, cue.mean)[group],
        "opening": opening,
    }
