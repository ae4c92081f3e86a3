"""MapView: a picture of what a memory or topic is linked to. The arrow keys go from node to node, Enter re-centres."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message as Posted
from textual.widget import Widget

from assistant.maps.canvas import Canvas, Pen
from assistant.tui.texts import FAINT, MUTED
from memory.types import STEP_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events

    from assistant.maps.layout import Spot
    from memory.mapping import Link, Map

PENS = {
    "linked": Pen("bold $text-success", rank=8),
    "name": Pen("$text-accent", rank=7),
    "recalled_together": Pen("$text-warning", (6, 2, 1, 2), rank=6),
    "term": Pen("$text-secondary", (4, 2), rank=5),
    "words": Pen("$text-secondary", (4, 2), rank=5),
    "meaning": Pen("$foreground 55%", rank=3),
    "similar": Pen("$foreground 55%", rank=3),
    "next": Pen("$foreground 45%", (1, 2), rank=2),
    "previous": Pen("$foreground 45%", (1, 2), rank=2),
    "neighbour": Pen("$foreground 45%", (1, 2), rank=2),
    "same_time": Pen("$foreground 35%", (1, 4), rank=1),
}
"""How each kind of edge is drawn: told apart without colours too, by their dashes."""

_LEGEND = {
    "linked": "linked by hand",
    "name": "name",
    "recalled_together": "recalled together",
    "term": "words",
    "words": "words",
    "meaning": "meaning",
    "similar": "meaning",
    "next": "said beside",
    "previous": "said beside",
    "neighbour": "said beside",
    "same_time": "same time",
}
_OTHER = Pen("$foreground 45%")


class MapView(Widget):
    """Draws a map; its layout is made in a thread.

    Attributes:
        drawn: the map, None before there is one.
        chosen: id of the node that is selected.
    """

    can_focus = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "go(-1, 0)", "Move", id="map.left", show=False),
        Binding("right", "go(1, 0)", "Move", id="map.right", show=False),
        Binding("up", "go(0, -1)", "Move", id="map.up", show=False),
        Binding("down", "go(0, 1)", "Move", id="map.down", show=False),
        Binding("tab", "step(1)", "Next node", id="map.next", show=False),
        Binding("shift+tab", "step(-1)", "Node before", id="map.before", show=False),
        Binding("enter", "centre", "Centre", id="map.centre"),
    ]

    class Chosen(Posted):
        """A node was selected."""

        def __init__(self, node: str) -> None:
            super().__init__()
            self.node = node

    class Centred(Posted):
        """A node is to be the centre."""

        def __init__(self, node: str) -> None:
            super().__init__()
            self.node = node

    class LaidOut(Posted):
        """The layout for a map and a size is there."""

        def __init__(self, drawn: Map, size: tuple[int, int], spots: Mapping[str, Spot]) -> None:
            super().__init__()
            self.drawn = drawn
            self.size = size
            self.spots = spots

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.drawn: Map | None = None
        self.chosen = ""
        self._spots: Mapping[str, Spot] = {}
        self._laid: tuple[int, int] = (0, 0)
        self._distances: dict[str, int] = {}

    def show(self, drawn: Map) -> None:
        """Show a map, its centre selected."""
        self._lay_out(drawn)

    def on_resize(self, _: events.Resize) -> None:
        """Lay it out for the new size."""
        if self.drawn and self._grid != self._laid:
            self._lay_out(self.drawn)

    @property
    def _grid(self) -> tuple[int, int]:
        return self.content_size.width, self.content_size.height

    def _lay_out(self, drawn: Map) -> None:
        self.run_worker(self._laid_out(drawn, self._grid), exclusive=True, group="layout", exit_on_error=False)

    async def _laid_out(self, drawn: Map, size: tuple[int, int]) -> None:
        from assistant.maps.layout import lay_out

        if min(size) > 0:
            self.post_message(self.LaidOut(drawn, size, await asyncio.to_thread(lay_out, drawn, *size)))

    def on_map_view_laid_out(self, event: LaidOut) -> None:
        """Draw it."""
        event.stop()
        if event.size != self._grid:
            self._lay_out(event.drawn)
            return
        fresh = event.drawn is not self.drawn
        self.drawn, self._spots, self._laid = event.drawn, event.spots, event.size
        self._distances = {node.id: node.distance for node in event.drawn.nodes}
        if fresh or self.chosen not in self._spots:
            self.choose(event.drawn.centre)
        self.refresh()

    def choose(self, node: str) -> None:
        """Select a node."""
        self.chosen = node
        self.refresh()
        self.post_message(self.Chosen(node))

    def action_go(self, dx: int, dy: int) -> None:
        """Select the next node in a direction."""
        from assistant.maps.layout import toward

        if self.chosen in self._spots:
            self.choose(toward(self._spots, self.chosen, dx, dy))

    def action_step(self, by: int) -> None:
        """Select the next node in the order of distance and strength."""
        ids = [node.id for node in self.drawn.nodes if node.id in self._spots] if self.drawn else []
        if ids:
            self.choose(ids[(ids.index(self.chosen) + by) % len(ids)])

    def action_centre(self) -> None:
        """Have the selected node as the centre."""
        if self.drawn and self.chosen != self.drawn.centre:
            self.post_message(self.Centred(self.chosen))

    def on_click(self, event: events.Click) -> None:
        """Select what is clicked; a second click centres it."""
        for spot in self._spots.values():
            if event.y == spot.y and spot.left <= event.x < spot.left + spot.width:
                if event.chain > 1 and spot.id == self.chosen:
                    self.action_centre()
                else:
                    self.choose(spot.id)
                return

    def render(self) -> Content:
        """Edges, with the labels over them."""
        width, height = self._laid
        if not self.drawn or not width:
            return Content()
        canvas = Canvas(width, height)
        for link in sorted(self.drawn.links, key=self._near_chosen):
            start, end = self._spots.get(link.source), self._spots.get(link.target)
            if start and end:
                canvas.line((start.x, start.y), (end.x, end.y), self._pen(link))
        return Content("\n").join(self._row(canvas, y) for y in range(height))

    def _near_chosen(self, link: Link) -> tuple[bool, float]:
        return self.chosen in (link.source, link.target), link.weight

    @property
    def _chosen_beside_centre(self) -> bool:
        return self.drawn is not None and self.chosen != self.drawn.centre

    def _pen(self, link: Link) -> Pen:
        pen = PENS.get(link.kind, _OTHER)
        if self._chosen_beside_centre and self.chosen in (link.source, link.target):
            return Pen("bold $text-accent", pen.dashes, 20)
        return pen

    def _row(self, canvas: Canvas, y: int) -> Content:
        cells = canvas.row(y)
        parts: list[tuple[str, str] | Content] = []
        at = 0
        for spot in sorted((spot for spot in self._spots.values() if spot.y == y), key=lambda one: one.left):
            parts += _runs(cells[at : max(at, spot.left)])
            parts.append(self._node(spot))
            at = spot.left + spot.width
        return Content.assemble(*parts, *_runs(cells[at:]))

    def _node(self, spot: Spot) -> Content:
        distance = self._distances.get(spot.id, 2)
        mark = "◆●○"[min(distance, 2)]
        text = f"{mark} {spot.label}" if spot.mark_first else f"{spot.label} {mark}"
        if spot.id == self.chosen:
            return Content.styled(text, "reverse bold $accent")
        if distance == 0:
            return Content.styled(text, "bold $text-accent")
        label = "" if distance == 1 else MUTED
        around = (f"{mark} ", "$text-accent"), (spot.label, label)
        return Content.assemble(*(around if spot.mark_first else ((spot.label, label), (f" {mark}", "$text-accent"))))


def legend(drawn: Map, width: int) -> Content:
    """The kinds of edge that are drawn, as many as fit, each with a piece of its line."""
    kinds = [kind for kind in PENS if any(link.kind == kind for link in drawn.links)]
    parts: list[Content] = []
    names: set[str] = set()
    used = 0
    for kind in kinds:
        name = _LEGEND.get(kind, STEP_KINDS.get(kind, kind))
        if name in names or used + len(name) + 6 > width:
            continue
        names.add(name)
        used += len(name) + 6
        canvas = Canvas(3, 1)
        canvas.line((0, 0), (3, 0), PENS[kind])
        parts.append(Content.assemble(*_runs(canvas.row(0)), (f" {name}", MUTED)))
    return Content("  ").join(parts) if parts else Content.styled(" ", FAINT)


def _runs(cells: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Cells with the same style put together."""
    runs: list[tuple[str, str]] = []
    for character, style in cells:
        if runs and runs[-1][1] == style:
            runs[-1] = (runs[-1][0] + character, style)
        else:
            runs.append((character, style))
    return runs
