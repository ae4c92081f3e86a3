"""`recollect map`: what a memory or topic is linked to, as a tree, as JSON, or as a page for a browser."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode
from assistant.commands import named

app = opt.typer_app()


@app.command("map", help=named("map").help)
def map_(
    context: typer.Context,
    *,
    topic: Annotated[list[str] | None, typer.Argument(metavar="TOPIC", help="A topic, or the id of a memory.")] = None,
    count: Annotated[int, typer.Option("-n", min=2, max=200, metavar="N", help="How many nodes at most.")] = 20,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write it as a page for a browser.", dir_okay=False)
    ] = None,
    embeddings: opt.Embeddings = None,
    profile: opt.Profile = None,
    project: opt.Project = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> int:
    """Print the map as a tree, or write it; without a topic the centre is what was said last."""
    from assistant.clean import clean
    from assistant.cli import shape
    from assistant.cli.inputs import tidy
    from assistant.cli.terminal import Terminal
    from assistant.maps.tree import tree_lines
    from memory.errors import UsageError
    from memory.mapping import Mapper

    about = clean(tidy(" ".join(topic or ()))).strip()
    terminal = Terminal(quiet=quiet, verbose=verbose)
    with opt.wish(context, embeddings=embeddings, profile=profile, project=project).open() as assistant:
        memory = assistant.memory
        with terminal.progress() as progress:
            assistant.prepare(progress)
        if not about:
            newest = memory.journal.listed(memory.scope, limit=1)
            if not newest:
                raise UsageError(
                    "Nothing is remembered yet.", "Say something, or bring something in: recollect import."
                )
            about = newest[0].id
        drawn = Mapper(memory).around(about, count)
    if html is not None:
        from assistant.maps.page import write_page

        write_page(drawn, html)
        terminal.say(f"Written: {html.absolute()}")
    if json:
        terminal.json(shape.map_(drawn))
    elif html is None:
        for line in tree_lines(drawn, terminal.width):
            terminal.raw(line)
    return ExitCode.FINE
