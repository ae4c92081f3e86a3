"""`recollect forget`: take messages out of the memory, after showing which."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode, StoppedError
from assistant.commands import named
from memory.errors import UsageError

if TYPE_CHECKING:
    from assistant.app import Assistant
    from assistant.cli.terminal import Terminal
    from assistant.forgetting import Doomed
    from memory.memory import Memory
    from memory.types import Forgotten

_PREVIEWED = 10
_NOT_REACHED = "Exports, backups and copies that you made before still hold it; they are yours to delete."

app = opt.typer_app()


@app.command("forget", help=named("forget").help)
def forget(
    context: typer.Context,
    *,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="Messages (with their exchange) or sessions; beginnings will do."),
    ] = None,
    about: Annotated[
        str | None, typer.Option("--about", metavar="CUE", help="Exchanges that this evokes, as recall shows them.")
    ] = None,
    most: Annotated[int, typer.Option("-k", min=1, metavar="N", help="How many --about may take.")] = 10,
    containing: Annotated[
        str | None,
        typer.Option("--containing", metavar="TEXT", help="Exchanges in which these words stand."),
    ] = None,
    since: opt.Since = None,
    until: opt.Until = None,
    everything: Annotated[bool, typer.Option("--everything", help="Forget all that this profile holds.")] = False,
    retention: Annotated[
        bool, typer.Option("--retention", help="What the settings say is too old, or too much, now.")
    ] = False,
    alone: Annotated[bool, typer.Option("--alone", help="Forget a message alone, without its exchange.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be forgotten.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    profile: opt.Profile = None,
    project: opt.Project = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> int:
    """Show what would go, ask, and forget it."""
    from assistant.cli.inputs import span_of, tidy
    from assistant.cli.terminal import Terminal
    from assistant.forgetting import Wanted, forget, meant

    span = span_of(since, until)
    _check_ways([bool(ids), about is not None, containing is not None, everything, retention], span=any(span))
    if retention and any(span):
        raise UsageError("--retention goes by the settings, not by a span of time.", "Leave out --since and --until.")
    wanted = Wanted(
        tuple(ids or ()), tidy(about or ""), most, tidy(containing or ""), *span, retention, alone, not (yes or dry_run)
    )
    terminal = Terminal(quiet=quiet)
    with opt.wish(context, profile=profile, project=project).open() as assistant:
        doomed = meant(assistant, wanted, look=dry_run)
        if doomed.doubt:
            terminal.warn(doomed.doubt)
        gone = forget(assistant, doomed.selection, dry_run=True)
        if not gone.messages:
            if json:
                _print(gone, terminal)
            terminal.say("There is nothing to forget.")
            return ExitCode.FINE
        if not json or not (yes or dry_run):
            _preview(doomed, gone, assistant.memory, terminal)
        if not dry_run:
            if not (yes or _sure(gone, assistant.memory)):
                terminal.warn("Nothing was forgotten.")
                return ExitCode.FAILED
            gone = _forget(assistant, doomed, asked=not yes)
    if json:
        _print(gone, terminal)
    else:
        terminal.raw(f"{'would forget' if dry_run else 'forgot'} {_count(gone)}")
    return ExitCode.FINE


def _forget(assistant: Assistant, doomed: Doomed, *, asked: bool) -> Forgotten:
    """Forget what is meant. `asked`: the user said yes to it, and with that to the clock that it may go by."""
    from assistant.forgetting import forget

    if doomed.doubt and asked:
        from assistant.retention import believe

        believe(assistant)
    try:
        return forget(assistant, doomed.selection)
    except KeyboardInterrupt:
        raise StoppedError(
            "Interrupted while it was being forgotten.", "Say it again: what is gone already is passed over."
        ) from None


def _check_ways(ways: list[bool], *, span: bool) -> None:
    """Raises `UsageError` unless what is to be forgotten was said in one way, or by a span of time."""
    if sum(ways) > 1 or not (any(ways) or span):
        raise UsageError(
            "What is to be forgotten?",
            "Give ids from `recollect recall` or `sessions`, or one of --about, --containing, --since, --until, "
            "--everything, --retention.",
        )


def _preview(doomed: Doomed, gone: Forgotten, memory: Memory, terminal: Terminal) -> None:
    """Show what would go, on standard error where the question is asked."""
    from assistant.display import safe_line, when
    from assistant.telling import who

    for session in doomed.sessions:
        title = safe_line(session.title, 60) or "without a title"
        terminal.tell(f"session {session.id}: {title}, {session.messages} messages, last {when(session.last)}")
    if doomed.selection.everything and not (doomed.selection.since or doomed.selection.until):
        terminal.tell(f"All of the profile {memory.scope.key}: {_count(gone)}.")
        return
    shown = [] if doomed.sessions and not doomed.selection.messages else gone.messages
    for id_ in shown[:_PREVIEWED]:
        item = memory.find(id_)
        terminal.tell(f"{item.id}  {when(item.time)}  {who(item)}: {safe_line(item.text, 80)}")
    if len(shown) > _PREVIEWED:
        terminal.tell(f"… and {len(shown) - _PREVIEWED} more messages")


def _sure(gone: Forgotten, memory: Memory) -> bool:
    """Ask. Raises `UsageError` where nobody can answer."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"Forgetting {_count(gone)} needs a yes, and nobody can be asked.", "Add --yes, or --dry-run to look first."
        )
    typer.echo(_NOT_REACHED, err=True)
    return typer.confirm(f"Forget {_count(gone)} of {memory.scope.key} for good?", err=True)


def _count(gone: Forgotten) -> str:
    messages = f"{len(gone.messages):,} message{'' if len(gone.messages) == 1 else 's'}"
    whole = (
        f" and {len(gone.sessions):,} whole session{'' if len(gone.sessions) == 1 else 's'}" if gone.sessions else ""
    )
    return messages + whole


def _print(gone: Forgotten, terminal: Terminal) -> None:
    terminal.json({"messages": list(gone.messages), "sessions": list(gone.sessions), "dry_run": gone.dry_run})
