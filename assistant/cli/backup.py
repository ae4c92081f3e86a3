"""`recollect backup`: the whole memory as one file."""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode, StoppedError
from assistant.commands import named

app = opt.typer_app()


@app.command("backup", help=named("backup").help)
def backup(
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to make, or a folder to make one in.")],
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> int:
    """Copy journal, verdicts, associations, what was learned, settings and prompts, while others go on writing."""
    from assistant.cli.terminal import Terminal
    from assistant.display import size
    from assistant.locations import locations
    from assistant.upkeep import enclosed
    from memory.upkeep.backup import back_up

    terminal = Terminal(quiet=quiet)
    where = locations(os.environ)
    with terminal.progress() as progress:
        try:
            made = back_up(where.journal, file, enclosed(where), progress)
        except KeyboardInterrupt:
            raise StoppedError("Interrupted.", "No backup was made; one that was there is as it was.") from None
    if json:
        terminal.json(
            {
                "file": str(made.path),
                "bytes": made.size,
                "messages": made.messages,
                "sessions": made.sessions,
                "made": made.made.isoformat(),
                "enclosed": sorted(made.files),
            }
        )
    else:
        counts = f"{made.messages:,} messages of {made.sessions:,} sessions"
        terminal.data(f"backed up {counts} to {made.path} ({size(made.size)}), and read it from end to end")
    return ExitCode.FINE
