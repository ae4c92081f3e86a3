"""Pull: a line with a bar while something large is on its way."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from assistant.tui.texts import MUTED, one_line
from assistant.tui.widgets.cards import meter

_BAR = 16
_MEGA = 1_000_000


class Pull(Static):
    """Hidden while there is nothing to wait for."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.display = False

    def progress(self, done: int, total: int, what: str) -> None:
        """Show how far it is, in bytes; `total` is 0 when that is not known."""
        self.display = True
        size = f"{done / _MEGA:,.1f} of {total / _MEGA:,.1f} MB" if total > _MEGA else f"{done:,} of {total:,}"
        if not total:
            size = f"{done / _MEGA:,.1f} MB" if done else "…"
        self.update(
            Content.assemble(
                (f"{'getting ready: ' if done >= total > 0 else 'getting '}{one_line(what, 28)}  ", ""),
                meter(done / total if total else 0.0, _BAR),
                (f"  {size}", MUTED),
            )
        )

    def done(self) -> None:
        """Nothing is on its way any more."""
        self.display = False
