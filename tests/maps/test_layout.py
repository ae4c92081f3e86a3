"""Where nodes stand: no label over another, all on the grid, and every one reached by the arrow keys."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.maps.canvas import Canvas, Pen
from assistant.maps.layout import lay_out, toward
from assistant.maps.tree import tree_lines
from memory.mapping import Link, Map, Node


def made(count: int, label: str = "some label", links: list[tuple[int, int]] | None = None) -> Map:
    """A map of `count` nodes; without `links` a tree in which each hangs on one before it."""
    ends = links or [(at // 3, at) for at in range(1, count)]
    distance = {0: 0}
    for one, other in ends:
        distance.setdefault(other, distance.get(one, 0) + 1)
    nodes = [Node(f"n{at}", f"{label} {at}"[:22], None, distance.get(at, 2), 0.5) for at in range(count)]
    nodes.sort(key=lambda node: node.distance)
    kinds = ("name", "term", "similar", "next")
    made_links = [Link(f"n{one}", f"n{other}", kinds[other % 4], "", 0.3) for one, other in ends]
    return Map("n0", "centre", tuple(nodes), tuple(made_links))


@settings(max_examples=12)
@given(st.integers(2, 30), st.integers(20, 160), st.integers(4, 45), st.sampled_from(["x", "漢字の札", "camping trip"]))
def test_no_label_covers_another(count: int, width: int, height: int, label: str) -> None:
    spots = lay_out(made(count, label), width, height)
    assert "n0" in spots
    for spot in spots.values():
        assert spot.left >= 0
        assert spot.left + spot.width <= width
        assert 0 <= spot.y < height
        assert spot.left <= spot.x < spot.left + spot.width
    for y in range(height):
        row = sorted((spot.left, spot.left + spot.width) for spot in spots.values() if spot.y == y)
        assert all(end < start for (_, end), (start, _) in pairwise(row)), "a blank stands between any two"


def test_twenty_nodes_stand_at_eighty_columns() -> None:
    spots = lay_out(made(20, "marshmallows campfire"), 78, 14)
    assert len(spots) == 20
    assert abs(spots["n0"].x - 39) <= 4
    assert abs(spots["n0"].y - 6.5) <= 1
    assert lay_out(made(20, "marshmallows campfire"), 78, 14) == spots, "the same map always looks the same"


def test_the_arrow_keys_reach_every_node() -> None:
    spots = lay_out(made(20), 78, 14)
    seen, fresh = {"n0"}, ["n0"]
    while fresh:
        at = fresh.pop()
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            other = toward(spots, at, dx, dy)
            if other not in seen:
                seen.add(other)
                fresh.append(other)
    assert seen == set(spots)
    right = toward(spots, "n0", 1, 0)
    assert spots[right].left + spots[right].width / 2 > spots["n0"].left + spots["n0"].width / 2


def test_lines_are_told_apart_without_colours() -> None:
    drawn = []
    for dashes in ((), (4, 2), (1, 2)):
        canvas = Canvas(12, 1)
        canvas.line((0, 0), (12, 0), Pen("", dashes))
        drawn.append("".join(character for character, _ in canvas.row(0)))
    assert len(set(drawn)) == 3
    canvas = Canvas(3, 2)
    canvas.line((-5, -5), (9, 9), Pen("a"))
    canvas.line((0, 0), (2, 0), Pen("b", rank=1))
    assert canvas.row(0)[0][1] == "b"


def test_the_tree_shows_every_node_once() -> None:
    drawn = made(9)
    lines = tree_lines(drawn, 60)
    assert len(lines) == 9
    assert lines[0] == "◆ centre"
    assert all(len(line) <= 60 for line in lines)
    assert sum("some label 8" in line for line in lines) == 1
    assert any(line.startswith(("│  └─", "   └─")) for line in lines)


@pytest.mark.parametrize("size", [(1, 1), (4, 2)])
def test_no_room_is_no_error(size: tuple[int, int]) -> None:
    assert "n0" in lay_out(made(8), *size) or size == (1, 1)
