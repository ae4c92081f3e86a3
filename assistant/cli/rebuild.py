"""`recollect rebuild`: the indexes anew from the journal; also the way to change over to another embedder or store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer  # noqa: TC002 - Typer reads the annotations

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode
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
    """Embed what has no vector of this embedder, and fill both indexes again."""
    from assistant.cli.terminal import Terminal

    terminal = Terminal(quiet=quiet)
    wish = opt.wish(context, embeddings=embeddings, store=store)
    with wish.open() as assistant, terminal.progress() as progress:
        assistant.prepare(progress)
        with assistant.open_memory(adopt_embedder=True) as memory:
            whole = memory.rebuild(progress)
            stats = memory.stats()
    if json:
        counts = {"messages": stats.messages, "passages": stats.passages, "indexed": stats.indexed}
        terminal.json({**counts, "embedder": stats.embedder, "store": stats.store, "store_rebuilt": whole})
    else:
        made = f"{stats.passages:,} passages of {stats.messages:,} messages"
        terminal.data(f"rebuilt the indexes of {made} with {stats.embedder} and {stats.store}")
    if not whole:
        terminal.warn("Another recollect has the vector store open: it rebuilds that one itself.")
    _say_how_to_stay(wish, terminal)
    return ExitCode.FINE


def _say_how_to_stay(wish: Wish, terminal: Terminal) -> None:
    """A flag holds for one run: say how to make it last."""
    embeddings, store = wish.overrides.get("embeddings"), wish.overrides.get("memory.store")
    if embeddings:
        terminal.say(f'To stay with it, put embeddings = "{embeddings}" into config.toml.', style="yellow")
    if store:
        terminal.say(f'To stay with it, put store = "{store}" below [memory] in config.toml.', style="yellow")
