"""Sessions: a list at the side of what was talked about, newest first; one is gone on with, or a new one is begun."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets.option_list import Option

from assistant.tui.screens.dialog import Confirm, Dialog
from assistant.tui.texts import MUTED, ago, count, moment, one_line
from assistant.tui.widgets.listing import Listing

if TYPE_CHECKING:
    from textual.widget import Widget

    from memory.types import Session

NEW = ""

_TITLE = 46
"""Cells of a title in the list."""


class Sessions(Dialog[tuple[str, str]]):
    """Ends with what is to be done and with which session: `resume`, `rename`, `pin`, `forget` or `new`; or with None.

    Pinned sessions stand at the head.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "New", id="sessions.new"),
        Binding("r", "rename", "Rename", id="sessions.rename"),
        Binding("p", "pin", "Pin", id="sessions.pin"),
        Binding("ctrl+o", "close", "Close", id="sessions.close", show=False),
        Binding("delete,d", "forget", "Forget", id="sessions.forget"),
    ]

    def __init__(self, sessions: list[Session], current: str) -> None:
        super().__init__("Sessions", "Enter goes on with it · n new · r rename · p pin · d forget · Esc closes")
        ordered = sorted(sessions, key=lambda session: not session.pinned)
        self._sessions = {session.id: session for session in ordered}
        self._current = current

    def body(self) -> list[Widget]:
        """The list."""
        options = [
            Option(row(one, one.id == self._current, self._name_of(one.parent)), id=one.id)
            for one in self._sessions.values()
        ]
        return [Listing(*(options or [Option(Content("Nothing was said yet."), disabled=True)]), id="sessions")]

    def on_mount(self) -> None:
        """Begin at the session that one is in."""
        listing = self.query_one(Listing)
        listing.focus()
        if self._current in self._sessions:
            listing.highlighted = listing.get_option_index(self._current)

    @on(Listing.OptionSelected)
    def _resume(self, event: Listing.OptionSelected) -> None:
        if event.option_id:
            self.dismiss(("resume", event.option_id))

    def _name_of(self, session: str) -> str:
        """Title of another session of the list; "" for none."""
        if not session:
            return ""
        found = self._sessions.get(session)
        return found.title or "another session" if found else "a session that is gone"

    def action_pin(self) -> None:
        """Keep the highlighted session at the head, or no longer."""
        chosen = self.query_one(Listing).highlighted_option
        if chosen and chosen.id:
            self.dismiss(("pin", chosen.id))

    def action_new(self) -> None:
        """Begin a new session."""
        self.dismiss(("new", NEW))

    def action_rename(self) -> None:
        """Give the highlighted session another title."""
        chosen = self.query_one(Listing).highlighted_option
        if chosen and chosen.id:
            self.dismiss(("rename", chosen.id))

    def action_forget(self) -> None:
        """Forget the highlighted session, after a question."""
        chosen = self.query_one(Listing).highlighted_option
        if chosen is None or chosen.id is None:
            return
        session = self._sessions[chosen.id]
        question = Content.assemble(
            (one_line(session.title, 80) or "This session", "bold"),
            f"\n{session.messages:,} messages go out of the journal and both indexes. There is no way back.",
        )

        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss(("forget", session.id))

        self.app.push_screen(Confirm("Forget this session?", question, "Forget"), answered)


def row(session: Session, current: bool, parent: str = "") -> Content:
    """A session in two lines; `parent` is the title of the session that it is a branch of."""
    title = one_line(session.title, _TITLE) or "without a title"
    day = moment(session.last, weekday=False, clock=False)
    told = " · ".join(filter(None, [ago(session.last), day, count(session.messages, "message")]))
    branch = f"\n  branch of {one_line(parent, 40)}" if parent else ""
    return Content.assemble(
        ("● " if current else "★ " if session.pinned else "  ", "$accent"),
        (title, "bold"),
        (f"\n  {told}{branch}\n", MUTED),
    )
