"""Status: one line with the model, what is going on, and what the last turn and the memory measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from assistant.tui.texts import FAINT, count, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.timer import Timer

    from assistant.events import Usage
    from assistant.models.base import ModelChoice
    from memory.types import Stats

_SPIN = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_SEPARATOR = " · "


class Status(Widget):
    """Shows as many of its parts as fit, the most important first."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._busy = ""
        self._frame = 0
        self._timer: Timer | None = None
        self._model: list[str] = []
        self._turn: list[str] = []
        self._history = 0
        self._memory: list[str] = []

    def busy(self, what: str) -> None:
        """Say what is going on; an empty text means nothing is."""
        self._busy = what
        if what and self._timer is None:
            self._timer = self.set_interval(0.12, self._spin)
        elif not what and self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.refresh()

    def model(self, choice: ModelChoice) -> None:
        """Show the chosen model, and whether what it is sent stays on this machine."""
        self._model = [one_line(choice.name, 40), "on this machine" if choice.local else "elsewhere"]
        self.refresh()

    def turn(self, usage: Usage | None, timings: Mapping[str, float], cost: float | None = None) -> None:
        """Show the tokens, times and dollars of the last turn; of how many tokens in all, when that are far more."""
        from assistant.display import money  # here: an empty session is on the terminal sooner without it
        from assistant.telling import times, tokens

        parts = [tokens(usage, self._history), money(cost) if cost else "", *times(timings)]
        self._turn = [part for part in parts if part]
        self.refresh()

    def memory(self, stats: Stats, history: int = 0) -> None:
        """Show how much is remembered, and how far the indexes are when they lag; `history` is its size in tokens."""
        self._history = history
        self._memory = (
            [f"{count(stats.messages, 'message')} in {count(stats.sessions, 'session')}"] if stats.messages else []
        )
        if stats.indexed < stats.passages:
            done = "waits" if stats.trouble else f"{stats.indexed * 100 // max(1, stats.passages)} %"
            self._memory.insert(0, f"indexing {done}")
        self.refresh()

    def _spin(self) -> None:
        self._frame = (self._frame + 1) % len(_SPIN)
        self.refresh()

    def render(self) -> Content:
        """The parts that fit, in their order."""
        width = self.content_size.width
        candidates = [
            (0, Content.styled(f"{_SPIN[self._frame]} {self._busy}", "$accent") if self._busy else None),
            (1, Content.styled(self._model[0], "bold") if self._model else None),
            (5, Content(self._model[1]) if self._model and self._model[1] else None),
            *((2 + at, Content(part)) for at, part in enumerate(self._turn)),
            *((3 if len(self._memory) > 1 and at == 0 else 4, Content(part)) for at, part in enumerate(self._memory)),
        ]
        parts = [(rank, part) for rank, part in candidates if part is not None]
        while len(parts) > 1 and _width(parts) > width:
            parts.remove(max(reversed(parts), key=lambda ranked: ranked[0]))
        separator = Content.styled(_SEPARATOR, FAINT)
        line = Content.assemble(
            *(piece for at, (_, part) in enumerate(parts) for piece in ([separator] * (at > 0) + [part]))
        )
        return line.truncate(max(1, width), ellipsis=True)


def _width(parts: list[tuple[int, Content]]) -> int:
    return sum(part.cell_length for _, part in parts) + len(_SEPARATOR) * (len(parts) - 1)
