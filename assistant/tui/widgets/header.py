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

    incognito: reactive[bool] = reactive(False)
    """Whether nothing of what is said is kept."""

    def render(self) -> Content:
        """Name, a mark when it is incognito, then the title."""
        title = one_line(self.session) if self.session else "new session"
        mark = [(" incognito: nothing is kept ", "bold reverse $warning"), ("  ", "")] if self.incognito else []
        line = Content.assemble(("recollect", "bold $accent"), ("  \u00b7  ", FAINT), *mark, title)
        return line.truncate(max(1, self.content_size.width), ellipsis=True)
