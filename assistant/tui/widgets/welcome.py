"""Welcome: what an empty session shows. The first time it says what this is; later it leads back to what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message as Posted
from textual.widgets import Static

from assistant.tui.texts import MUTED, ago, one_line
from assistant.tui.widgets.ground import Ground

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from assistant.tui.core import Overview
    from memory.types import Message

EXAMPLE = "My sister's dog is called Biscuit, and he is afraid of thunder."
"""What one may press the first time."""
QUESTION = "What is my sister's dog afraid of?"
"""What then stands in the composer, to be sent."""
_HEADLINE = "It remembers what you tell it, and brings it back when it matters."
_TITLE = 42
"""Cells of a session's title at most; how long ago it was stands beside it."""
_AGO = len("12 months ago")
_MARK = "› "
_SESSIONS = 4

_WHERE = "Everything is kept word for word on this machine. What comes back, and why, is shown beside each answer."


class Press(Static):
    """A line that can be pressed: with the mouse, or with Enter when it has the focus."""

    can_focus = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", "Choose", id="welcome.press"),
        Binding("down", "app.focus_next", "Next", id="welcome.next", show=False),
        Binding("up", "app.focus_previous", "Previous", id="welcome.previous", show=False),
    ]

    class Pressed(Posted):
        """It was pressed: say `text`, or go into `session`."""

        def __init__(self, text: str, session: str) -> None:
            super().__init__()
            self.text = text
            self.session = session

    def __init__(self, label: str, *, beside: str = "", text: str = "", session: str = "") -> None:
        super().__init__(classes="line" if beside else "")
        self._label = label
        self._beside = f"  {beside:<{_AGO}}" if beside else ""
        self._pressed = (text, session)

    def render(self) -> Content:
        """What is pressed and what stands beside it, of which the former is cut where there is no room for both."""
        room = self.content_size.width - len(_MARK) - len(self._beside)
        if not self._beside:
            return Content.assemble((_MARK, "$accent"), self._label)
        label = Content(one_line(self._label, max(1, min(_TITLE, room))))
        label = label.pad_right(max(0, min(_TITLE, room) - label.cell_length))
        return Content.assemble((_MARK, "$accent"), label, (self._beside, MUTED))

    def action_press(self) -> None:
        """Press it."""
        self.post_message(self.Pressed(*self._pressed))

    def on_click(self) -> None:
        """Press it."""
        self.action_press()


class Then(Press):
    """Something that was told long ago; pressed, it leads to its place."""

    class Chosen(Posted):
        """It was pressed: go to the message."""

        def __init__(self, message: Message) -> None:
            super().__init__()
            self.message = message

    def __init__(self, message: Message) -> None:
        super().__init__("")
        self.set_classes("then")
        self._message = message

    def render(self) -> Content:
        """When it was told, and as much of it as two lines have room for."""
        lead = f"{ago(self._message.time).capitalize()} you said “"
        width = max(1, self.content_size.width - len(_MARK))
        room = max(1, 2 * width - width // 6 - len(lead) - 1)  # a sixth may be lost where a line breaks
        lines = Content(f"{lead}{one_line(self._message.text, room)}”").wrap(width)
        indent = Content(" " * len(_MARK))
        first, *others = lines
        return Content("\n").join([Content.assemble((_MARK, "$accent"), first), *(indent + line for line in others)])

    def action_press(self) -> None:
        """Press it."""
        self.post_message(self.Chosen(self._message))


class Welcome(Ground, Vertical):
    """Shown while the session is empty.

    Attributes:
        then: what was told long ago, to be shown with the next overview; None for nothing.
    """

    then: Message | None = None

    def compose(self) -> ComposeResult:
        """One line that says what this is, one that says where it is kept, and room for something to press."""
        yield Static(Content(_HEADLINE), classes="headline")
        yield Static(Content(_WHERE), classes="where")
        yield Vertical(id="presses")

    async def show(self, overview: Overview) -> None:
        """Offer an example to press, or the latest sessions when something is remembered."""
        presses = self.query_one("#presses", Vertical)
        await presses.remove_children()
        if not overview.stats.messages:
            lead = Content("Say something, or try it with this one (Tab, Enter, or a click):")
            await presses.mount_all([Static(lead, classes="lead"), Press(EXAMPLE, text=EXAMPLE)])
            return
        lines: list[Static] = [Static(Content("Say something, or go on with"), classes="lead")]
        for session in overview.sessions[:_SESSIONS]:
            title = session.title or "a session without a title"
            lines.append(Press(title, beside=ago(session.last), session=session.id))
        if self.then and self.then.session not in {session.id for session in overview.sessions[:_SESSIONS]}:
            lines.append(Then(self.then))
        await presses.mount_all(lines)
