"""Sparks: memories far apart and yet connected, as pairs with their paths; a conversation can start from one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from assistant.tui.screens.memoryscreen import MemoryScreen
from assistant.tui.texts import FAINT, MUTED, ago, moment, one_line, printable
from assistant.tui.widgets.cards import meter, who
from memory.types import STEP_KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.widget import Widget

    from assistant.tui.memories import Memories
    from assistant.tui.screens.chat import ChatScreen
    from memory.sparks import Spark
    from memory.types import Message

_SHOWN = 600
_SAID = 160


class SparkScreen(MemoryScreen):
    """Shows pairs.

    Args:
        memories: the memory.
        sparks: the pairs, best first.
        topic: what they were found for; may be empty.
        chat: the conversation, in which one is begun.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "talk", "Talk about it", id="sparks.talk"),
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
        return [OptionList(*(Option(pair(each)) for each in self._sparks), id="sparks")]

    def on_mount(self) -> None:
        """Begin at the first."""
        super().on_mount()
        self.head(self._topic or "what you said last")
        listing = self.query_one(OptionList)
        listing.focus()
        listing.highlighted = 0

    @property
    def chosen(self) -> Spark:
        """The highlighted pair."""
        return self._sparks[self.query_one(OptionList).highlighted or 0]

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.action_talk()

    def action_talk(self) -> None:
        """Begin a conversation from the pair: a question about it stands in the composer, to be changed or sent."""
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
    first, second = (" ".join(one.text[: _SAID * 2].split())[:_SAID] for one in (spark.first, spark.second))
    return f"What could these two have to do with each other?\n“{first}”\n“{second}”"


def pair(spark: Spark) -> Content:
    """A pair: the first, step by step what joins them, the second; and how far apart they are."""
    lines = [_message(spark.first, "●", "")]
    for depth, (step, through) in enumerate(zip(spark.path, (*spark.through, None), strict=True)):
        lead = " " * depth
        told = STEP_KINDS.get(step.kind, step.kind)
        if step.kind in ("name", "term") and step.label:
            told += f": {one_line(step.label, 40)}"
        lines.append(Content.assemble((f"{lead}└┬ ", FAINT), (told, "$text-accent")))
        if through is not None:
            text = one_line(through.text, 100)
            lines.append(Content.assemble((f"{lead} ○ ", MUTED), (f"{who(through)}  “{text}”", MUTED)))
    lines.append(_message(spark.second, "●", " " * len(spark.path)))
    far = Content.assemble(
        ("far apart  ", MUTED), meter(spark.distance, 8), (f" {spark.distance:.2f}", MUTED),
        ("    connected  ", MUTED), meter(spark.connection * 4, 8), (f" {spark.connection:.3f}", MUTED),
    )  # fmt: skip
    return Content("\n").join([*lines, far, Content()])


def _message(message: Message, mark: str, lead: str) -> Content:
    head = Content.assemble(
        (f"{lead}{mark} ", "$text-accent"),
        (who(message), "bold"),
        (f"  {ago(message.time)}  {moment(message.time)}", MUTED),
    )
    text = printable(" ".join(message.text[: _SHOWN * 2].split())[:_SHOWN])
    return Content.assemble(head, f"\n{lead}  {text}")
