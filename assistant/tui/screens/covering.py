"""Covering: a screen over another one, which is left once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.await_complete import AwaitComplete

if TYPE_CHECKING:
    from textual.screen import Screen

    _Screen = Screen[Any]
else:
    _Screen = object  # style sheets know a screen by the first of its bases that is one


class Covering(_Screen):
    """To be put before a screen that lies over another one.

    Keys and clicks may still be on their way to it when it has been left, or when another screen lies over it: what
    would leave it then would take away the one that is on top.
    """

    @property
    def on_top(self) -> bool:
        """Whether it is the screen that is seen."""
        return self.app.screen_stack[-1:] == [self]

    def dismiss(self, result: object = None) -> AwaitComplete:
        """Leave it with a result; does nothing where it is not on top."""
        return super().dismiss(result) if self.on_top else AwaitComplete()
