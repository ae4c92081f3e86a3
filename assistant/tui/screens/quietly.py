"""What the conversation's screen does while nobody waits for it: figures, titles, drafts, what a turn cost."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from textual import on, work
from textual.screen import Screen

from assistant.tui.core import guarded, in_thread
from assistant.tui.messages import Counted, Trouble
from assistant.tui.pace import tidy
from assistant.tui.texts import now
from assistant.tui.widgets.composer import Composer
from assistant.tui.widgets.talk import Talk
from assistant.tui.widgets.welcome import Welcome
from memory.errors import RecollectError

if TYPE_CHECKING:
    from textual.timer import Timer

    from assistant.app import Assistant
    from assistant.drafts import Drafts
    from assistant.events import Usage
    from assistant.tui.core import Core
    from memory.types import Message

_IDLE_SECONDS = 8.0
_STILL_SECONDS = 4.0
_DRAFT_SECONDS = 0.6


class Quietly(Screen[None]):
    """A screen with a conversation. All of it is done in workers, which give way to what is asked.

    Args:
        core: the assistant.
        classes: of the screen.

    Attributes:
        may_entitle: whether the model may make titles.
    """

    def __init__(self, core: Core, classes: str) -> None:
        super().__init__(classes=classes)
        self.core = core
        self.may_entitle = True
        self._idle: Timer | None = None
        self._unsaved: Timer | None = None
        self._drafts: Drafts | None = None
        self._used = 0.0

    @property
    def talk(self) -> Talk:
        """The conversation."""
        return self.query_one(Talk)

    @work(exclusive=True, group="let-go", exit_on_error=False)
    async def let_go(self) -> None:
        """Let go of what has outlived its time while the program stays open for days, and tell what is held back."""
        told = await in_thread(self.core.let_go)
        if told:
            self.notify(told, severity="warning", markup=False, timeout=15)

    def count(self) -> None:
        """Have the memory's figures brought up to date."""
        self._count()

    @work(exclusive=True, group="count", exit_on_error=False)
    async def _count(self) -> None:
        try:
            session = self.talk.chat.session if self.talk.chat else ""
            overview = await in_thread(self.core.overview, 50)
            if not self.talk.has_class("-talking") and overview.stats.messages:
                self.query_one(Welcome).then = await in_thread(self._told_long_ago)
        except RecollectError:
            return  # being closed, or changed over; the next turn counts again
        title = next((one.title for one in overview.sessions if one.id == session), "")
        self.post_message(Counted(overview, title))

    def _told_long_ago(self) -> Message | None:
        from assistant.longago import told_long_ago

        assistant = self.core.assistant
        if assistant.incognito or not assistant.settings.ui.welcome:
            return None
        return told_long_ago(assistant.memory, now())

    def cost_of(self, usage: Usage | None) -> float | None:
        """Dollars of a turn; None when they are not known."""
        from assistant.costs import turn_cost

        try:
            return turn_cost(usage, self.core.assistant.choice.name, self.core.prices)
        except RecollectError as error:
            self.post_message(Trouble(error))
            return None

    def entitle_later(self) -> None:
        """Have a title made for this session once nothing has been done for a while."""
        if self._idle is not None:
            self._idle.stop()
        self._idle = self.set_timer(_IDLE_SECONDS, self._rest)

    def _rest(self) -> None:
        if monotonic() - self._used < _STILL_SECONDS:  # somebody writes or reads: what takes a while waits
            self.entitle_later()
            return
        if not self.talk.busy:
            tidy()
        if self.may_entitle:
            self._entitle()

    @work(exclusive=True, group="read-ahead", exit_on_error=False)
    async def _entitle(self) -> None:
        if self.talk.busy or not self.talk.chat or not self.talk.chat.remember:
            return
        session = self.talk.chat.session
        try:
            found = await in_thread(self.core.assistant.memory.session, session)
            if not found.titled and await guarded(self.core.run(self.core.entitle(session))):
                self.count()
        except RecollectError as error:
            self.log.warning(str(error))

    def take_draft(self, assistant: Assistant) -> None:
        """Bring back what was being written when the program last ended without being asked to, and keep drafts.

        An incognito session has none, and leaves those of others alone.
        """
        if not assistant.incognito:
            self._take_draft(assistant)

    @work(exclusive=True, group="draft", exit_on_error=False)
    async def _take_draft(self, assistant: Assistant) -> None:
        if self._drafts is None:
            self._drafts = _drafts_of(assistant)
            text = await in_thread(self._drafts.take)
            if text:
                self.talk.composer.put("\n\n".join(filter(None, (text, self.talk.composer.whole))))
                self.notify("What you were writing is back.", markup=False)

    @on(Composer.Scrolled)
    def _read(self) -> None:
        self._used = monotonic()

    @on(Composer.Changed)
    def _written(self) -> None:
        self._used = monotonic()
        if self._unsaved is None and self._drafts is not None:
            pause = _DRAFT_SECONDS if self.talk.composer.text else 0.01
            self._unsaved = self.set_timer(pause, self._save_draft)

    def keep_draft(self) -> None:
        """Keep what is being written, or drop the draft when nothing is: at the end of the program, in a thread.

        What was written before the memory was open is kept too. Raises what `Core.open` and `Drafts.save` raise.
        """
        text = self._draft
        if self._drafts is None and text.strip():
            assistant = self.core.open()
            if not assistant.incognito:
                self._drafts = _drafts_of(assistant)
        if self._drafts is not None:
            self._drafts.save(text)

    @property
    def _draft(self) -> str:
        chat = self.talk.chat
        return self.talk.composer.whole if chat is None or chat.remember else ""

    @work(exclusive=True, group="draft", exit_on_error=False)
    async def _save_draft(self) -> None:
        self._unsaved = None
        if self._drafts is not None:
            try:
                await in_thread(self._drafts.save, self._draft)
            except RecollectError as error:
                self.log.warning(str(error))


def _drafts_of(assistant: Assistant) -> Drafts:
    from assistant.drafts import Drafts
    from memory.secrets import Screen

    return Drafts(assistant.locations.drafts, Screen(assistant.settings.memory.secrets))
