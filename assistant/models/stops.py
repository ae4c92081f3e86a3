"""Ends an answer at one of the prompt's stop texts, also where the server does not do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class StopCutter:
    """Lets the answer pass piece by piece up to the first stop text, which itself is not passed on.

    The end of a piece that may be the beginning of a stop text is held back until it is known; so is a whole stop text
    in it, as long as another may begin before it.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """What may be shown now."""
        if self.stopped:
            return ""
        self._held += text
        found = self._first()
        keep = max((self._overlap(stop) for stop in self._stops), default=0)
        cut = len(self._held) - keep
        if found <= cut and found < len(self._held):
            self.stopped = True
            return self.end()
        shown, self._held = self._held[:cut], self._held[cut:]
        return shown

    def end(self) -> str:
        """What was held back, up to a stop text in it: the answer has ended."""
        shown, self._held = self._held[: self._first()], ""
        return shown

    def _first(self) -> int:
        """Where the first stop text in what is held begins; its length when there is none."""
        places = (place for stop in self._stops if (place := self._held.find(stop)) >= 0)
        return min(places, default=len(self._held))

    def _overlap(self, stop: str) -> int:
        """How many letters at the end of what is held begin the stop text."""
        longest = min(len(stop) - 1, len(self._held))
        return next((size for size in range(longest, 0, -1) if self._held.endswith(stop[:size])), 0)
