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
_TILE, _DEPTH = 44, 128


def dots(matrix: Floats, vector: Floats) -> Floats:
    """Each row of `matrix` (shape (n, d)) times `vector` (shape (d,)), shape (n,)."""
    found: Floats = np.einsum("ij,j->i", matrix, vector)
    return found


def products(left: Floats, right: Floats) -> Floats:
    """Each row of `left` (shape (n, d)) times each row of `right` (shape (m, d)), shape (n, m)."""
    rows, columns = len(left), len(right)
    found = np.empty((rows, columns), dtype=np.float32)
    step = max(1, _BLOCK // max(1, columns * left.shape[1]))
    turned = np.ascontiguousarray(right.T)
    for start in range(0, rows, step):
        np.matmul(left[start : start + step], turned, out=found[start : start + step])
    return found


def own_products(matrix: Floats) -> Floats:
    """Each row of `matrix` (shape (n, d)) times each other one, shape (n, n): half of them, as the rest mirrors it."""
    rows, depth = matrix.shape
    found = np.empty((rows, rows), dtype=np.float32)
    turned = np.ascontiguousarray(matrix.T)
    for top in range(0, rows, _TILE):
        here = slice(top, min(top + _TILE, rows))
        for left in range(top, rows, _TILE):
            there = slice(left, min(left + _TILE, rows))
            tile = matrix[here, :_DEPTH] @ turned[:_DEPTH, there]
            for start in range(_DEPTH, depth, _DEPTH):
                tile += matrix[here, start : start + _DEPTH] @ turned[start : start + _DEPTH, there]
            found[here, there] = tile
            if left > top:
                found[there, here] = tile.T
    return found
