"""What `ask` and `run` share: preparing, opening chats, stopping on a signal, narrating a turn."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from typing import TYPE_CHECKING, Any, Self, TypeVar

from assistant.cli.door import leave, on_stop
from assistant.costs import history_tokens
from assistant.display import safe_line, when
from assistant.events import Answered, ModelLoading, Packed, Recalled, Screened, TurnEvent
from assistant.telling import milliseconds, times, tokens, who
from memory.errors import RecollectError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from assistant.app import Assistant
    from assistant.chat import Chat
    from assistant.cli.terminal import Terminal
    from assistant.events import Prompt
    from memory.types import Recollection

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Stops:
    """What signals do: the first stops the answer so that it can end well, the second ends the turn, the third all."""

    def __init__(self) -> None:
        self.came = 0
        self._stop: Callable[[], None] = lambda: None

    def stop(self) -> None:
        """Do what a signal would, once what it calls is known."""
        self._stop()

    def call(self, stop: Callable[[], None]) -> None:
        """From now on a signal calls `stop`, at once if one came before."""
        self._stop = stop
        if self.came:
            stop()

    def run(self, work: Coroutine[Any, Any, T], runner: asyncio.Runner | None = None) -> T:
        """Run `work` in an event loop, that of `runner` where one is given, while signals are taken in this way."""
        return runner.run(self._watched(work)) if runner else asyncio.run(self._watched(work))

    async def _watched(self, work: Coroutine[Any, Any, T]) -> T:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()

        def handle(_number: int, _frame: object) -> None:
            self.came += 1
            if self.came == 1:
                loop.call_soon_threadsafe(self.stop)
            elif self.came == 2 and task:
                loop.call_soon_threadsafe(task.cancel)
            else:
                leave()

        before = signal.getsignal(signal.SIGINT)
        on_stop(handle)
        try:
            return await work
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        finally:
            if callable(before):
                on_stop(before)


def prepare(assistant: Assistant, terminal: Terminal) -> None:
    """Bring up the embedder, with a bar while it is pulled.

    When it cannot be had that is only logged: what is said is kept, and each recall goes by words and tells why.
    """
    try:
        with terminal.progress() as progress:
            assistant.prepare(progress)
    except RecollectError as error:
        _log.warning("there is no embedder: %s", error)


class Turn:
    """Follows one turn: narrates it, and brings the model up with a bar when it has to be loaded."""

    def __init__(self, assistant: Assistant, chat: Chat, terminal: Terminal, stops: Stops) -> None:
        self._assistant = assistant
        self._chat = chat
        self._terminal = terminal
        self._stops = stops
        self.session = chat.session
        self.model = assistant.choice.name
        self.recollections: tuple[Recollection, ...] = ()
        stops.call(chat.stop)

    async def see(self, event: TurnEvent) -> None:
        """Take in one event. Raises what keeps the model from coming up."""
        terminal = self._terminal
        if self._stops.came:
            self._chat.stop()
        match event:
            case Recalled(recall):
                self.recollections = recall.recollections
                for sentence in recall.notes:
                    terminal.warn(sentence)
                if not recall.recollections and self._chat.recall:
                    terminal.say("nothing relevant was recalled")
            case Screened(seen):
                terminal.warn(seen.sentence())
            case ModelLoading():
                await self._load()
            case Packed(prompt):
                self._packed(prompt)
            case Answered() if terminal.narrating:
                terminal.say(cost_line(event, history_tokens(self._assistant.memory.characters())))
            case _:
                pass

    def _packed(self, prompt: Prompt) -> None:
        """What of the memory stands in the prompt, and what found no room in it."""
        terminal = self._terminal
        for note in prompt.notes:
            terminal.say(recalled_line(note, terminal))
        if prompt.dropped_turns:
            terminal.say(f"{prompt.dropped_turns} earlier messages of this session were not put into the prompt")
        if prompt.cut_characters:
            cut = f"{prompt.cut_characters:,} characters in the middle of your message"
            kept = " It is remembered whole." if self._chat.remember else ""
            terminal.warn(f"{cut} found no room in the prompt.{kept}")

    async def _load(self) -> None:
        """Pull and load the model. A stop ends the waiting, and the turn then ends itself."""
        with self._terminal.progress() as progress:
            loading = asyncio.ensure_future(self._assistant.model.ready(progress))

            def stop() -> None:
                loading.cancel()
                self._chat.stop()

            self._stops.call(stop)
            await asyncio.wait({loading})
        self._stops.call(self._chat.stop)
        if not loading.cancelled():
            loading.result()


class Writer:
    """Writes an answer as it comes: without the blanks before it, with a new line behind it however it ends."""

    def __init__(self, terminal: Terminal, *, silent: bool = False) -> None:
        self._terminal = terminal
        self._silent = silent
        self._last = ""

    def write(self, text: str) -> None:
        """A piece of the answer."""
        text = text if self._last else text.lstrip()
        if text and not self._silent:
            self._last = text
            self._terminal.data(text, end="")

    def end(self) -> None:
        """The answer is over, or as much of it as comes."""
        if self._last and not self._last.endswith("\n"):
            with contextlib.suppress(OSError):
                self._terminal.data()
        self._last = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


def say_model(assistant: Assistant, terminal: Terminal) -> None:
    """Which model answers, and why."""
    choice = assistant.choice
    where = "" if choice.local else f" at {choice.base_url}" if choice.base_url else ", a remote model"
    terminal.say(f"{choice.name}{where} ({choice.why})")


def recalled_line(item: Recollection, terminal: Terminal) -> str:
    """One line about a recollection: when, who, what."""
    message = item.message
    head = f"recalled {when(message.time)} {who(message)}: "
    room = terminal.err_width - len(head)
    return head + safe_line(message.text, max(20, room) if terminal.err_width else 160)


def cost_line(event: Answered, history: int) -> str:
    """Tokens and times of an answer; `history` is about how many tokens all that is remembered has."""
    parts = [tokens(event.usage, history), *times(event.timings)]
    if "total" in event.timings:
        parts.append(f"all {milliseconds(event.timings['total'])}")
    return " · ".join(part for part in parts if part)
