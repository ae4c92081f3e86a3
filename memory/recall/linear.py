"""Linear: a weighted sum of features, whose weights move with the shape of the talk and of the cue.

What counts in a chat of two people does not in long replies of an assistant: every weight has a part that holds always
and one for each of a few numbers that tell the shape (how long messages and sessions are, whether the cue asks).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from memory.recall.products import products

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.float32]
    Matrix = NDArray[np.float32]

MOST_OFF, MOST_OFF_SHAPE = 5.0, 3.0
"""How many standard deviations from the mean a feature, or a number of the shape, counts at most."""


@dataclass(frozen=True, slots=True)
class Linear:
    """The sum of weight * scaled feature, where scaled is (value - mean) / scale.

    Attributes:
        mean, scale: of each feature, shape (features,).
        weight: shape (features, 1 + numbers): what holds always, and what is added for each number of the shape.
        shape: which features are the numbers of the shape, by place.
    """

    mean: Column
    scale: Column
    weight: Matrix
    shape: NDArray[np.intp]

    def __call__(self, matrix: Matrix) -> Column:
        """The sum for each row of `matrix` (shape (rows, features)), shape (rows,)."""
        scaled = (matrix - self.mean) / self.scale
        found: Column = (
            products(np.clip(scaled, -MOST_OFF, MOST_OFF), self.weight.T) * moved_by(scaled[:, self.shape])
        ).sum(axis=1)
        return found

    @classmethod
    def of(cls, found: Mapping[str, Any], names: Sequence[str]) -> Linear:
        """A sum over `names`, from the form of the weights file; features that it does not name count nothing.

        There `shape` lists the numbers of the shape, and `features` has name -> mean, scale, weights. Raises
        `ValueError`, `KeyError` or `TypeError` for what is none.
        """
        place = {name: at for at, name in enumerate(names)}
        shape = [place[name] for name in found.get("shape", [])]
        mean, scale = np.zeros(len(names), dtype=np.float32), np.ones(len(names), dtype=np.float32)
        weight = np.zeros((len(names), 1 + len(shape)), dtype=np.float32)
        for name, row in found.get("features", {}).items():
            if len(row) != 3 + len(shape):
                raise ValueError(f"the linear sum has not the right number of weights for {name}")
            at = place[name]
            mean[at], scale[at], weight[at] = float(row[0]), float(row[1]), row[2:]
        if not all(np.isfinite(one).all() for one in (mean, scale, weight)) or (scale <= 0).any():
            raise ValueError("the linear sum has a number that is none")
        return cls(mean, scale, weight, np.array(shape, dtype=np.intp))


def moved_by(shape: Matrix) -> Matrix:
    """What the weights are multiplied by: 1, and the scaled numbers of the shape (shape (rows, numbers))."""
    return np.concatenate(
        [np.ones((len(shape), 1), dtype=np.float32), np.clip(shape, -MOST_OFF_SHAPE, MOST_OFF_SHAPE)], axis=1
    )
