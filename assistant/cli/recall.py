"""`recollect recall`: what a cue evokes. No chat model is started."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode
from assistant.commands import named

if TYPE_CHECKING:
    from datetime import datetime

    from assistant.cli.terminal import Terminal
    from memory.types import Recall, Recollection

_SHOWN_LINES = 4

app = opt.typer_app()


@app.command("recall", help=named("recall").help)
def recall(
    context: typer.Context,
    *,
    cue: Annotated[list[str] | None, typer.Argument(metavar="CUE", help="Any text; or pipe it in.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, metavar="N", help="How many memories at most.")] = 10,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="DATE", help="Only what was known then: 2027-03-03, last month, …"),
    ] = None,
    embeddings: opt.Embeddings = None,
    profile: opt.Profile = None,
    project: opt.Project = None,
    fail_if_nothing: opt.FailIfNothing = False,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
    verbose: opt.Verbose = False,
) -> int:
    """Print what the cue evokes, best first."""
    from assistant.clean import clean
    from assistant.cli import shape
    from assistant.cli.inputs import given
    from assistant.cli.terminal import Terminal
    from assistant.cli.turns import prepare

    text = clean(given(" ".join(cue or ()), "cue", argument_alone=True))
    terminal = Terminal(quiet=quiet, verbose=verbose)
    then = _moment(as_of) if as_of is not None else None
    with opt.wish(context, embeddings=embeddings, profile=profile, project=project).open() as assistant:
        memory = assistant.memory
        prepare(assistant, terminal)
        found = memory.recall(text, k=k, as_of=then)
    for note in found.notes:
        terminal.warn(note)
    if json:
        items = shape.recollections(found.recollections)
        about = {"cue": found.cue} | ({"as_of": then.isoformat()} if then else {})
        known = None if found.answerable is None else round(found.answerable, 3)
        terminal.json({**about, "answerable": known, "recollections": items, "timings": shape.timings(found.timings)})
    else:
        _show(found, terminal)
    return ExitCode.NOTHING if fail_if_nothing and not found.recollections else ExitCode.FINE


def _moment(date: str) -> datetime:
    """The moment meant by a date, in this machine's zone. Raises `UsageError` for what is none."""
    from datetime import datetime

    from assistant.cli.inputs import tidy
    from memory.recall.when import moment

    return moment(tidy(date), datetime.now().astimezone())


def _show(found: Recall, terminal: Terminal) -> None:
    for number, item in enumerate(found.recollections, 1):
        if number > 1:
            terminal.raw()
        _show_one(number, item, terminal)
    if not found.recollections:
        terminal.say("Nothing relevant is remembered.", style="yellow")
    total = found.timings.get("total")
    if total is not None:
        terminal.say(f"{len(found.recollections)} of {found.considered} candidates in {total:.0f} ms")


def _show_one(number: int, item: Recollection, terminal: Terminal) -> None:
    from assistant.display import safe_line, when
    from assistant.telling import who

    message = item.message
    head = f"{when(message.time)}  {who(message)}"
    about = f"  {item.score:.2f}  {message.id}  session {safe_line(message.session, 40)}"
    terminal.raw(f"{number:2}  {terminal.paint(head, 'bold')}{terminal.paint(about, 'dim')}")
    for line in _wrapped(message.text, terminal):
        terminal.raw(f"    {line}")
    terminal.raw("    " + terminal.paint(safe_line(f"why: {item.why.sentence()}", max(0, terminal.width - 4)), "cyan"))


def _wrapped(text: str, terminal: Terminal) -> list[str]:
    """The text in lines: on a terminal the first few, filled to its width; into a pipe all of them, as they are."""
    from assistant.display import safe

    if not terminal.width:
        return text.splitlines()
    lines = [
        part for line in safe(text).splitlines() for part in textwrap.wrap(line, max(20, terminal.width - 4)) or [""]
    ]
    return lines if len(lines) <= _SHOWN_LINES else [*lines[: _SHOWN_LINES - 1], f"{lines[_SHOWN_LINES - 1]} …"]
