"""Layout: where the nodes of a map stand in a grid of cells, so that no label covers another.

NetworkX arranges them by their links (force-directed, after Fruchterman and Reingold 1991) from a start in which
what belongs together already points the same way. What it gives is stretched over the grid, and each label then takes
the free place nearest to that, the nearest to the centre first.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assistant.display import columns, safe_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from memory.mapping import Map, Node

ASPECT = 2.0
"""How many times as high as wide a cell is."""

MARK = 2
"""Columns of a node's mark with the blank beside it."""

_ITERATIONS, _APART, _SEED = 60, 0.55, 7
_CROWDED = 6.0
_LABELS = ((70, 13), (100, 17), (140, 20))
_WIDEST = 24


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a node stands.

    Attributes:
        id: of the node.
        label: as it is shown.
        x, y: the cell of its mark.
        left: the column in which its box begins; the mark stands at its beginning, or at its end.
        width: columns of the box.
    """

    id: str
    label: str
    x: int
    y: int
    left: int
    width: int

    @property
    def mark_first(self) -> bool:
        """Whether the mark stands before the label."""
        return self.x == self.left


def lay_out(drawn: Map, width: int, height: int) -> dict[str, Spot]:
    """Spots of the nodes of a map on a grid of `width` times `height` cells, by id.

    Nodes for which there is no room at all are left out, the farthest and weakest first; the centre is always there.
    """
    wanted = _stretched(_arranged(drawn), width, height, drawn.centre)
    longest = next((most for least, most in _LABELS if width < least), _WIDEST)
    taken: dict[int, list[tuple[int, int]]] = defaultdict(list)
    spots: dict[str, Spot] = {}
    for node in drawn.nodes:
        spot = _place(node, wanted[node.id], min(longest, max(4, width - MARK - 2)), (width, height), taken)
        if spot:
            spots[node.id] = spot
            taken[spot.y].append((spot.left, spot.left + spot.width))
    return spots


def _arranged(drawn: Map) -> Mapping[str, tuple[float, float]]:
    """Places in a plane, the centre at (0, 0)."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(node.id for node in drawn.nodes)
    start = _start(drawn)
    for link in drawn.links:
        graph.add_edge(link.source, link.target, weight=1.0 + link.weight)
    found = nx.spring_layout(
        graph,
        pos=start,
        fixed=[drawn.centre],
        k=_APART,
        iterations=_ITERATIONS,
        seed=_SEED,
    )
    return {id_: (float(x), float(y)) for id_, (x, y) in found.items()}


def _start(drawn: Map) -> dict[str, tuple[float, float]]:
    """The centre in the middle, around it in a ring what it is linked to, outside of each what that is linked to."""
    children: dict[str, list[str]] = defaultdict(list)
    level = {node.id: node.distance for node in drawn.nodes}
    seen: set[str] = set()
    for link in drawn.links:
        for near, far in ((link.source, link.target), (link.target, link.source)):
            if level[far] == level[near] + 1 and far not in seen:
                seen.add(far)
                children[near].append(far)
    start = {drawn.centre: (0.0, 0.0)}
    first = [node.id for node in drawn.nodes if node.distance == 1]
    shares = [1 + len(children[id_]) for id_ in first]
    angle = 0.0
    for id_, share in zip(first, shares, strict=True):
        turn = 2 * math.pi * share / sum(shares)
        start[id_] = _polar(angle + turn / 2, 0.55)
        for at, child in enumerate(children[id_]):
            start[child] = _polar(angle + turn * (at + 1) / (len(children[id_]) + 1), 1.0)
        angle += turn
    for at, node in enumerate(drawn.nodes):
        start.setdefault(node.id, _polar(at * 2.4, 1.0))
    return start


def _polar(angle: float, radius: float) -> tuple[float, float]:
    return radius * math.cos(angle), radius * math.sin(angle)


def _stretched(
    found: Mapping[str, tuple[float, float]], width: int, height: int, centre: str
) -> dict[str, tuple[float, float]]:
    """The places on the grid: the centre in its middle, the ranks of the others spread evenly to its sides.

    Even spreading (by rank rather than by distance) uses the whole grid, which is what labels need.
    """
    ids = [id_ for id_ in found if id_ != centre]
    spread = {centre: (width / 2, (height - 1) / 2)}
    xs, ys = (_even(np.array([found[id_][axis] - found[centre][axis] for id_ in ids])) for axis in (0, 1))
    for id_, x, y in zip(ids, xs, ys, strict=True):
        spread[id_] = (width / 2 + x * (width / 2 - 2), (height - 1) / 2 + y * (height - 1) / 2)
    return spread


def _even(values: np.ndarray) -> list[float]:
    """Values of either sign as half their share of the largest, half their rank among those of their sign."""
    made = np.zeros(len(values))
    for sign in (-1, 1):
        of = np.flatnonzero(values * sign > 0)
        if not len(of):
            continue
        size = np.abs(values[of])
        rank = (np.argsort(np.argsort(size)) + 1) / len(of)
        made[of] = sign * (0.5 * size / size.max() + 0.5 * rank)
    return [float(value) for value in made]


def _place(
    node: Node,
    wanted: tuple[float, float],
    longest: int,
    grid: tuple[int, int],
    taken: Mapping[int, Sequence[tuple[int, int]]],
) -> Spot | None:
    """The free place for a label that is nearest to where its mark is wanted; None when there is none."""
    label = _short(node.label, longest)
    size = columns(label) + MARK
    mark_first = wanted[0] >= grid[0] / 2 or node.distance == 0
    best: tuple[float, int, int] | None = None
    for y, left in _cells(grid, size):
        x = left if mark_first else left + size - 1
        cost = (x - wanted[0]) ** 2 + (ASPECT * (y - wanted[1])) ** 2
        if best is not None and cost >= best[0]:
            continue
        if any(left < end + 1 and start < left + size + 1 for start, end in taken[y]):
            continue
        for row in (y - 1, y + 1):  # a row of its own is easier to read, where there is room
            cost += _CROWDED * sum(left < end and start < left + size for start, end in taken[row])
        if best is None or cost < best[0]:
            best = (cost, left, y)
    if best is None:
        return None
    _, left, y = best
    return Spot(node.id, label, left if mark_first else left + size - 1, y, left, size)


def _short(label: str, most: int) -> str:
    """A label without the words that do not fit."""
    words = safe_line(label).split()
    while len(words) > 1 and columns(" ".join(words)) > most:
        words.pop()
    return safe_line(" ".join(words), most)


def _cells(grid: tuple[int, int], size: int) -> Iterator[tuple[int, int]]:
    width, height = grid
    for y in range(height):
        for left in range(max(1, width - size + 1)):
            yield y, left


def toward(spots: Mapping[str, Spot], at: str, dx: int, dy: int) -> str:
    """The node one comes to from `at` in a direction (one of dx, dy is -1 or 1); `at` itself when there is none."""
    here = spots[at]
    best, least = at, math.inf
    for spot in spots.values():
        if spot.id == at:
            continue
        x, y = (_middle(spot) - _middle(here)), ASPECT * (spot.y - here.y)
        ahead, aside = (x * dx, abs(y)) if dx else (y * dy, abs(x))
        if ahead <= 0:
            continue
        cost = ahead + 2 * aside + (1000 if aside > 2 * ahead else 0)
        if cost < least:
            best, least = spot.id, cost
    return best


def _middle(spot: Spot) -> float:
    return spot.left + spot.width / 2
