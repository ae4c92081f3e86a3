"""`recollect spark`: memories that are far apart and yet connected. A chat model is started with `--ask` alone."""

from __future__ import annotations

import textwrap
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode, StoppedError
from assistant.commands import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.app import Assistant
    from assistant.cli.terminal import Terminal
    from assistant.cli.turns import Stops
    from assistant.interrupt import Stopper
    from memory.sparks import Spark
    from memory.types import Message

_INDENT = "    "

app = opt.typer_app()


@app.command("spark", help=named("spark").help)
def spark(
    context: typer.Context,
    *,
    topic: Annotated[
        list[str] | None,
        typer.Argument(metavar="TOPIC", help="What it is about; without one, what you said last."),
    ] = None,
    count: Annotated[int, typer.Option("-n", min=1, metavar="N", help="How many pairs at most.")] = 3,
    ask: Annotated[bool, typer.Option("--ask", help="Have the model make something of each pair.")] = False,
    model: opt.Model = None,
    base_url: opt.BaseUrl = None,
    embeddings: opt.Embeddings = None,
    profile: opt.Profile = None,
    project: opt.Project = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> int:
    """Print pairs of memories with what joins them; exit code 3 when there are none."""
    from assistant.clean import clean
    from assistant.cli import shape
    from assistant.cli.inputs import tidy
    from assistant.cli.terminal import Terminal
    from memory.sitting import going_on

    about = clean(tidy(" ".join(topic or ()))).strip()
    terminal = Terminal(quiet=quiet, verbose=verbose)
    wish = opt.wish(context, model=model, base_url=base_url, embeddings=embeddings, profile=profile, project=project)
    with wish.open() as assistant:
        memory = assistant.memory
        with terminal.progress() as progress:
            assistant.prepare(progress)
        sparks = memory.spark(about, count=count, session=going_on(memory.journal, memory.scope))
        if not sparks:
            if json:
                terminal.json({"topic": about, "sparks": []})
            of = f"what {shorten_topic(about)} calls to mind" if about else "what you said last"
            terminal.warn(f"Nothing that is remembered is far from {of} and yet connected to it.")
            return ExitCode.NOTHING
        ideas = _ask(assistant, sparks, terminal, silent=json) if ask else []
        if json:
            made: Sequence[str | None] = ideas or [None] * len(sparks)
            items = [shape.spark(each, idea) for each, idea in zip(sparks, made, strict=True)]
            terminal.json({"topic": about, "sparks": items})
        elif not ask:
            for number, each in enumerate(sparks, 1):
                _show(number, each, terminal)
    return ExitCode.FINE


def shorten_topic(topic: str) -> str:
    """A topic in a sentence: quoted, on one line and not too long."""
    from assistant.display import safe_line

    return f"“{safe_line(topic, 60)}”"


def _ask(assistant: Assistant, sparks: Sequence[Spark], terminal: Terminal, *, silent: bool) -> list[str]:
    """Show each pair (unless `silent`) and below it what the model makes of it; the ideas."""
    from assistant.cli.turns import Stops, say_model

    say_model(assistant, terminal)
    stops = Stops()
    return stops.run(_asked(assistant, sparks, terminal, stops, silent=silent))


async def _asked(
    assistant: Assistant, sparks: Sequence[Spark], terminal: Terminal, stops: Stops, *, silent: bool
) -> list[str]:
    from assistant.interrupt import Interrupted, Stopper

    stopper = Stopper()
    stops.call(stopper.stop)
    ideas = []
    try:
        for number, each in enumerate(sparks, 1):
            if not silent:
                _show(number, each, terminal)
                terminal.raw()
            if number == 1:
                with terminal.progress() as progress:
                    await stopper.race(assistant.model.ready(progress))
            ideas.append(await _idea(assistant, each, terminal, stopper, silent=silent))
    except Interrupted:
        raise StoppedError("Interrupted.") from None
    finally:
        await assistant.aclose()
    return ideas


async def _idea(assistant: Assistant, spark: Spark, terminal: Terminal, stopper: Stopper, *, silent: bool) -> str:
    """What the model makes of one pair, written as it comes."""
    from assistant.cli.turns import Writer
    from assistant.sparks import idea_of

    pieces = idea_of(
        spark,
        prompts=assistant.prompts,
        model=assistant.model,
        settings=assistant.settings,
        now=datetime.now(UTC),
        stopper=stopper,
    )
    said = ""
    with Writer(terminal, silent=silent) as writer:
        async with aclosing(pieces):
            async for piece in pieces:
                said += piece
                writer.write(piece)
    return said.strip()


def _show(number: int, item: Spark, terminal: Terminal) -> None:
    """The two messages with their dates, and between them what joins them."""
    from assistant.display import safe_line

    if number > 1:
        terminal.raw()
    _show_message(f"{number:2}  ", item.first, terminal)
    joined = f"{item.sentence()}  (distance {item.distance:.2f}, connection {item.connection:.3f})"
    terminal.raw(f"{_INDENT}↳ {terminal.paint(safe_line(joined), 'cyan')}")
    _show_message(_INDENT, item.second, terminal)
    terminal.out.flush()


def _show_message(before: str, message: Message, terminal: Terminal) -> None:
    from assistant.display import safe, safe_line, when
    from assistant.telling import who

    head = f"{when(message.time)}  {who(message)}"
    about = f"  {message.id}  session {safe_line(message.session, 40)}"
    terminal.raw(f"{before}{terminal.paint(head, 'bold')}{terminal.paint(about, 'dim')}")
    text = message.text
    lines = text.splitlines()
    if terminal.width:
        lines = [part for line in safe(text).splitlines() for part in textwrap.wrap(line, terminal.width - 4) or [""]]
    for line in lines:
        terminal.raw(f"{_INDENT}{line}")
