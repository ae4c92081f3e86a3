"""The association map: a memory or topic with what it is linked to, to be walked through."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.message import Message as Posted
from textual.widgets import Static

from assistant.telling import who
from assistant.tui.core import in_thread
from assistant.tui.screens.dialog import Ask
from assistant.tui.screens.memoryscreen import MemoryScreen
from assistant.tui.texts import MUTED, ago, count, moment, one_line
from assistant.tui.widgets.mapview import MapView, legend
from memory.errors import RecollectError

if TYPE_CHECKING:
    from textual import events
    from textual.widget import Widget

    from assistant.tui.memories import Memories
    from assistant.tui.screens.memoryscreen import Go
    from memory.mapping import Map, Node

_NODES = (8, 12, 20, 30, 40)
_TEXT = 400


class MapScreen(MemoryScreen):
    """Draws a map around `about`, the id of a message or a topic."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("backspace", "earlier", "Earlier", id="map.earlier"),
        Binding("t", "topic", "Topic", id="map.topic"),
        Binding("g", "place", "Place", id="map.place"),
        Binding("l", "link", "Link", id="map.link"),
        Binding("p", "pin", "Pin", id="map.pin"),
        Binding("plus", "more(1)", "More", id="map.more", key_display="+", show=False),
        Binding("minus", "more(-1)", "Fewer", id="map.fewer", key_display="-", show=False),
        Binding("e", "export", "Export", id="map.export"),
    ]

    class Drawn(Posted):
        """A map is there."""

        def __init__(self, drawn: Map) -> None:
            super().__init__()
            self.drawn = drawn

    def __init__(self, memories: Memories, about: str, go: Go) -> None:
        super().__init__(memories, "Map", go)
        self._trail = [about]
        self._many = _NODES.index(20)

    def body(self) -> list[Widget]:
        """The picture, what is known of the selected node, the legend."""
        return [
            Container(MapView(id="map"), Static(id="about"), id="map-body"),
            Static(id="legend"),
        ]

    def on_mount(self) -> None:
        """Draw it."""
        self.view.focus()
        self.query_one("#about", Static).update(Content.styled("drawing …", MUTED))
        self._draw()

    @property
    def view(self) -> MapView:
        """The picture."""
        return self.query_one(MapView)

    @work(exclusive=True, group="draw", exit_on_error=False)
    async def _draw(self) -> None:
        try:
            self.post_message(self.Drawn(await in_thread(self.memories.map, self._trail[-1], _NODES[self._many])))
        except RecollectError as error:
            self.tell(str(error), error=True)
            if len(self._trail) > 1:
                self._trail.pop()
            elif not self.view.drawn:
                self.query_one("#about", Static).update(Content.styled("t asks for another topic", MUTED))

    @on(Drawn)
    def _drawn(self, event: Drawn) -> None:
        self.head(event.drawn.title)
        self.query_one("#legend", Static).update(legend(event.drawn, self.size.width - 2))
        self.view.show(event.drawn)

    def on_resize(self, _: events.Resize) -> None:
        """As much of the legend as fits."""
        if self.view.drawn:
            self.query_one("#legend", Static).update(legend(self.view.drawn, self.size.width - 2))

    @on(MapView.Chosen)
    def _chosen(self, event: MapView.Chosen) -> None:
        if self.view.drawn:
            self.query_one("#about", Static).update(about(self.view.drawn, event.node))

    @on(MapView.Centred)
    def _centred(self, event: MapView.Centred) -> None:
        node = self._node(event.node)
        if node and node.message:
            self._trail.append(node.message.id)
            self._draw()

    def action_earlier(self) -> None:
        """Back to the centre before."""
        if len(self._trail) > 1:
            self._trail.pop()
            self._draw()

    def action_more(self, by: int) -> None:
        """Draw more nodes, or fewer."""
        self._many = max(0, min(len(_NODES) - 1, self._many + by))
        self._draw()

    @work(exit_on_error=False)
    async def action_topic(self) -> None:
        """Ask for a topic, and draw around it."""
        wanted = await self.app.push_screen_wait(Ask("A topic, or the id of a memory", ""))
        if wanted:
            self._trail.append(wanted)
            self._draw()

    def action_place(self) -> None:
        """Go to where the selected memory was said."""
        node = self._node(self.view.chosen)
        if node and node.message:
            self.go_to(node.message.session, node.message.id)

    @work(exit_on_error=False)
    async def action_link(self) -> None:
        """Link the selected memory to the centre by hand."""
        drawn = self.view.drawn
        node = self._node(self.view.chosen)
        centre = drawn.node(drawn.centre) if drawn else None
        if not node or not centre or not node.message or not centre.message or node is centre:
            self.tell("Select a memory to be linked to the one in the centre; a topic cannot be linked.")
            return
        if await self.does(self.memories.link, node.message.id, centre.message.id):
            self.tell("Linked: one leads to the other now.")
            self._draw()

    @work(exit_on_error=False)
    async def action_pin(self) -> None:
        """Pin the selected memory."""
        node = self._node(self.view.chosen)
        if node and node.message and await self.does(self.memories.pin, [node.message.id], True):
            self.tell("Pinned: it stands before the model whenever there is room.")

    @work(exit_on_error=False)
    async def action_export(self) -> None:
        """Write the map as a page for a browser."""
        drawn = self.view.drawn
        name = await self.app.push_screen_wait(Ask("Write the map as a page for a browser, to the file", "map.html"))
        if name and drawn and await self.does(self.memories.write_map, drawn, name):
            self.tell(f"Written: {name}")

    def _node(self, id_: str) -> Node | None:
        drawn = self.view.drawn
        return next((node for node in drawn.nodes if node.id == id_), None) if drawn else None


def about(drawn: Map, id_: str) -> Content:
    """What is known of a node: how it is linked to what brought it, when it was said by whom, its words."""
    node = drawn.node(id_)
    if node.message is None:
        return _topic(drawn, id_)
    message = node.message
    head = Content.assemble(
        (who(message), "bold"),
        f"  {ago(message.time)}",
        (f"  {moment(message.time)}", MUTED),
    )
    links = [link for link in drawn.links if id_ in (link.source, link.target)]
    told = []
    for link in links[:3]:
        other = drawn.node(link.target if link.source == id_ else link.source)
        told.append(f"{link.told} → {other.label}")
    lines = [head, Content.styled(one_line("; ".join(told), 300), "italic $text-secondary")]
    return Content("\n").join([*lines, Content(one_line(message.text, _TEXT))])


def _topic(drawn: Map, id_: str) -> Content:
    """What is known of a topic: how much it leads to, and to what at once, and when that was said."""
    links = [link for link in drawn.links if id_ in (link.source, link.target)]
    near = dict.fromkeys(link.target if link.source == id_ else link.source for link in links)
    beyond = len(drawn.nodes) - 1 - len(near)
    further = f", and {beyond:,} beyond" if beyond > 0 else ""
    lines = [
        Content.assemble(("the topic  ", MUTED), (one_line(drawn.title, 120), "bold")),
        Content.styled(f"leads to {count(len(near), 'memory', 'memories')}{further}; the arrow keys go there", MUTED),
    ]
    for node in (drawn.node(other) for other in near):
        when = ago(node.message.time) if node.message else ""
        lines.append(Content.assemble(("● ", "$text-accent"), one_line(node.label, 18), (f"  {when}", MUTED)))
    return Content("\n").join(lines)
