"""Shapes: which kinds of talk the weights were fitted on, and how far they can be trusted on the talk at hand.

What a model learns of one shape of talk (two people chatting, a user with a long-winded assistant, loose notes)
misleads it on another: with a whole set left out of fitting it finds less there than the plain sum of meaning and
words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

NUMBERS = ("asked.usual_length", "asked.usual_session", "asked.named", "asked.timed")
"""The features (the same for all candidates of a cue) that tell the shape of the talk."""

KINDS = ("questions", "remarks")
"""Kinds of cue."""

_NEAR, _FAR = 1.0, 1.75


@dataclass(frozen=True, slots=True)
class Shapes:
    """The talk that was fitted on, one row a set.

    Attributes:
        names: the features that tell the shape.
        centre, spread: their mean and standard deviation in each set, shape (sets, names).
        cues: whether each set has questions, and whether it has remarks, shape (sets, 2).
    """

    names: tuple[str, ...]
    centre: NDArray[np.float64]
    spread: NDArray[np.float64]
    cues: NDArray[np.bool_]

    def trust(self, about: Mapping[str, float], *, remark: bool = False) -> float:
        """From 1 (like one of the sets) to 0 (one and three quarters standard deviations and more from each).

        Only sets with cues of the same kind count: what is learnt of questions misleads remarks.
        """
        if not len(self.centre):
            return 1.0
        here = np.array([about.get(name, 0.0) for name in self.names])
        off = np.sqrt((((here - self.centre) / self.spread) ** 2).mean(axis=1))[self.cues[:, int(remark)]]
        return min(1.0, max(0.0, (_FAR - float(off.min())) / (_FAR - _NEAR))) if len(off) else 0.0

    @classmethod
    def of(cls, found: Sequence[Mapping[str, Any]]) -> Shapes:
        """From the form of the weights file: for each set name -> mean, standard deviation; and its kinds of cue.

        Raises `ValueError`, `KeyError` or `TypeError` for what is none.
        """
        names = tuple(str(name) for name in found[0]["numbers"]) if found else NUMBERS
        table = np.array([[one["numbers"][name] for name in names] for one in found], dtype=np.float64)
        table = table.reshape(len(found), len(names), 2)
        if not np.isfinite(table).all() or (table[:, :, 1] <= 0).any():
            raise ValueError("the shapes of talk have a number that is none")
        cues = [[kind in one.get("cues", KINDS) for kind in KINDS] for one in found]
        return cls(names, table[:, :, 0], table[:, :, 1], np.array(cues, dtype=np.bool_).reshape(len(found), 2))


def told(mean: float, spread: float, least: float) -> list[float]:
    """Mean and standard deviation as they stand in the file, the latter never below `least`."""
    return [round(mean, 4), round(max(least, spread), 4) if math.isfinite(spread) else least]
