"""Queued: what waits to be said, above the composer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from assistant.tui.texts import MUTED, one_line

if TYPE_CHECKING:
    from collections.abc import Collection

_SHOWN = 200


class Queued(Static):
    """The texts in their order, and what they wait for; nothing while none waits."""

    def show(self, texts: Collection[str], *, busy: bool) -> None:
        """Show these; `busy`: an answer is being written."""
        self.display = bool(texts)
        if texts:
            why = "sent when the answer is done" if busy else "sent as soon as the memory is open"
            lines = [Content(f"› {one_line(text, _SHOWN)}") for text in texts]
            self.update(Content("\n").join([*lines, Content.styled(f"{why} · ↑ takes it back", MUTED)]))
