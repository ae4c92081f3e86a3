"""Choosing one of several: a list that Enter ends with the place of what was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.widgets.option_list import Option

from assistant.tui.screens.dialog import Dialog
from assistant.tui.widgets.listing import Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content
    from textual.widget import Widget


class Choose(Dialog[int]):
    """Ends with the place of the chosen row, or with None.

    Args:
        title: what is chosen.
        rows: what there is; each may have several lines.
        keys: the line at the foot.
        first: place of the row that is highlighted first.
    """

    def __init__(
        self, title: str, rows: Sequence[Content], keys: str = "Enter chooses · Esc closes", first: int = 0
    ) -> None:
        super().__init__(title, keys)
        self._rows = rows
        self._first = first

    def body(self) -> list[Widget]:
        """The list."""
        return [Listing(*(Option(row) for row in self._rows), classes="choice")]

    def on_mount(self) -> None:
        """The list has the keyboard."""
        listing = self.query_one(Listing)
        listing.focus()
        if self._rows:
            listing.highlighted = self._first

    @on(Listing.OptionSelected)
    def _chosen(self, event: Listing.OptionSelected) -> None:
        self.dismiss(event.option_index)
