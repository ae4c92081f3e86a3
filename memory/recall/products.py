"""Products of matrices so small that more than one thread only makes them slower.

BLAS spreads a product over all processors from about a quarter of a million multiplications on, and its threads then
spin while they wait: on a busy machine a recall took twice as long. Blocks below that size stay in this thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_BLOCK = 250_000


def dots(matrix: Floats, vector: Floats) -> Floats:
    """Each row of `matrix` (shape (n, d)) times `vector` (shape (d,)), shape (n,); or times its own row of a matrix."""
    found: Floats = np.vecdot(matrix, vector)
    return found


def products(left: Floats, right: Floats) -> Floats:
    """Each row of `left` (shape (n, d)) times each row of `right` (shape (m, d)), shape (n, m)."""
    if len(left) < len(right):
        return products(right, left).T
    rows, columns = len(left), len(right)
    found = np.empty((rows, columns), dtype=np.float32)
    step = max(1, _BLOCK // max(1, columns * left.shape[1]))
    for start in range(0, rows, step):
        np.matmul(left[start : start + step], right.T, out=found[start : start + step])
    return found


def own_products(matrix: Floats) -> Floats:
    """Each row of `matrix` (shape (n, d)) times each other one, shape (n, n): half of them, as the rest mirrors it."""
    rows, depth = matrix.shape
    found = np.empty((rows, rows), dtype=np.float32)
    tile = max(1, int((_BLOCK / max(1, depth)) ** 0.5))
    for top in range(0, rows, tile):
        here = slice(top, top + tile)
        for left in range(top, rows, tile):
            there = slice(left, left + tile)
            np.matmul(matrix[here], matrix[there].T, out=found[here, there])
            if left > top:
                found[there, here] = found[here, there].T
    return found
