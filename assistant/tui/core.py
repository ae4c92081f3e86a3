"""Core: the assistant behind the screens. It is opened in a thread once the first frame is on the terminal.

Nothing here knows a widget, and nothing heavy is imported with it. Methods without `async` block: they are for threads.
Turns run in an event loop of their own, in a thread: whatever they compute, the keyboard is never kept waiting.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from memory.errors import RecollectError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from assistant.app import Assistant
    from assistant.chat import Chat
    from assistant.costs import Account, Prices
    from assistant.models.base import Progress
    from assistant.models.offers import Offer
    from memory.types import Forgotten, Message, Selection, Session, Stats

T = TypeVar("T")

_CLOSE_SECONDS = 12.0
_PROGRESS_EVERY = 0.1


class Place(NamedTuple):
    """A session that the UI is in: its conversation, its title, what was said in it, the session it is a branch of."""

    chat: Chat
    title: str
    messages: list[Message]
    parent: str = ""


class Overview(NamedTuple):
    """The memory at a glance: figures, the latest sessions, and how many characters are remembered."""

    stats: Stats
    sessions: list[Session]
    characters: int = 0


class Core:
    """Opens the assistant and does with it what the UI asks for.

    Args:
        environ: the environment of the program.
        model: the `--model` flag.
        overrides: other flags by dotted key.
    """

    def __init__(
        self, environ: Mapping[str, str], model: str = "", overrides: Mapping[str, object] | None = None
    ) -> None:
        self.environ = environ
        self._model = model
        self._overrides = overrides
        self._assistant: Assistant | None = None
        self.notice = ""
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._prices: Prices | None = None

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, done in the loop of the turns. Cancelling this cancels the work."""
        with self._lock:
            if not self._loop.is_running() and not self._loop.is_closed():
                threading.Thread(target=self._loop.run_forever, name="recollect-turns", daemon=True).start()
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    @property
    def assistant(self) -> Assistant:
        """The open assistant. Raises `RecollectError` when it is not open."""
        if self._assistant is None:
            raise RecollectError("The memory is not open yet.", "Wait a moment.")
        return self._assistant

    @property
    def is_open(self) -> bool:
        """Whether there is an open assistant now; it may be closed a moment later."""
        return self._assistant is not None

    def open(self) -> Assistant:
        """Open settings and memory; doing it twice is the same as once. Raises what `Assistant` raises."""
        with self._lock:
            if self._assistant is None:
                from assistant.app import Assistant
                from assistant.logs import mute, start_logging

                opened = Assistant.open(self.environ, model=self._model, overrides=self._overrides, background=True)
                if opened.incognito:
                    mute()
                else:
                    start_logging(opened.locations.log_file)
                    self.notice = opened.tighten()
                try:
                    _ = opened.choice, opened.memory
                except BaseException:
                    opened.close()
                    raise
                self.notice = " ".join(filter(None, (self.notice, _let_go(opened))))
                self._assistant = opened
            return self._assistant

    def let_go(self) -> str:
        """Let go of what has outlived its time by now; what to tell the user of it, mostly nothing."""
        opened = self._assistant
        return _let_go(opened) if opened else ""

    def prepare(self, progress: Progress) -> None:
        """Pull and load the embedder. Raises `ArtifactError`, `StorageError` or `ModelError`."""
        from memory.embeddings import prepare

        prepare(self.assistant.embedder, progress)

    def enter(self, session: str | None) -> Place:
        """Go into a session, or a new one. Raises `UsageError` when there is none of that name."""
        chat = self.assistant.chat(session)
        if not session:
            return Place(chat, "", [])
        memory = self.assistant.memory
        found = memory.session(chat.session)
        return Place(chat, found.title, memory.thread(chat.session), found.parent)

    def resume(self, before: Chat, until: Message | None = None) -> Place:
        """Go on with a conversation that is written nowhere, where another assistant was opened meanwhile.

        With `until` as if it and what followed had not been said.
        """
        chat = self.assistant.chat()
        chat.go_on_from(before, until)
        return Place(chat, "", list(chat.history))

    def branch(self, instead: Message, before: Chat) -> Place:
        """Go into a new session that shares what was said before a message. Raises what `enter` raises.

        In an incognito run there is no other to be kept: the conversation goes on without what is written anew.
        """
        if self.assistant.incognito:
            return self.resume(before, instead)
        memory = self.assistant.memory
        made = memory.branch(instead)
        return Place(self.assistant.chat(made), "", memory.thread(made), instead.session)

    def own_messages(self, chat: Chat) -> list[Message]:
        """What the user said in a conversation, newest first."""
        said = chat.history if self.assistant.incognito else self.assistant.memory.thread(chat.session)
        return [one for one in reversed(said) if one.role.value == "user"]

    def overview(self, sessions: int = 0) -> Overview:
        """Figures, and the latest `sessions` sessions."""
        memory = self.assistant.memory
        return Overview(memory.stats(), memory.sessions(sessions) if sessions else [], memory.characters())

    def offers(self) -> list[Offer]:
        """The chat models that could answer."""
        from assistant.models.offers import offers

        opened = self.assistant
        return offers(opened.locations.models, self.environ, self.prices, opened.model)

    @property
    def prices(self) -> Prices:
        """What models cost. Raises `ConfigError` for a wrong prices.toml of the user's."""
        from assistant.costs import load_prices

        if self._prices is None:
            self._prices = load_prices(self.assistant.locations.prices)
        return self._prices

    def account(self, session: str) -> Account:
        """What a session took, and what recall saved."""
        from assistant.costs import account

        memory, choice = self.assistant.memory, self.assistant.choice
        messages = memory.session_messages(session)
        return account(messages, model=choice.name, characters=memory.characters(), prices=self.prices)

    async def entitle(self, session: str) -> str:
        """Have the model make a title for a session that has none; the title, or "". In the loop of the turns."""
        from assistant.titles import title_of

        opened = self.assistant
        messages = await asyncio.to_thread(opened.memory.thread, session, 400)
        title = await title_of(messages, model=opened.model, prompts=opened.prompts)
        given = bool(title) and await asyncio.to_thread(opened.memory.entitle, session, title)
        return title if given else ""

    def switch(self, model: str) -> Assistant:
        """Change to another model. The old one comes back when the new one cannot be."""
        before = self._model
        self.close()
        self._model = model
        try:
            return self.open()
        except RecollectError:
            self._model = before
            self.open()
            raise

    def last_exchange(self, session: str) -> list[Message]:
        """The messages of the newest exchange of a session."""
        messages = self.assistant.memory.session_messages(session, 20)
        return [message for message in messages if message.exchange == messages[-1].exchange]

    def exchange(self, prefix: str) -> list[Message]:
        """The messages of the exchange to which the message belongs whose id starts with `prefix`."""
        memory = self.assistant.memory
        found = memory.find(prefix)
        return [one for one in memory.session_messages(found.session) if one.exchange == found.exchange]

    def forget(self, selection: Selection, *, undoable: bool = False) -> Forgotten:
        """Forget what is selected, everywhere; see `assistant.forgetting`."""
        from assistant.forgetting import forget

        return forget(self.assistant, selection, undoable=undoable)

    def close(self) -> None:
        """Let go of model and memory. Doing it twice is allowed."""
        with self._lock:
            opened, self._assistant = self._assistant, None
            if opened and self._loop.is_running():
                asyncio.run_coroutine_threadsafe(opened.aclose(), self._loop).result()
            elif opened:
                opened.close()

    async def close_in_time(self) -> bool:
        """Close in a thread of its own; whether that was done within twelve seconds."""
        loop, closed = asyncio.get_running_loop(), asyncio.Event()

        def close() -> None:
            try:
                self.close()
            finally:
                with suppress(RuntimeError):  # there is no loop any more: nobody waits for it
                    loop.call_soon_threadsafe(closed.set)

        threading.Thread(target=close, name="recollect-quit", daemon=True).start()
        try:
            await asyncio.wait_for(closed.wait(), _CLOSE_SECONDS)
        except TimeoutError:
            return False
        return True


def _let_go(opened: Assistant) -> str:
    from assistant import retention

    told = retention.held_back(opened)
    retention.start(opened)
    return told


_FIRST = (
    "assistant.costs", "assistant.drafts", "assistant.tui.screens.dialog", "assistant.tui.screens.sessions",
    "assistant.tui.widgets.sayings", "assistant.tui.widgets.transcript",
)  # fmt: skip
"""What a session needs to be shown."""
_TURN = (
    "assistant.events", "assistant.tui.turns", "assistant.tui.remembered", "assistant.tui.screens.readers",
    "memory.attribution", "memory.secrets", "memory.lexicon",
)  # fmt: skip
"""What the first turn needs; it would be imported while the interface draws."""
_STREAM = ("openai.resources.chat.completions.completions", "openai.lib.streaming.chat")


def first_imports() -> None:
    """Import in a thread what a session is shown with: the loop of the interface is not held up by it."""
    for name in _FIRST:
        import_module(name)


def warm_imports() -> None:
    """Import in a thread what would otherwise stall the first answer's drawing."""
    from assistant.tui.markdown import markdown_lines

    markdown_lines("- https://example.org\n\n```python\npass\n```", 40)
    for name in _TURN:
        import_module(name)
    if "openai" in sys.modules:
        with suppress(ImportError):  # another version of it keeps them elsewhere; then they come with the first turn
            for name in _STREAM:
                import_module(name)


def paced(progress: Progress) -> Progress:
    """`progress`, called ten times a second at most, and always for the end of a thing."""
    told, of = 0.0, ""

    def tell(done: int, total: int, what: str) -> None:
        nonlocal told, of
        now = time.monotonic()
        if what != of or done >= total > 0 or now - told >= _PROGRESS_EVERY:
            told, of = now, what
            progress(done, total, what)

    return tell


def report_bug(error: BaseException) -> RecollectError:
    """An error that nobody expected: it goes into the log whole, and is told to people in a sentence."""
    import logging

    logging.getLogger(__name__).error("unexpected", exc_info=error)
    return RecollectError(
        f"Something went wrong inside recollect: {type(error).__name__}: {error}.",
        "It is in the log (`recollect where` says which file); please report it.",
    )


async def in_thread(work: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401
    """The result of blocking work, with any error as a `RecollectError`."""
    return await guarded(asyncio.to_thread(work, *args))


async def guarded(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401
    """The result of `work`; what it did not expect is logged, and raised as a `RecollectError` for people to read."""
    try:
        return await work
    except RecollectError:
        raise
    except Exception as error:
        raise report_bug(error) from error
