"""Ways to put numbers on a scale of their own cue: comparable between cues, or between the candidates of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float32]


def of_most(values: Column) -> Column:
    """Values as shares of the greatest."""
    found: Column = (values / (values.max(initial=0.0) + 1e-9)).astype(np.float32)
    return found


def rank(values: Column) -> Column:
    """1 for the greatest, falling with the rank: 1 / (1 + rank / 3)."""
    places = np.empty(len(values), dtype=np.float32)
    places[np.argsort(-values, kind="stable")] = np.arange(len(values))
    found: Column = (1 / (1 + places / 3)).astype(np.float32)
    return found


def scaled_like(values: Column, among: Column) -> Column:
    """Values on the scale on which `among` goes from 0 to 1, and no further."""
    low, high = among.min(), among.max()
    found: Column = np.clip((values - low) / (high - low + 1e-9), 0, 1).astype(np.float32)
    return found
