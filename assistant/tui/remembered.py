"""Just remembered: the quiet word below the newest answer that its exchange is kept, and taking that back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from assistant.tui.core import in_thread
from assistant.tui.texts import MUTED
from assistant.tui.widgets.sayings import Answer, Said
from memory.errors import UsageError

if TYPE_CHECKING:
    from assistant.tui.screens.chat import ChatScreen
    from memory.types import Forgotten


class Remembered:
    """What was remembered last in this conversation.

    Args:
        screen: the conversation's.
    """

    def __init__(self, screen: ChatScreen) -> None:
        self._screen = screen
        self._answer: Answer | None = None
        self._foot: Content | None = None
        self._held: Forgotten | None = None

    def kept(self, answer: Answer) -> None:
        """An answer and what it answers are kept: say so below it, and no longer below the one before."""
        if self._answer is not None and self._held is None and not self._answer.item.replaced:
            self._answer.note(self._foot)
        self._answer, self._foot, self._held = answer, answer.foot, None
        self._say("remembered", "takes it back")

    async def undo(self) -> None:
        """Forget what was remembered last; when that was just done, remember it again.

        Raises `UsageError` when there is nothing, and what forgetting raises.
        """
        answer, screen = self._answer, self._screen
        if answer is None or not answer.is_attached:
            raise UsageError("Nothing was remembered here a moment ago.", "/memory shows what is older.")
        if screen.talk.busy:
            raise UsageError("An answer is being written.", "Stop it with Esc first.")
        if self._held is None:
            self._held = await in_thread(self._forget, answer.item.id)
            await self._tell_the_model()
            _mark(answer, gone=True)
            self._say("forgotten", "remembers it again")
        else:
            await in_thread(screen.memories.restore, self._held)
            self._held = None
            await self._tell_the_model()
            _mark(answer, gone=False)
            self._say("remembered", "takes it back")
        screen.count()

    async def _tell_the_model(self) -> None:
        """Have the conversation go on from what is remembered now."""
        if chat := self._screen.talk.chat:
            await in_thread(chat.reread)

    def _forget(self, reply: str) -> Forgotten:
        memories = self._screen.memories
        return memories.forget([one.id for one in memories.exchange(reply)])

    def _say(self, what: str, undoes: str) -> None:
        if self._answer is None:
            return
        key = self._screen.key_of("undo")
        told = Content.styled(f"{what} · {key} {undoes}" if key else what, MUTED)
        self._answer.note(Content(" · ").join([part for part in (self._foot, told) if part]))


def _mark(answer: Answer, *, gone: bool) -> None:
    """Show the exchange as gone, or as there again; nothing where another session is shown by now."""
    if answer.parent is None:
        return
    widgets = [one for one in answer.parent.children if isinstance(one, Said | Answer)]
    end = at = widgets.index(answer)
    while at > 0 and isinstance(widgets[at], Answer):  # an earlier answer to the same goes with it
        at -= 1
    for one in widgets[at : end + 1]:
        one.item.forgotten = gone
        one.set_class(gone, "-forgotten")
