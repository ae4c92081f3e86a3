"""MemoryScreen: what the screens on which one looks at the memory share: a line on top, a footer, the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from assistant.tui.core import in_thread, report_bug
from assistant.tui.screens.covering import Covering
from assistant.tui.texts import FAINT, one_line
from assistant.tui.widgets.footer import Footer
from memory.errors import RecollectError

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.widget import Widget

    from assistant.tui.memories import Memories

    Go = Callable[[str, str], None]

_WIDTHS = [(0, "-narrow"), (110, "-wide")]
_HEIGHTS = [(0, "-low"), (20, "-high")]


class MemoryScreen(Covering, Screen[None]):
    """A whole screen over the conversation.

    Args:
        memories: the memory.
        title: what it shows.
        go: goes to a message (session, id) in the conversation.
    """

    CSS_PATH = "../memory.tcss"
    HORIZONTAL_BREAKPOINTS = _WIDTHS
    VERTICAL_BREAKPOINTS = _HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", id="memory.back"),
        Binding("f1", "keys", "Keys", id="memory.keys"),
    ]

    def __init__(self, memories: Memories, title: str, go: Go) -> None:
        super().__init__()
        self.memories = memories
        self._title = title
        self._go = go

    def compose(self) -> ComposeResult:
        """Title, what it is about, footer."""
        yield Static(self._line(""), id="top")
        yield from self.body()
        yield Footer()

    def body(self) -> list[Widget]:
        """What the screen shows."""
        return []

    def head(self, text: str) -> None:
        """Say beside the title what is shown."""
        self.query_one("#top", Static).update(self._line(text))

    def _line(self, text: str) -> Content:
        line = Content.assemble(("recollect", "bold $accent"), ("  ·  ", FAINT), (self._title, "bold"))
        if text:
            line = Content.assemble(line, ("  ·  ", FAINT), one_line(text, 200))
        return line

    def tell(self, text: str, *, error: bool = False) -> None:
        """Say something for a moment."""
        severity: Literal["error", "information"] = "error" if error else "information"
        self.notify(text, severity=severity, markup=False, timeout=6 if error else 3)

    async def does(self, work: Callable[..., object], *args: object) -> bool:
        """Do something in a thread; whether it was done. What went wrong is told."""
        try:
            await in_thread(work, *args)
        except RecollectError as error:
            self.tell(str(error), error=True)
            return False
        return True

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that broke down is told of."""
        if event.state is WorkerState.ERROR and event.worker.error:
            self.tell(str(report_bug(event.worker.error)), error=True)

    def action_leave(self) -> None:
        """Back to the conversation."""
        self.dismiss(None)

    def action_keys(self) -> None:
        """Show the keys that work here."""
        from assistant.tui.screens.readers import keys_reader

        self.app.push_screen(keys_reader(self._title, [found.binding for found in self.active_bindings.values()]))

    def go_to(self, session: str, message: str) -> None:
        """Leave, and go to a message in the conversation."""
        if self.on_top:
            self.dismiss(None)
            self._go(session, message)
