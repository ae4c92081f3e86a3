"""Linear: a weighted sum of features, each on the scale that it had in fitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from memory.recall.products import dots

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.float32]

MOST_OFF = 5.0
"""How many standard deviations from the mean a feature counts at most."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A sum over features of weight * (value - mean) / scale. Each of shape (features,)."""

    mean: Column
    scale: Column
    weight: Column

    def __call__(self, matrix: NDArray[np.float32]) -> Column:
        """The sum for each row of `matrix` (shape (rows, features)), shape (rows,)."""
        return dots(np.clip((matrix - self.mean) / self.scale, -MOST_OFF, MOST_OFF), self.weight)

    @classmethod
    def of(cls, found: Mapping[str, Any], names: Sequence[str]) -> Linear:
        """A sum over `names`, from the form of the weights file: name -> mean, scale, weight. Others count nothing.

        Raises `ValueError`, `KeyError` or `TypeError` for what is none.
        """
        place = {name: at for at, name in enumerate(names)}
        table = np.zeros((3, len(names)), dtype=np.float32)
        table[1] = 1.0
        for name, (mean, scale, weight) in found.items():
            table[:, place[name]] = float(mean), float(scale), float(weight)
        if not np.isfinite(table).all() or (table[1] <= 0).any():
            raise ValueError("the linear sum has a number that is none")
        return cls(*table)
