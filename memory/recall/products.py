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
