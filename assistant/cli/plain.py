"""`recollect --plain`: the conversation line by line, for screen readers, dumb terminals and slow connections.

Nothing is drawn and nothing is overwritten: what was written stays written. The commands are those of the terminal
interface, as far as lines can do them.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING

from assistant.cli.exits import ExitCode
from assistant.cli.plain_commands import COMMANDS, Leave, Line
from assistant.cli.terminal import Terminal
from assistant.cli.turns import Stops, Turn, Writer, prepare, say_model
from assistant.events import Failed, Stopped, Token
from assistant.retention import held_back
from assistant.retention import start as start_retention
from memory.errors import RecollectError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from assistant.app import Assistant
    from assistant.events import TurnEvent

PROMPT = "> "
_MORE = ". "
_LONG = '"""'


def plain(assistant: Assistant, session: str | None, *, remember: bool = True) -> int:
    """Talk until `/quit` or the end of the input. Ctrl-C stops an answer, and leaves when nothing is being answered.

    Args:
        assistant: open; it is closed by the caller.
        session: id of a session to go on with; None begins a new one.
        remember: False writes nothing.

    Raises `UsageError` for an unknown session, and what opening memory and model raises.
    """
    terminal = Terminal(verbose=True)
    say_model(assistant, terminal)
    prepare(assistant, terminal)
    with asyncio.Runner() as runner:
        line = Line(assistant, terminal, runner)
        line.enter(session, remember=remember)
        if told := held_back(assistant):
            terminal.warn(told)
        start_retention(assistant)
        if assistant.incognito:
            terminal.say("Incognito: nothing of this is kept.", style="yellow")
        terminal.say('Say something. /help lists commands; """ begins and ends a text of several lines; /quit leaves.')
        try:
            return _talk(line)
        finally:
            runner.run(assistant.aclose())


def _talk(line: Line) -> int:
    while True:
        try:
            text = _read()
        except EOFError:
            return ExitCode.FINE
        except KeyboardInterrupt:
            return ExitCode.INTERRUPTED
        try:
            _do(line, text)
        except Leave:
            return ExitCode.FINE
        except RecollectError as error:
            line.terminal.warn(str(error))


def _do(line: Line, text: str) -> None:
    """A command, or something said."""
    if not text.strip():
        return
    if text.startswith("/") and "\n" not in text:
        name, _, argument = text[1:].strip().partition(" ")
        line.command(name.lower(), argument.strip(), COMMANDS)
        text, line.written = line.written, ""
        if line.wants_again:
            line.wants_again = False
            answer(line, line.chat.again())
        if not text.strip():
            return
        line.terminal.data(text)
    line.branch()
    answer(line, line.chat.turn(text))


def answer(line: Line, events: AsyncGenerator[TurnEvent]) -> None:
    """Run one turn and write its answer as it comes. Raises what made it fail; what came is kept."""
    stops = Stops()
    turn = Turn(line.assistant, line.chat, line.terminal, stops)

    async def run() -> TurnEvent:
        async with aclosing(events) as told:
            with Writer(line.terminal) as writer:
                async for event in told:
                    if isinstance(event, Token):
                        writer.write(event.text)
                    else:
                        writer.end()
                        await turn.see(event)
                    line.note(event)
                    last = event
        return last

    match stops.run(run(), line.runner):
        case Failed(error):
            raise error
        case Stopped():
            line.terminal.say("stopped; what had come is kept")
        case _:
            pass


def _read() -> str:
    """A line, or the lines between two marks. Raises `EOFError` at the end of the input."""
    first = _line(PROMPT)
    if first.strip() != _LONG:
        return first
    lines = []
    while (more := _line(_MORE)).strip() != _LONG:
        lines.append(more)
    return "\n".join(lines)


def _line(mark: str) -> str:
    """A line of the input; the mark is shown to people alone."""
    if sys.stdin.isatty():
        return input(mark)
    text = sys.stdin.readline()
    if not text:
        raise EOFError
    return text.rstrip("\n")
