"""Room in arrays that grow: everything that is kept by place or key is an array with the place or key as its index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST = 1024


def with_room(values: NDArray[Any], index: int, empty: int = 0) -> NDArray[Any]:
    """The same array, or one twice as long with `empty` in the rest, so that it has a value at `index`."""
    if index < len(values):
        return values
    size = max(index + 1, 2 * len(values), _LEAST)
    more = np.full((size, *values.shape[1:]), empty, dtype=values.dtype)
    more[: len(values)] = values
    return more
