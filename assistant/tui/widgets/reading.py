"""Reading: the part of a conversation that was said already. It is there once there is something in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from assistant.tui.widgets.composer import Composer
from assistant.tui.widgets.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from assistant.tui.widgets.transcript import Earlier, Transcript


class Reading(Ground, Vertical):
    """Holds the transcript, and goes about in it.

    Keys, and what is told of a turn, may come when there is no transcript yet, or none any more.
    """

    def shown(self) -> Iterable[Transcript]:
        """The transcript, where there is one."""
        return cast("Iterable[Transcript]", self.query("Transcript"))

    async def open_transcript(self) -> Transcript:
        """The transcript, made when there is none, in the welcome's place."""
        from assistant.tui.widgets.transcript import Transcript

        self.add_class("-talking")
        for transcript in self.shown():
            return transcript
        below = Static(Content("↓ more below, Ctrl+End"), id="below")
        await self.mount_all([Transcript(id="transcript"), below], after="#welcome")
        return self.query_one(Transcript)

    async def close_transcript(self) -> None:
        """Take the transcript away; the welcome comes back."""
        self.remove_class("-talking")
        await self.query("Transcript, #below").remove()

    async def add(self, widget: Widget) -> None:
        """Add something at the end of the transcript, unless there is none any more."""
        for transcript in self.shown():
            await transcript.add(widget)

    async def go_to(self, message: str) -> None:
        """Go to the place of a message."""
        for transcript in self.shown():
            await transcript.go_to(message)

    def newest(self) -> None:
        """Go down to the newest line."""
        for transcript in self.shown():
            transcript.anchor()

    @on(Composer.Scrolled)
    def _scrolled(self, event: Composer.Scrolled) -> None:
        event.stop()
        for transcript in self.shown():
            if event.pages < 0:
                transcript.scroll_page_up(animate=False)
            else:
                transcript.scroll_page_down(animate=False)

    def on_transcript_moved(self, event: Transcript.Moved) -> None:
        """Show or hide the mark that leads down."""
        event.stop()
        self.query("#below").set(display=not event.at_end)

    async def on_earlier_wanted(self, event: Earlier.Wanted) -> None:
        """Show older messages."""
        event.stop()
        for transcript in self.shown():
            await transcript.grow()
