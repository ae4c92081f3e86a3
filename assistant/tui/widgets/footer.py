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
_KEPT = ("command.help", "memory.keys")


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
        self._keys, line = [], Content()
        for binding, enabled, item in self._fitting(self.content_size.width):
            if self._keys:
                line = line + Content(" " * _APART)
            start = line.cell_length
            line = line + (item if enabled else item.stylize("dim"))
            self._keys.append(_Key(binding, enabled, start, line.cell_length))
        return line

    def _fitting(self, width: int) -> list[tuple[Binding, bool, Content]]:
        """The keys that there is room for: the last go first, but not the one that shows all of them."""
        found: dict[str, tuple[Binding, bool, Content]] = {}
        for binding, enabled in ((one.binding, one.enabled) for one in self.screen.active_bindings.values()):
            if binding.show and binding.action not in found:
                key = Content.styled(self.app.get_key_display(binding), "bold $footer-key-foreground")
                label = Content.styled(f" {binding.description}", "$footer-description-foreground")
                found[binding.action] = (binding, enabled, key + label)
        shown = list(found.values())
        while len(shown) > 1 and sum(item.cell_length + _APART for *_, item in shown) - _APART > width:
            shown.remove(next((one for one in reversed(shown) if one[0].id not in _KEPT), shown[-1]))
        return shown

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        at = event.get_content_offset_capture(self).x
        for key in self._keys:
            if key.start <= at < key.end and key.enabled:
                self.app.simulate_key(key.binding.key)
