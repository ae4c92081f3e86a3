"""`recollect export`: everything that was said, in plain text that can be taken away."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode
from assistant.commands import named
from memory.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assistant.cli.terminal import Terminal

app = opt.typer_app()


@app.command("export", help=named("export").help)
def export(
    context: typer.Context,
    *,
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", show_default=False, help="Where to; standard output without it.")
    ] = "-",
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="NAME", help="jsonl (lossless, can be imported), or md (to read)."),
    ] = None,
    session: Annotated[
        list[str] | None, typer.Option("--session", "-s", metavar="ID", help="This session alone; may be repeated.")
    ] = None,
    since: opt.Since = None,
    until: opt.Until = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    all_profiles: opt.AllProfiles = False,
    profile: opt.Profile = None,
    project: opt.Project = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> int:
    """Write what is selected, one message after the other."""
    from assistant.cli.inputs import span_of
    from assistant.cli.terminal import Terminal
    from assistant.exporters import exported, form_of
    from memory.types import Selection

    if json and file == "-":
        raise UsageError("--json tells what was written to a FILE.", "Name one, or leave out --json.")
    if session and all_profiles:
        raise UsageError("--session and --all-profiles cannot go together.", "Leave one of them out.")
    terminal = Terminal(quiet=quiet)
    form = form or form_of(file)
    first, last = span_of(since, until)
    with opt.wish(context, profile=profile, project=project).open() as assistant:
        memory = assistant.memory
        sessions = tuple(dict.fromkeys(memory.session(assistant.session_id(one)).id for one in session or ()))
        wish = Selection(sessions=sessions, since=first, until=last, everything=not sessions)
        pieces = exported(memory, form, wish, everywhere=all_profiles)
        with _written_to(file, terminal, force=force) as write, terminal.progress() as progress:
            total, messages = memory.stats().messages, 0
            for piece in pieces:
                write(piece)
                messages += piece.startswith(('{"type": "message"', "\n**"))
                progress(messages, max(total, messages), "writing")
    if json:
        terminal.json({"file": file, "format": form, "messages": messages})
    elif file != "-":
        terminal.data(f"exported {messages:,} message{'' if messages == 1 else 's'} to {file}")
    return ExitCode.FINE


@contextmanager
def _written_to(file: str, terminal: Terminal, *, force: bool) -> Iterator[Callable[[str], object]]:
    """A function that writes text to where it is to go."""
    from assistant.exporters.file import new_file

    if file != "-":
        with new_file(Path(file), force=force) as stream:
            yield stream.write
    elif terminal.shown:
        yield lambda text: terminal.data(text, end="")
    else:
        sys.stdout.flush()
        stream = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n", write_through=False)
        try:
            yield stream.write
        finally:
            with suppress(ValueError):
                stream.flush()
                stream.detach()
