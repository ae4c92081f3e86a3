"""Listing: a list to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.widgets import OptionList

if TYPE_CHECKING:
    from textual import events


class Listing(OptionList):
    """Textual's list, for which a key or click may come while it is being filled anew; there that ends the program."""

    async def _on_click(self, event: events.Click) -> None:
        at = event.style.meta.get("option")
        if at is not None and at >= self.option_count:
            event.prevent_default()  # what was clicked is not in the list any more

    def _move_page(self, direction: Literal[-1, 1]) -> None:
        if self._lines:
            super()._move_page(direction)
