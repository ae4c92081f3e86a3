"""Equal values in sorted arrays: on a few hundred values a tenth of the time that `unique` and `isin` of NumPy take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


_MANY, _SMALL = 512, 65_536


def opens(grouped: Ints) -> NDArray[np.bool_]:
    """Where a run of equal values begins."""
    found = np.ones(len(grouped), dtype=bool)
    np.not_equal(grouped[1:], grouped[:-1], out=found[1:])
    return found


def places(values: Ints | NDArray[np.int32], ascending: Ints) -> Ints:
    """Where each value stands among these; -1 for one that does not."""
    if not len(ascending):
        return np.full(len(values), -1, dtype=np.int64)
    if len(values) > _MANY and ascending[0] >= 0 and ascending[-1] < _SMALL and values.min() >= 0:
        place_of = np.full(int(ascending[-1]) + 2, -1)
        place_of[ascending] = np.arange(len(ascending))
        return place_of.take(values, mode="clip")
    at = np.searchsorted(ascending, values)
    at[at == len(ascending)] = 0
    return np.where(ascending[at] == values, at, -1)


def distinct(values: Ints) -> Ints:
    """The values in ascending order, each once."""
    ascending = np.sort(values)
    return ascending[opens(ascending)]


def numbered(values: Ints) -> tuple[Ints, Ints]:
    """The values in ascending order, each once; and the place in these of every value."""
    order = np.argsort(values, kind="stable")
    ascending = values[order]
    first = opens(ascending)
    place = np.empty(len(values), dtype=np.int64)
    place[order] = np.cumsum(first) - 1
    return ascending[first], place


def first_of_each(order: Ints, group: Ints, most: int) -> Ints:
    """Of rows in an order in which groups stand together, the first `most` of each group."""
    new = opens(group[order])
    if most == 1:
        return order[new]
    place = np.arange(len(order))
    return order[place - np.maximum.accumulate(place * new) < most]
