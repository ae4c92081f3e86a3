"""`recollect rebuild`: the indexes anew from the journal; also the way to change over to another embedder or store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer  # noqa: TC002 - Typer reads the annotations

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode, StoppedError
from assistant.commands import named

if TYPE_CHECKING:
    from assistant.cli.options import Wish
    from assistant.cli.terminal import Terminal

app = opt.typer_app()


@app.command("rebuild", help=named("rebuild").help)
def rebuild(
    context: typer.Context,
    *,
    embeddings: opt.Embeddings = None,
    store: opt.Store = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> int:
    """Make new indexes beside those in use, with another embedder or store if one is named, and switch to them."""
    from assistant.cli.terminal import Terminal

    terminal = Terminal(quiet=quiet)
    wish = opt.wish(context, embeddings=embeddings, store=store)
    with wish.open() as assistant:
        try:
            with terminal.progress() as progress:
                assistant.rebuild(progress)
                stats = assistant.memory.stats()
        except KeyboardInterrupt:
            raise StoppedError(
                "Interrupted.", "The old indexes are in use; rebuild again to go on from here."
            ) from None
    if json:
        counts = {"messages": stats.messages, "passages": stats.passages, "indexed": stats.indexed}
        terminal.json({**counts, "embedder": stats.embedder, "store": stats.store})
    else:
        made = f"{stats.passages:,} passages of {stats.messages:,} messages"
        terminal.data(f"rebuilt the indexes of {made} with {stats.embedder} and {stats.store}")
    _say_what_else_is_set(wish, terminal)
    return ExitCode.FINE


def _say_what_else_is_set(wish: Wish, terminal: Terminal) -> None:
    """The memory knows by itself what it was changed over to; a setting that says otherwise has to be changed."""
    from assistant.config import load_settings
    from assistant.locations import locations

    before = load_settings(locations(os.environ), os.environ)
    for key, value in (("embeddings", before.embeddings), ("memory.store", before.memory.store)):
        now, source = wish.overrides.get(key), before.sources.get(key)
        if now and source and now != value:
            terminal.warn(f"{source} says {key} = {value!r}: change it to {now!r}, or take it out.")
