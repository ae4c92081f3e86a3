"""`recollect sessions`: what was talked about when; one session in full; its title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode
from assistant.commands import named

if TYPE_CHECKING:
    from assistant.cli.terminal import Terminal
    from memory.memory import Memory
    from memory.types import Session

app = opt.typer_app()


@app.command("sessions", help=named("sessions").help)
def sessions(
    context: typer.Context,
    *,
    session: Annotated[str | None, typer.Argument(metavar="ID", help="Show this one; its beginning, or last.")] = None,
    rename: Annotated[str | None, typer.Option("--rename", metavar="TITLE", help="Give it this title.")] = None,
    limit: Annotated[int, typer.Option("-n", min=1, metavar="N", help="How many to list.")] = 50,
    profile: opt.Profile = None,
    project: opt.Project = None,
    json: opt.Json = False,
) -> int:
    """List the latest sessions, or show one."""
    from assistant.cli.inputs import tidy
    from assistant.cli.terminal import Terminal
    from memory.errors import UsageError

    if rename is not None and session is None:
        raise UsageError("Which session is to be renamed?", "Write: recollect sessions ID --rename TITLE.")
    terminal = Terminal()
    with opt.wish(context, profile=profile, project=project).open() as assistant:
        memory = assistant.memory
        if session is None:
            _list(memory.sessions(limit), terminal, as_json=json)
            return ExitCode.FINE
        found = memory.session(assistant.session_id(session))
        if rename is not None:
            memory.rename(found.id, " ".join(tidy(rename).split()))
            found = memory.session(found.id)
            _list([found], terminal, as_json=json)
        else:
            _show(memory, found, terminal, as_json=json)
    return ExitCode.FINE


def _list(found: list[Session], terminal: Terminal, *, as_json: bool) -> None:
    from assistant.cli import shape
    from assistant.display import when

    if as_json:
        terminal.json({"sessions": [shape.session(item) for item in found]})
        return
    rows = [(item.id, when(item.last), str(item.messages), item.title or "-") for item in found]
    if rows:
        terminal.table(("session", "last said", "messages", "title"), rows, right=(2,))
    else:
        terminal.say("Nothing was said yet.")


def _show(memory: Memory, found: Session, terminal: Terminal, *, as_json: bool) -> None:
    from assistant.cli import shape
    from assistant.display import safe_line, when
    from assistant.telling import who

    messages = memory.session_messages(found.id)
    if as_json:
        terminal.json({"session": shape.session(found), "messages": [shape.said(item) for item in messages]})
        return
    terminal.raw(terminal.paint(safe_line(found.title or found.id), "bold"))
    for item in messages:
        mark = "" if item.status == "complete" else f" ({item.status})"
        head = f"{when(item.time)}  {who(item)}{mark}  {item.id}"
        terminal.raw()
        terminal.raw(terminal.paint(head, "cyan" if item.role == "user" else "green"))
        terminal.data(item.text)
