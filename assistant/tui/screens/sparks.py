"""Sparks: memories far apart and yet connected, as pairs with their paths; a conversation can start from one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets.option_list import Option

from assistant.telling import who
from assistant.tui.screens.memoryscreen import MemoryScreen
from assistant.tui.texts import FAINT, MUTED, ago, moment, one_line
from assistant.tui.widgets.cards import meter
from assistant.tui.widgets.listing import Listing
from memory.text import shorten
from memory.types import STEP_KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.widget import Widget

    from assistant.tui.memories import Memories
    from assistant.tui.screens.chat import ChatScreen
    from memory.sparks import Spark
    from memory.types import Message

_SHOWN = 600
_SAID = 160
_LEAST, _BESIDE = 20, 6


class Pairs(Listing):
    """The list of pairs."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Talk about it", id="sparks.talk")]


class SparkScreen(MemoryScreen):
    """Shows pairs.

    Args:
        memories: the memory.
        sparks: the pairs, best first.
        topic: what they were found for; may be empty.
        chat: the conversation, in which one is begun.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "place(False)", "First's place", id="sparks.first"),
        Binding("G", "place(True)", "Second's place", id="sparks.second", show=False),
        Binding("m", "map", "Map", id="sparks.map"),
        Binding("l", "link", "Link the two", id="sparks.link"),
    ]

    def __init__(self, memories: Memories, sparks: Sequence[Spark], topic: str, chat: ChatScreen) -> None:
        super().__init__(memories, "Far apart, and connected", chat.go_to)
        self._sparks = list(sparks)
        self._topic = topic
        self._chat = chat

    def body(self) -> list[Widget]:
        """The pairs."""
        return [Pairs(id="sparks")]

    def on_mount(self) -> None:
        """Begin at the first."""
        self.head(self._topic or "what you said last")
        self.query_one(Pairs).focus()

    def on_resize(self, _: events.Resize) -> None:
        """Fit the pairs to the width."""
        listing = self.query_one(Pairs)
        at = listing.highlighted or 0
        width = max(_LEAST, self.size.width - _BESIDE)
        most = max((each.connection for each in self._sparks), default=0.0)
        listing.set_options(Option(pair(each, width, most)) for each in self._sparks)
        listing.highlighted = at

    @property
    def chosen(self) -> Spark:
        """The highlighted pair."""
        return self._sparks[self.query_one(Listing).highlighted or 0]

    @on(Listing.OptionSelected)
    def _talk(self, event: Listing.OptionSelected) -> None:
        """Begin a conversation from the pair: a question about it stands in the composer, to be changed or sent."""
        event.stop()
        if self.on_top:
            spark = self.chosen
            self.dismiss(None)
            self._chat.begin(opening(spark))

    def action_place(self, second: bool) -> None:
        """Go to where one of the two was said."""
        message = self.chosen.second if second else self.chosen.first
        self.go_to(message.session, message.id)

    def action_map(self) -> None:
        """Show what the second is linked to."""
        from assistant.tui.screens.map import MapScreen

        self.app.push_screen(MapScreen(self.memories, self.chosen.second.id, self.go_to))

    def action_link(self) -> None:
        """Link the two by hand."""
        spark = self.chosen
        self.run_worker(self._link(spark.first, spark.second), exit_on_error=False)

    async def _link(self, one: Message, other: Message) -> None:
        if await self.does(self.memories.link, one.id, other.id):
            self.tell("Linked: what brings back one leads to the other now.")


def opening(spark: Spark) -> str:
    """What is asked to begin with."""
    first, second = (shorten(one.text, _SAID) for one in (spark.first, spark.second))
    return f"What could these two have to do with each other?\n“{first}”\n“{second}”"


def pair(spark: Spark, width: int, most: float) -> Content:
    """A pair: the first, step by step what joins them, the second; how far apart they are, and how well connected.

    A connection has no scale of its own: its bar is full at `most`.
    """
    lines = [_message(spark.first, "", width)]
    for depth, (step, through) in enumerate(zip(spark.path, (*spark.through, None), strict=True)):
        lead = " " * depth
        told = STEP_KINDS.get(step.kind, step.kind)
        if step.kind in ("name", "term") and step.label:
            told += f": {one_line(step.label, 40)}"
        lines.append(Content.assemble((f"{lead}└┬ ", FAINT), (told, "$text-accent")))
        if through is not None:
            head = f"{lead} ○ {who(through)}  “"
            lines.append(Content.styled(f"{head}{one_line(through.text, max(_LEAST, width - len(head) - 1))}”", MUTED))
    lines.append(_message(spark.second, " " * len(spark.path), width))
    far = Content.assemble(
        ("far apart  ", MUTED),
        meter(spark.distance, 8),
        ("   connected  ", MUTED),
        meter(spark.connection / most if most else 0.0, 8, "$secondary"),
    )
    return Content("\n").join([*lines, far, Content()])


def _message(message: Message, lead: str, width: int) -> Content:
    """Who and when, and below it the words, indented as a whole."""
    head = Content.assemble(
        (f"{lead}● ", "$text-accent"),
        (who(message), "bold"),
        (f"  {ago(message.time)}  {moment(message.time)}", MUTED),
    )
    text = Content(one_line(shorten(message.text, _SHOWN), _SHOWN * 2))
    indent = Content(f"{lead}  ")
    return Content("\n").join([head, *(indent + line for line in text.wrap(max(_LEAST, width - len(lead) - 2)))])
