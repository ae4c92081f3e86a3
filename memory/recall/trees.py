"""Trees: an ensemble of small regression trees, evaluated for many rows at once in NumPy.

After QuickScorer (Lucchese et al. 2015): every node of every tree is asked at once. One that a row goes right at rules
out the leaves on its left; of those that are left in the end the leftmost is the row's. Leaves are bits of a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

MOST_LEAVES = 64


@dataclass(frozen=True, slots=True)
class Trees:
    """An ensemble of regression trees whose values are summed.

    The inner nodes of all trees stand in one row, tree by tree, as many for each (those that are not needed rule out
    nothing). A node asks whether `feature` is more than `threshold`.

    Attributes:
        feature, threshold: by node.
        left: the leaves on the left of each node, as bits; shape (trees * nodes, 1).
        value: by tree and leaf, shape (trees, leaves).
        asked: the features that any node asks for, by number.
    """

    feature: NDArray[np.intp]
    threshold: NDArray[np.float32]
    left: NDArray[Any]
    value: NDArray[np.float32]
    asked: frozenset[int]

    def __call__(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """The sum over trees for each row of `matrix` (shape (rows, features)), shape (rows,)."""
        trees, leaves = self.value.shape
        columns = np.ascontiguousarray(matrix.T, dtype=np.float32)
        goes_right = columns.take(self.feature, axis=0) > self.threshold[:, None]
        ruled_out = np.multiply(goes_right.view(np.uint8), self.left)
        left = ~np.bitwise_or.reduce(ruled_out.reshape(trees, len(self.feature) // max(1, trees), len(matrix)), axis=1)
        leaf = np.bitwise_count((left & -left) - 1) + (np.arange(trees) * leaves)[:, None]
        found: NDArray[np.float32] = self.value.ravel().take(leaf.T).sum(axis=1)
        return found

    @classmethod
    def of(cls, trees: Sequence[Mapping[str, Any]], features: int) -> Trees:
        """Trees over so many features, as they stand in the weights file.

        There a tree has a list each for `feature`, `threshold`, `left` and `right` of its inner nodes, parents before
        their children, and one for its leaves; below nought a child is a leaf, -1 the first, -2 the second, and so on.
        Raises `ValueError`, `KeyError` or `TypeError` for what are none.
        """
        for number, tree in enumerate(trees):
            _check(number, tree, features)
        nodes = max((len(tree["feature"]) for tree in trees), default=0)
        leaves = max((len(tree["leaf"]) for tree in trees), default=1)
        bits = next(size for size in (8, 16, 32, 64) if size >= leaves)
        feature = np.zeros((len(trees), nodes), dtype=np.intp)
        threshold = np.zeros((len(trees), nodes), dtype=np.float32)
        left = np.zeros((len(trees), nodes), dtype=f"u{bits // 8}")
        value = np.zeros((len(trees), leaves), dtype=np.float32)
        for number, tree in enumerate(trees):
            inner = len(tree["feature"])
            masks, order = _leaves(tree)
            feature[number, :inner], threshold[number, :inner] = tree["feature"], tree["threshold"]
            left[number, :inner] = masks
            value[number, : len(order)] = [tree["leaf"][leaf] for leaf in order]
        asked = frozenset(int(one) for tree in trees for one in tree["feature"])
        return cls(feature.ravel(), threshold.ravel(), left.reshape(-1, 1), value, asked)


def _leaves(tree: Mapping[str, Any]) -> tuple[list[int], list[int]]:
    """For each inner node the leaves on its left as bits; and the leaves from left to right, by number in the file."""
    masks = [0] * len(tree["feature"])
    order: list[int] = []

    def pass_through(node: int) -> None:
        if node < 0:
            order.append(-1 - node)
            return
        first = len(order)
        pass_through(tree["left"][node])
        masks[node] = (1 << len(order)) - (1 << first)
        pass_through(tree["right"][node])

    pass_through(0)
    return masks, order


def _check(number: int, tree: Mapping[str, Any], features: int) -> None:
    """Raise `ValueError` for a tree with a node that leads nowhere or back, or asks for what there is not."""
    inner, leaves = len(tree["feature"]), len(tree["leaf"])
    if not inner or any(len(tree[name]) != inner for name in ("threshold", "left", "right")):
        raise ValueError(f"tree {number} has lists that do not go together")
    if not np.isfinite(np.array([*tree["threshold"], *tree["leaf"]], dtype=np.float64)).all():
        raise ValueError(f"tree {number} has a number that is none")
    if not all(0 <= one < features for one in tree["feature"]):
        raise ValueError(f"tree {number} asks for a feature that is not listed")
    children = [*tree["left"], *tree["right"]]
    for node, child in zip([*range(inner)] * 2, children, strict=True):
        if not (node < child < inner or -leaves <= child < 0):
            raise ValueError(f"node {node} of tree {number} leads nowhere")
    if len(set(children)) < len(children) or leaves > MOST_LEAVES:
        raise ValueError(f"tree {number} has nodes that meet again, or more than {MOST_LEAVES} leaves")
