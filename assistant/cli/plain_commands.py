"""What the slash commands do in the line mode: one function for each name that lines can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from assistant.cli import plain_more as more
from assistant.commands import slash_commands
from assistant.costs import account, load_prices
from assistant.display import safe, safe_line, when
from assistant.events import Packed
from assistant.forgetting import forget
from memory.errors import UsageError
from memory.types import Role, Selection

if TYPE_CHECKING:
    import asyncio

    from assistant.app import Assistant
    from assistant.chat import Chat
    from assistant.cli.terminal import Terminal
    from assistant.events import Prompt, TurnEvent
    from memory.types import Message

_LISTED = 20


class Leave(Exception):  # noqa: N818 - it is no error
    """The user wants to leave."""


class Line:
    """The conversation that the lines are said in.

    Args:
        assistant: open.
        terminal: where answers go.
        runner: runs turns, all in one event loop.

    Attributes:
        chat: the conversation.
        prompt: the last that was sent; None before there is one.
        wants_again: whether the last message is to be answered again.
        instead: the earlier message that what is said next is to stand for; None mostly.
        written: what was written in an editor and is to be said.
        taken_back: whether what was remembered last was just forgotten, and can be had back.
    """

    chat: Chat

    def __init__(self, assistant: Assistant, terminal: Terminal, runner: asyncio.Runner) -> None:
        self.assistant = assistant
        self.terminal = terminal
        self.runner = runner
        self.prompt: Prompt | None = None
        self.wants_again = self.taken_back = False
        self.instead: Message | None = None
        self.written = ""
        self._remember = True

    def enter(self, session: str | None, *, remember: bool | None = None) -> None:
        """Go into a session, or a new one. Raises `UsageError` when there is none of that name."""
        self._remember = self._remember if remember is None else remember
        found = self.assistant.session_id(session) if session else None
        self.chat = self.assistant.chat(found, remember=self._remember)
        self.prompt = self.instead = None
        self.taken_back = False

    def go_on(self) -> None:
        """Go on with the same conversation where the model was changed."""
        before = self.chat
        if before.remember and any(one.seq for one in before.history):
            self.enter(before.session)
            return
        self._take_over(before)

    def own(self) -> list[Message]:
        """What the user said in the conversation, oldest first, also where it is written nowhere."""
        chat = self.chat
        said = self.assistant.memory.thread(chat.session) if chat.remember else chat.history
        return [one for one in said if one.role is Role.USER]

    def branch(self) -> None:
        """Go on from before the message that is written anew: in a branch, where the conversation is remembered."""
        instead, before = self.instead, self.chat
        if instead is None:
            return
        if before.remember:
            self.enter(self.assistant.memory.branch(instead))
        else:
            self._take_over(before, instead)
        self.instead = None

    def _take_over(self, before: Chat, until: Message | None = None) -> None:
        self.chat = self.assistant.chat(remember=self._remember)
        self.chat.go_on_from(before, until)

    def note(self, event: TurnEvent) -> None:
        """Keep what was sent, for `/prompt` and `/why`."""
        self.taken_back = False
        if isinstance(event, Packed):
            self.prompt = event.prompt

    def command(self, name: str, argument: str, known: Mapping[str, Command]) -> None:
        """Do what the command `name` does. Raises `UsageError` for one that is not known or that lines cannot do."""
        work = known.get(name)
        if work is not None:
            work(self, argument)
            return
        if any(one.name == name for one in slash_commands()):
            raise UsageError(f"/{name} needs the terminal interface.", "Start recollect without --plain for it.")
        import difflib

        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean /{near[0]}?" if near else "/help lists them."
        raise UsageError(f"There is no command /{safe_line(name, 40)}.", hint)


Command = Callable[[Line, str], None]


def _help(line: Line, _: str) -> None:
    rows = [(f"/{one.name} {one.argument}".rstrip(), one.help) for one in slash_commands() if one.name in COMMANDS]
    line.terminal.table(("command", "what it does"), rows)


def _new(line: Line, _: str) -> None:
    line.enter(None)
    line.terminal.say("a new session")


def _sessions(line: Line, _: str) -> None:
    rows = [
        (one.id, when(one.last), str(one.messages), one.title or "-") for one in line.assistant.memory.sessions(_LISTED)
    ]
    if rows:
        line.terminal.table(("session", "last said", "messages", "title"), rows, right=(2,))
    else:
        line.terminal.say("Nothing was said yet.")


def _resume(line: Line, argument: str) -> None:
    """Go on with a session, showing the end of it."""
    if not argument:
        _sessions(line, "")
        return
    line.enter(argument)
    for message in line.chat.history[-6:]:
        more.said(line, message)


def _title(line: Line, argument: str) -> None:
    if not argument or not line.chat.history:
        raise UsageError("A session that something was said in gets a title by: /title TITLE.")
    line.assistant.memory.rename(line.chat.session, safe_line(argument, 200))
    line.terminal.say("The session has that title now.")


def _again(line: Line, _: str) -> None:
    line.wants_again = True


def _recall(line: Line, argument: str) -> None:
    if not argument:
        raise UsageError("There is no cue.", "Write: /recall CUE.")
    found = line.assistant.memory.recall(argument, k=_LISTED)
    for note in found.notes:
        line.terminal.warn(note)
    if not found.recollections:
        line.terminal.say("Nothing relevant.")
    for one in found.recollections:
        line.terminal.data(f"{one.score:.2f}  {one.why.sentence()}")
        more.said(line, one.message)


def _why(line: Line, _: str) -> None:
    """Why each memory that stood in the last prompt was recalled."""
    if not line.prompt or not line.prompt.notes:
        raise UsageError("No memory stood in the last prompt.")
    for note in line.prompt.notes:
        line.terminal.data(f"{note.score:.2f}  {safe_line(note.why.sentence())}")
        more.said(line, note.message)


def _prompt(line: Line, _: str) -> None:
    if not line.prompt:
        raise UsageError("Nothing was sent to the model in this session yet.", "Say something first.")
    for part in line.prompt.parts:
        line.terminal.data(f"--- {part.role}, {part.kind}, {part.tokens:,} tokens\n{safe(part.content)}")


def _spark(line: Line, argument: str) -> None:
    sparks = line.assistant.memory.spark(argument, session=line.chat.session)
    if not sparks:
        raise UsageError("Nothing far away is connected to that.", "Try another topic: /spark TOPIC.")
    for spark in sparks:
        more.said(line, spark.first)
        line.terminal.data(f"  joined by: {safe_line(spark.sentence())}")
        more.said(line, spark.second)
        line.terminal.data()


def _forget(line: Line, argument: str) -> None:
    """Forget the last exchange, or the one of a message, after a question."""
    memory = line.assistant.memory
    said = memory.session_messages(line.chat.session, _LISTED)
    if argument:
        found = memory.find(argument)
        messages = [one for one in memory.session_messages(found.session) if one.exchange == found.exchange]
    else:
        messages = [one for one in said if one.exchange == said[-1].exchange]
    if not messages:
        raise UsageError("Nothing was said in this session yet.", "/forget ID forgets another exchange.")
    for message in messages:
        more.said(line, message)
    if not _confirmed():
        line.terminal.say("It is kept.")
        return
    forget(line.assistant, Selection(messages=tuple(one.id for one in messages)))
    line.enter(line.chat.session if memory.session_messages(line.chat.session, 1) else None)
    line.terminal.say("Forgotten.")


def _confirmed() -> bool:
    import typer

    try:
        return typer.confirm("Forget this for good?", err=True)
    except typer.Abort:
        return False


def _cost(line: Line, _: str) -> None:
    memory, choice = line.assistant.memory, line.assistant.choice
    prices = load_prices(line.assistant.locations.prices)
    messages = memory.session_messages(line.chat.session)
    found = account(messages, model=choice.name, characters=memory.characters(), prices=prices)
    for name, value in found.rows():
        line.terminal.data(f"{name}: {value}")


def _editor(line: Line, argument: str) -> None:
    line.written = more.editor(line, argument)


def _quit(_: Line, __: str) -> None:
    raise Leave


COMMANDS: dict[str, Command] = {
    "help": _help,
    "new": _new,
    "sessions": _sessions,
    "resume": _resume,
    "title": _title,
    "again": _again,
    "recall": _recall,
    "why": _why,
    "prompt": _prompt,
    "spark": _spark,
    "forget": _forget,
    "cost": _cost,
    "quit": _quit,
    "map": more.draw,
    "memory": more.memory,
    "search": more.search,
    "feedback": more.feedback,
    "undo": more.undo,
    "edit": more.edit,
    "editor": _editor,
    "copy": more.copy,
    "model": more.model,
}
"""The commands of the registry that lines can do."""
