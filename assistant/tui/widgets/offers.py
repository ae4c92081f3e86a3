"""Offers: the commands that may be meant by what is being written, in a list above the composer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message as Posted
from textual.widget import Widget

from assistant.tui.screens.readers import keys_of
from assistant.tui.texts import HERE, MUTED, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.geometry import Size

    from assistant.commands import Command

_APART = 2
_LEAST_HELP = 16
_MOST, _AROUND = 10, 9


class Offers(Widget):
    """Shows commands, one highlighted. It never has the keyboard: the composer says what is in it."""

    ALLOW_SELECT = False

    class Taken(Posted):
        """A command was clicked."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.display = False
        self.border_title = Content.styled("↑ ↓ choose · Tab writes it · Enter does it · Esc closes", MUTED)
        self._commands: Sequence[Command] = ()
        self._keys: dict[str | None, str] = {}
        self._at = 0
        self._top = 0

    def show(self, commands: Sequence[Command], at: int) -> None:
        """Show these, the one at `at` highlighted; none hides the list."""
        grown = len(commands) != len(self._commands)
        if commands and not self._commands:
            bound = [found.binding for found in self.screen.active_bindings.values() if found.binding.id]
            self._keys = {one.id: keys_of([one.key]) for one in reversed(bound)}
        self._commands, self._at = commands, at
        self._top = max(0, min(self._top, at, len(commands) - self.most), at - self.most + 1)
        self.display = bool(commands)
        self.refresh(layout=grown)

    @property
    def most(self) -> int:
        """Rows at most; the list moves with what is highlighted."""
        return max(3, min(_MOST, self.screen.size.height - _AROUND))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """A row for each, up to `most`."""
        return min(self.most, len(self._commands))

    def render(self) -> Content:
        """Name and argument, what it does, its key."""
        width = self.content_size.width
        shown = self._commands[self._top : self._top + self.most]
        names = max((len(_written(one)) for one in self._commands), default=0) + _APART
        lines = [self._line(one, names, width) for one in shown]
        if shown:
            lines[self._at - self._top] = lines[self._at - self._top].stylize(HERE)
        return Content("\n").join(lines)

    def _line(self, command: Command, names: int, width: int) -> Content:
        key = self._keys.get(f"command.{command.name}", "")
        room = width - names - len(key) - _APART
        line = Content.styled(_written(command).ljust(names), "$text-accent")
        if room >= _LEAST_HELP:
            line += Content(one_line(command.help, room).ljust(room)) + Content.styled(f"  {key}", MUTED)
        return line.truncate(max(1, width), ellipsis=True).pad_right(max(0, width - line.cell_length))

    def on_click(self, event: events.Click) -> None:
        """Take the command that is clicked."""
        at = self._top + event.get_content_offset_capture(self).y
        if 0 <= at < len(self._commands):
            self.post_message(self.Taken(self._commands[at].name))


def _written(command: Command) -> str:
    return f"/{command.name} {command.argument}".rstrip()
