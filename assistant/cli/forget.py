"""`recollect forget`: take messages out of the memory, after showing which."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode
from assistant.commands import named
from memory.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assistant.cli.terminal import Terminal
    from memory.memory import Memory
    from memory.types import Forgotten, Message, Session

_PREVIEWED = 10
T = TypeVar("T")

app = opt.typer_app()


@app.command("forget", help=named("forget").help)
def forget(
    context: typer.Context,
    *,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="Messages (with their exchange) or sessions; beginnings will do."),
    ] = None,
    everything: Annotated[bool, typer.Option("--everything", help="Forget all that this profile holds.")] = False,
    alone: Annotated[bool, typer.Option("--alone", help="Forget a message alone, without its exchange.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be forgotten.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    profile: opt.Profile = None,
    project: opt.Project = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> int:
    """Show what would go, ask, and forget it."""
    from assistant.cli.terminal import Terminal

    if everything == bool(ids):
        raise UsageError("What is to be forgotten?", "Give ids from `recollect recall` or `sessions`, or --everything.")
    terminal = Terminal(quiet=quiet)
    with opt.wish(context, profile=profile, project=project).open() as assistant:
        memory = assistant.memory
        doomed = _Doomed() if everything else _find(memory, ids or [], alone=alone)
        gone = _forget(memory, doomed, everything=everything, dry_run=True)
        if not gone.messages:
            if json:
                _print(gone, terminal)
            terminal.say("There is nothing to forget.")
            return ExitCode.FINE
        if not json or not (yes or dry_run):
            _preview(doomed, gone, memory, terminal, everything=everything)
        if not dry_run:
            if not (yes or _sure(gone, memory)):
                terminal.warn("Nothing was forgotten.")
                return ExitCode.FAILED
            gone = _forget(memory, doomed, everything=everything, dry_run=False)
    if json:
        _print(gone, terminal)
    else:
        terminal.raw(f"{'would forget' if dry_run else 'forgot'} {_count(gone)}")
    return ExitCode.FINE


@dataclass(slots=True)
class _Doomed:
    """What the ids mean."""

    messages: dict[str, Message] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)


def _find(memory: Memory, ids: Sequence[str], *, alone: bool) -> _Doomed:
    """The messages and sessions meant by these ids. Raises `UsageError` for one that means nothing, or two things."""
    doomed = _Doomed()
    for id_ in ids:
        message, no_message = _try(memory.find, id_)
        session, _ = _try(memory.session, id_)
        if message and session:
            raise UsageError(
                f"{id_!r} is the beginning of both a message's and a session's id.", "Give more of the id."
            )
        if session:
            doomed.sessions[session.id] = session
        elif message:
            exchange = [message] if alone else _exchange(memory, message)
            doomed.messages |= {item.id: item for item in exchange}
        elif no_message:
            raise UsageError(
                f"{id_!r} names no one message and no one session: {no_message.message}",
                "`recollect recall` and `recollect sessions` show ids.",
            )
    return doomed


def _try(find: Callable[[str], T], id_: str) -> tuple[T | None, UsageError | None]:
    """What is found under an id, or the reason why not."""
    try:
        return find(id_), None
    except UsageError as error:
        return None, error


def _exchange(memory: Memory, message: Message) -> list[Message]:
    return [item for item in memory.session_messages(message.session) if item.exchange == message.exchange]


def _forget(memory: Memory, doomed: _Doomed, *, everything: bool, dry_run: bool) -> Forgotten:
    return memory.forget(
        messages=list(doomed.messages), sessions=list(doomed.sessions), everything=everything, dry_run=dry_run
    )


def _preview(doomed: _Doomed, gone: Forgotten, memory: Memory, terminal: Terminal, *, everything: bool) -> None:
    """Show what would go, on standard error where the question is asked."""
    from assistant.display import safe_line, when

    if everything:
        terminal.tell(f"All of the profile {memory.scope.key}: {_count(gone)}.")
        return
    for session in doomed.sessions.values():
        title = safe_line(session.title, 60) or "without a title"
        terminal.tell(f"session {session.id}: {title}, {session.messages} messages, last {when(session.last)}")
    shown = list(doomed.messages.values())
    for item in shown[:_PREVIEWED]:
        who = safe_line(item.speaker or item.role.value, 20)
        terminal.tell(f"{item.id}  {when(item.time)}  {who}: {safe_line(item.text, 80)}")
    if len(shown) > _PREVIEWED:
        terminal.tell(f"… and {len(shown) - _PREVIEWED} more messages")


def _sure(gone: Forgotten, memory: Memory) -> bool:
    """Ask. Raises `UsageError` where nobody can answer."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"Forgetting {_count(gone)} needs a yes, and nobody can be asked.", "Add --yes, or --dry-run to look first."
        )
    return typer.confirm(f"Forget {_count(gone)} of {memory.scope.key} for good?", err=True)


def _count(gone: Forgotten) -> str:
    messages = f"{len(gone.messages):,} message{'' if len(gone.messages) == 1 else 's'}"
    whole = (
        f" and {len(gone.sessions):,} whole session{'' if len(gone.sessions) == 1 else 's'}" if gone.sessions else ""
    )
    return messages + whole


def _print(gone: Forgotten, terminal: Terminal) -> None:
    terminal.json({"messages": list(gone.messages), "sessions": list(gone.sessions), "dry_run": gone.dry_run})
