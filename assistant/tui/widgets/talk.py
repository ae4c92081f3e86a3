"""Talk: the conversation. It takes what is sent, one turn at a time, and shows each turn's events as they come.

What only a transcript needs is imported with the first one: an empty session is on the terminal sooner without it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import aclosing
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message as Posted

from assistant.commands import named
from assistant.tui.core import guarded
from assistant.tui.evoked import Evoked
from assistant.tui.widgets.composer import Composer
from assistant.tui.widgets.queued import Queued
from assistant.tui.widgets.reading import Reading
from assistant.tui.widgets.welcome import QUESTION, Press, Welcome
from memory.errors import RecollectError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from typing import Any

    from textual.app import ComposeResult

    from assistant.chat import Chat
    from assistant.events import TurnEvent, Usage
    from assistant.tui.core import Place
    from assistant.tui.widgets.offers import Offers
    from assistant.tui.widgets.sayings import Answer, Item
    from memory.types import Message

    Run = Callable[[Coroutine[Any, Any, None]], Coroutine[Any, Any, None]]


class Talk(Reading):
    """Welcome or transcript, queue and composer. Its messages tell the screen what is going on.

    Args:
        run: runs a turn where it does not hold up the interface.
    """

    class Activity(Posted):
        """What the turn is doing; empty when it is over."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    class Evoking(Posted):
        """The current turn has recalled, or packed its prompt."""

        def __init__(self, evoked: Evoked) -> None:
            super().__init__()
            self.evoked = evoked

    class Kept(Posted):
        """An answer is in the journal."""

        def __init__(self, answer: Answer) -> None:
            super().__init__()
            self.answer = answer

    class Ended(Posted):
        """A turn is over."""

        def __init__(self, usage: Usage | None, timings: Mapping[str, float]) -> None:
            super().__init__()
            self.usage = usage
            self.timings = timings

    class Command(Posted):
        """A slash command was typed."""

        def __init__(self, name: str, argument: str) -> None:
            super().__init__()
            self.name = name
            self.argument = argument

    class Resume(Posted):
        """A session was pressed in the welcome."""

        def __init__(self, session: str) -> None:
            super().__init__()
            self.session = session

    class Branch(Posted):
        """An earlier message was written anew: what is said goes on from before it."""

        def __init__(self, instead: Message, text: str) -> None:
            super().__init__()
            self.instead = instead
            self.text = text

    class Waiting(Posted):
        """Something is to be said, and there is no session yet to say it in."""

    class Happened(Posted):
        """An event of the running turn, from its worker."""

        def __init__(self, event: TurnEvent) -> None:
            super().__init__()
            self.event = event

    def __init__(self, run: Run, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._run = run
        self.chat: Chat | None = None
        self.last = Evoked()
        self._queue: deque[str] = deque()
        self._text = ""
        self._busy = False
        self._answer: Answer | None = None
        self._heard: Item | None = None
        self._instead: Message | None = None

    def compose(self) -> ComposeResult:
        """From top to bottom; the transcript comes when there is something in it."""
        yield Welcome(id="welcome")
        yield Composer(placeholder="Say something, or / for commands", id="composer")

    async def furnish(self) -> None:
        """What the first frame does without: the bar of a pull, what waits to be said, the list of commands."""
        from assistant.tui.widgets.offers import Offers
        from assistant.tui.widgets.pull import Pull

        await self.mount_all([Pull(id="pull"), Queued(id="queue"), Offers(id="offers")], before="#composer")
        self._show_queue()

    @property
    def busy(self) -> bool:
        """Whether a turn is running."""
        return self._busy

    @property
    def composer(self) -> Composer:
        """Where one writes."""
        return self.query_one(Composer)

    async def enter(self, place: Place, at: str = "") -> None:
        """Show a session, from its end or at the message `at`, and talk in it from now on.

        What waits in the queue is said there.
        """
        self.chat = place.chat
        self.last = Evoked()
        if place.messages:
            from assistant.tui.widgets.sayings import items_of

            transcript = await self.open_transcript()
            await transcript.show(items_of(place.messages))
            if at:
                await transcript.go_to(at)
        else:
            await self.close_transcript()
        self.edit(None)
        self.composer.remember(message.text for message in place.messages if message.role.value == "user")
        self.post_message(self.Evoking(self.last))
        self._next()

    async def trouble(self, error: RecollectError) -> None:
        """Show what went wrong where it happened, and give back what was waiting to be said."""
        from assistant.tui.widgets.sayings import Trouble

        await (await self.open_transcript()).add(Trouble(error))
        self.take_back()

    def take_back(self) -> None:
        """Put everything that waits in the queue back into the composer."""
        if self._queue:
            waiting = [*self._queue, *([self.composer.text] if self.composer.text.strip() else [])]
            self._queue.clear()
            self.composer.put("\n\n".join(waiting))
            self._show_queue()

    def give_back(self) -> None:
        """Put what was said last back into the composer, unless something else is being written there."""
        if not self.composer.text.strip():
            self.composer.put(self._text)

    def ask(self, text: str) -> None:
        """Say something as if it had been typed and sent."""
        self._queue.append(text)
        self._next()

    def edit(self, instead: Message | None) -> None:
        """Write an earlier message anew; None gives that up. The next text that is sent goes on from before it."""
        self._instead = instead
        self.composer.border_title = "instead of an earlier message · Esc gives it up" if instead else ""
        if instead:
            self.composer.put(instead.text)
            self.composer.focus()

    @property
    def editing(self) -> bool:
        """Whether an earlier message is being written anew."""
        return self._instead is not None

    def again(self) -> None:
        """Have the last message answered again. Raises `UsageError` when that cannot be."""
        if self.busy or not self.chat:
            raise UsageError("An answer is being written.", "Stop it with Esc first.")
        if not any(message.role == "user" for message in self.chat.history):
            raise UsageError("Nothing was said in this session yet.", "Say something first.")
        self._busy = True
        self._turn(self.chat, "")

    def stop(self) -> None:
        """Stop the answer, keeping what has come; pressed again while nothing moves, it cuts the turn off."""
        self.take_back()
        if self.chat and self.busy:
            if self.has_class("-stopping"):
                self.workers.cancel_group(self, "turn")
            self.add_class("-stopping")
            self.chat.stop()

    @on(Composer.Sent)
    def _sent(self, event: Composer.Sent) -> None:
        event.stop()
        text = event.text
        if text.startswith("/") and "\n" not in text.strip():
            name, _, argument = text[1:].strip().partition(" ")
            self.post_message(self.Command(name.lower(), argument.strip()))
            return
        if self._instead:
            self.post_message(self.Branch(self._instead, text))
            self.edit(None)
        else:
            self.ask(text)

    @on(Composer.Offered)
    def _offered(self, event: Composer.Offered) -> None:
        """Show the commands that may be meant."""
        from assistant.tui.widgets.offers import Offers

        event.stop()
        for shown in self.query(Offers):
            shown.show(event.commands, event.at)

    def on_offers_taken(self, event: Offers.Taken) -> None:
        """A command was clicked: it is done, or waits for what may follow it."""
        event.stop()
        command = named(event.name)
        self.composer.take(command)
        self.composer.focus()
        if not command.argument:
            self.composer.action_send()

    @on(Press.Pressed)
    def _pressed(self, event: Press.Pressed) -> None:
        event.stop()
        self.composer.focus()
        if event.session:
            self.post_message(self.Resume(event.session))
        else:
            self.composer.put(QUESTION)
            self.ask(event.text)

    @on(Composer.TakeBack)
    def _took_back(self, event: Composer.TakeBack) -> None:
        event.stop()
        if self._queue:
            self.composer.put(self._queue.pop())
            self._show_queue()

    def _next(self) -> None:
        """Begin the next turn when one is waiting and none is running."""
        if self.chat and self._queue and not self.busy:
            self._busy = True
            self._text = self._queue.popleft()
            self._turn(self.chat, self._text)
        elif not self.chat and self._queue:
            self.post_message(self.Waiting())
        self._show_queue()

    def _show_queue(self) -> None:
        self.composer.queued = bool(self._queue)
        for shown in self.query("#queue").results(Queued):
            shown.show(self._queue, busy=self.busy)

    @work(exclusive=True, group="turn", exit_on_error=False)
    async def _turn(self, chat: Chat, text: str) -> None:
        """Run one turn, of an empty text the last one again, and post what happens.

        Cancelling it closes the turn, which keeps the partial answer.
        """
        from assistant.events import Failed, Stopped
        from assistant.tui.widgets.sayings import Answer, Item
        from memory.types import Role

        transcript = await self.open_transcript()
        if text:
            self._heard = (await transcript.say(Item(Role.USER, text))).item
        else:
            transcript.replace_last()
        self._answer = answer = Answer(Item(Role.ASSISTANT, ""))
        self.last = answer.item.evoked
        self.last.question = text or (self._heard.text if self._heard else "")
        await transcript.add(answer)
        answer.waiting("recalling")
        self.post_message(self.Activity("recalling"))
        try:
            await guarded(self._run(self._events(chat, text)))
        except asyncio.CancelledError:
            self.post_message(self.Happened(Stopped(answer.text, None, "")))
            raise
        except RecollectError as error:
            self.post_message(self.Happened(Failed(error, "", None)))

    async def _events(self, chat: Chat, text: str) -> None:
        """In the loop of the turns: post each event to this widget."""
        async with aclosing(chat.turn(text) if text else chat.again()) as events:
            async for event in events:
                self.post_message(self.Happened(event))

    @on(Happened)
    async def _happened(self, message: Happened) -> None:
        from assistant.tui.turns import show

        message.stop()
        if self._answer is not None:
            await show(self, self._answer, message.event)

    def heard(self, message: Message | None) -> None:
        """What was just said is in the journal (None: it is not remembered)."""
        if self._heard and message:
            self._heard.id = message.id

    def turn_over(self, usage: Usage | None, timings: Mapping[str, float]) -> None:
        """The running turn has ended; the next one may begin."""
        self._answer = None
        self._busy = False
        self.remove_class("-stopping")
        self.post_message(self.Activity(""))
        self.post_message(self.Ended(usage, timings))
        self._next()

    async def settle(self, seconds: float) -> None:
        """Stop the running turn and wait until it is kept; after `seconds` it is cut off. What waits comes back."""
        self.take_back()
        if not self.chat or not self.busy:
            return
        self.chat.stop()
        turns = [worker for worker in self.workers if worker.group == "turn" and worker.is_running]
        try:
            async with asyncio.timeout(seconds):  # what becomes of them is told elsewhere
                await asyncio.gather(*(worker.wait() for worker in turns), return_exceptions=True)
        except TimeoutError:
            self.workers.cancel_group(self, "turn")
