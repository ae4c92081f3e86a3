"""The line of keys at the foot of a screen, in one widget: what can be pressed now, and how it is bound now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content
from textual.widget import Widget

if TYPE_CHECKING:
    from textual import events
    from textual.binding import Binding
    from textual.geometry import Size
    from textual.screen import Screen

_APART = 2


class _Key(NamedTuple):
    binding: Binding
    enabled: bool
    start: int
    end: int


class Footer(Widget):
    """Keys that do something on this screen, those that fit. A click presses one.

    Textual's own makes a dozen widgets anew whenever what can be pressed changes, which is several times in every turn,
    and never lets go of them.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Footer { dock: bottom; height: 1; color: $footer-foreground; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: list[_Key] = []

    def on_mount(self) -> None:
        """Follow what can be pressed."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        """No longer."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen and screen.app.app_focus:
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """One row."""
        return 1

    def render(self) -> Content:
        """The keys with what they do; those that can do nothing now are dim."""
        self._keys, line, done = [], Content(), set()
        for found in self.screen.active_bindings.values():
            binding = found.binding
            if not binding.show or binding.action in done:
                continue
            done.add(binding.action)
            key = Content.styled(self.app.get_key_display(binding), "bold $footer-key-foreground")
            label = Content.styled(f" {binding.description}", "$footer-description-foreground")
            item = (key + label) if found.enabled else (key + label).stylize("dim")
            start = line.cell_length + (_APART if self._keys else 0)
            if start + item.cell_length > self.content_size.width and self._keys:
                break
            line = line + Content(" " * (start - line.cell_length)) + item
            self._keys.append(_Key(binding, found.enabled, start, line.cell_length))
        return line

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        at = event.get_content_offset_capture(self).x
        for key in self._keys:
            if key.start <= at < key.end and key.enabled:
                self.app.simulate_key(key.binding.key)
