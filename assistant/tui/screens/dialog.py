"""What all dialogs share: a box over the conversation that Esc closes, and a question to be answered with yes or no."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from assistant.tui.screens.covering import Covering
from assistant.tui.tables import word_widths
from assistant.tui.texts import MUTED, printable
from assistant.tui.widgets.hints import Hints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.geometry import Size

T = TypeVar("T")
_WIDTHS = [(0, "-narrow"), (90, "-wide")]
_GAP = "  "
_HEIGHTS = [(0, "-tiny"), (10, "-short"), (30, "-tall")]


class Dialog(Covering, ModalScreen[T], Generic[T]):
    """A titled box with a line of keys at its foot."""

    CSS_PATH = "../dialogs.tcss"
    HORIZONTAL_BREAKPOINTS = _WIDTHS
    VERTICAL_BREAKPOINTS = _HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close", id="dialog.close")]

    def __init__(self, title: str, keys: str = "Esc closes") -> None:
        super().__init__()
        self._title = title
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Title, body, keys."""
        with Vertical(classes="box"):
            yield Static(Content(printable(self._title)), classes="title")
            yield from self.body()
            yield Hints(self._keys, classes="keys")

    def body(self) -> list[Widget]:
        """What the dialog shows."""
        return []

    def action_close(self) -> None:
        """Close it without a choice."""
        self.dismiss(None)


class Reader(Dialog[None]):
    """A dialog that shows lines to be read and scrolled."""

    def __init__(self, title: str, sections: Sequence[Content | Widget], keys: str = "Esc closes · ↑ ↓ scroll") -> None:
        super().__init__(title, keys)
        self._sections = sections

    def body(self) -> list[Widget]:
        """The sections one below the other."""
        widgets = [one if isinstance(one, Widget) else Static(one, classes="section") for one in self._sections]
        return [VerticalScroll(*widgets, classes="reader")]


class Terms(Widget):
    """Terms and what they mean, in columns; what is too long for its column goes on below itself.

    Args:
        heading: stands above them; empty for none.
        rows: term and meaning of each.
        asides: for each row what stands beside it in a third column, such as its key; none for two columns.
    """

    DEFAULT_CSS = "Terms { height: auto; width: 1fr; margin-bottom: 1; }"

    def __init__(self, heading: str, rows: Sequence[tuple[str, Content]], asides: Sequence[str] = ()) -> None:
        super().__init__()
        self._heading = heading
        columns = [[Content.styled(term, "bold $text-primary") for term, _ in rows], [meaning for _, meaning in rows]]
        if asides:
            columns.append([Content.styled(aside, MUTED) for aside in asides])
        self._columns = columns

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many rows as there are lines."""
        return len(self._lines(width)) if width else 0

    def render(self) -> Content:
        """The heading, then the rows."""
        return Content("\n").join(self._lines(max(1, self.content_size.width)))

    def _lines(self, width: int) -> list[Content]:
        lines = [Content.styled(self._heading, "bold")] if self._heading else []
        widths = word_widths(self._columns, width - len(_GAP) * (len(self._columns) - 1))
        for row in zip(*self._columns, strict=True):
            wrapped = [cell.wrap(room) for cell, room in zip(row, widths, strict=True)]
            for pieces in zip_longest(*wrapped, fillvalue=Content()):
                padded = [
                    piece.pad_right(max(0, room - piece.cell_length))
                    for piece, room in zip(pieces, widths, strict=True)
                ]
                lines.append(Content(_GAP).join(padded).rstrip())
        return lines


class Ask(Dialog[str]):
    """Asks for a line of text; ends with it, or with None."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__(title, "Enter keeps it · Esc closes")
        self._text = text

    def body(self) -> list[Widget]:
        """The line."""
        return [Input(self._text)]

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """End with what is written."""
        self.dismiss(event.value.strip())


class Confirm(Dialog[bool]):
    """Asks before something that cannot be undone. What is safe has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", id="confirm.yes"),
        Binding("n", "answer(False)", "No", id="confirm.no"),
        Binding("left,right,up,down", "app.focus_next", "Other", id="confirm.other", show=False),
    ]

    def __init__(self, title: str, text: Content, yes: str, no: str = "Keep") -> None:
        super().__init__(title, "y / n · Esc keeps")
        self._text = text
        self._labels = (no, yes)

    def body(self) -> list[Widget]:
        """The question and its two answers."""
        no, yes = self._labels
        return [
            VerticalScroll(Static(self._text, classes="section"), classes="question"),
            Horizontal(
                Button(Content(no), id="no", compact=True),
                Button(Content(yes), id="yes", variant="error", compact=True),
                classes="answers",
            ),
        ]

    def on_mount(self) -> None:
        """Enter does what is safe."""
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer with the button."""
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answer with the key."""
        self.dismiss(yes)
