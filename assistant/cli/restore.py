"""`recollect restore`: a backup in the place of the present memory, which is kept aside."""

from __future__ import annotations

import os
import sys
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode
from assistant.commands import named
from memory.errors import UsageError

if TYPE_CHECKING:
    from assistant.cli.terminal import Progress, Terminal
    from memory.upkeep.archive import Archive

app = opt.typer_app()


@app.command("restore", help=named("restore").help)
def restore(
    context: typer.Context,
    *,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `recollect backup` has made.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file and say what it holds.")] = False,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> int:
    """Check the backup, set the present memory aside, put the backup in its place, make the indexes anew."""
    from assistant.cli.terminal import Terminal
    from assistant.locations import locations
    from assistant.upkeep import put_back
    from memory.upkeep import archive
    from memory.upkeep.restore import restore as put_in_place

    terminal = Terminal(quiet=quiet)
    where = locations(os.environ)
    if dry_run:
        _tell(archive.check(file), terminal, as_json=json, more={"restored": False})
        return ExitCode.FINE
    if not yes and where.journal.exists() and not _sure(archive.check(file)):
        terminal.data("nothing was changed")
        return ExitCode.FINE
    with terminal.progress() as progress:
        done = put_in_place(file, where.journal, progress)
        written, left = put_back(where, done.archive.files)
        waits = _index(opt.wish(context), progress)
    _tell(
        done.archive,
        terminal,
        as_json=json,
        more={
            "restored": True,
            "aside": str(done.aside) if done.aside else None,
            "written": [str(path) for path in written],
            "left": [str(path) for path in left],
        },
    )
    if done.aside and not json:
        terminal.data(f"the memory before it is kept in {done.aside}; delete that folder when you do not want it back")
    if waits:
        terminal.warn(f"Everything is back; the indexes are made when recollect is next used ({waits})")
    for path in left:
        terminal.warn(f"{path} was left as it is; the backup holds another one.")
    return ExitCode.FINE


_A_DAY = 86_400.0


def _index(wish: opt.Wish, progress: Progress) -> str:
    """Make the indexes anew; why that has to wait, or nothing. The memory is whole without them."""
    from memory.errors import RecollectError

    try:
        with wish.open() as assistant:
            assistant.memory.flush(_A_DAY, progress)
    except RecollectError as error:
        return error.message
    return ""


def _sure(found: Archive) -> bool:
    """Ask. Raises `UsageError` where nobody can answer."""
    from assistant.display import when

    what = f"the {found.messages:,} messages of {found.path}, made {when(found.made)}"
    if not sys.stdin.isatty():
        raise UsageError(f"Restoring {what} needs a yes, and nobody can be asked.", "Add --yes, or --dry-run to look.")
    return typer.confirm(f"Put {what}, in the place of the present memory? That one is kept aside.", err=True)


def _tell(found: Archive, terminal: Terminal, *, as_json: bool, more: dict[str, object]) -> None:
    from assistant.display import size, when

    if as_json:
        about = {"file": str(found.path), "messages": found.messages, "sessions": found.sessions}
        terminal.json({**about, "made": found.made.isoformat(), "embedder": found.embedder, **more})
        return
    what = f"{found.messages:,} messages of {found.sessions:,} sessions, made {when(found.made)} ({size(found.size)})"
    terminal.data(f"restored {what}" if more["restored"] else f"{found.path}: {what}, sound")
