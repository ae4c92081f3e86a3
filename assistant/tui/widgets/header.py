"""Header: the program's name and the session's title, on one line."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from assistant.tui.texts import FAINT, one_line


class Header(Widget):
    """Shows which session one is in."""

    session: reactive[str] = reactive("")
    """The session's title; empty for a new one."""

    def render(self) -> Content:
        """Name, then title."""
        title = one_line(self.session) if self.session else "new session"
        line = Content.assemble(("recollect", "bold $accent"), ("  \u00b7  ", FAINT), title)
        return line.truncate(max(1, self.content_size.width), ellipsis=True)
