"""`recollect feedback`: say what a recollection was worth, take it back, or list what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode
from assistant.commands import named
from memory.errors import UsageError
from memory.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.cli.terminal import Terminal
    from memory.memory import Memory
    from memory.types import Feedback, Message

_NONE = "none"
_VERDICTS = (*Verdict, _NONE)

app = opt.typer_app()


@app.command("feedback", help=named("feedback").help)
def feedback(
    context: typer.Context,
    *,
    message: Annotated[
        str | None, typer.Argument(metavar="ID", help="The message that was recalled; its beginning will do.")
    ] = None,
    verdict: Annotated[
        str | None,
        typer.Argument(metavar="VERDICT", help="useful, wrong, outdated, never (again); none takes it back."),
    ] = None,
    cue: Annotated[
        str, typer.Option("--cue", metavar="TEXT", help="What it was recalled for; without it, whatever the cue.")
    ] = "",
    limit: Annotated[int, typer.Option("-n", min=1, metavar="N", help="How many to list.")] = 50,
    embeddings: opt.Embeddings = None,
    profile: opt.Profile = None,
    project: opt.Project = None,
    json: opt.Json = False,
    quiet: opt.Quiet = False,
) -> int:
    """Keep a verdict, or list those that hold."""
    from assistant.clean import clean
    from assistant.cli.inputs import tidy
    from assistant.cli.terminal import Terminal

    given = _verdict(verdict)
    about = clean(tidy(cue)).strip()
    if message is None and about:
        raise UsageError("Which message is it about?", "Write: recollect feedback ID VERDICT --cue TEXT.")
    terminal = Terminal(quiet=quiet)
    with opt.wish(context, embeddings=embeddings, profile=profile, project=project).open() as assistant:
        memory = assistant.memory
        found = memory.find(message) if message is not None else None
        if found is None or verdict is None:
            _list(memory, memory.feedback_of(found.id if found else "", limit), terminal, as_json=json)
            return ExitCode.FINE
        if given is not None and about:
            with terminal.progress() as progress:
                assistant.prepare(progress)
        replaced = memory.feedback(found.id, given, about)
        _tell(memory, found, given, replaced, terminal, as_json=json)
    return ExitCode.FINE


def _verdict(name: str | None) -> Verdict | None:
    """The verdict of this name; None for "none" and for no name. Raises `UsageError` that says the nearest."""
    if name is None or name.lower() == _NONE:
        return None
    try:
        return Verdict(name.lower())
    except ValueError as error:
        import difflib

        near = difflib.get_close_matches(name.lower(), _VERDICTS, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(_VERDICTS)}."
        raise UsageError(f"There is no verdict {name!r}.", hint) from error


def _tell(
    memory: Memory,
    message: Message,
    given: Verdict | None,
    replaced: Sequence[Feedback],
    terminal: Terminal,
    *,
    as_json: bool,
) -> None:
    """Say what holds now, and what holds no longer because of it."""
    from assistant.cli import shape

    standing = memory.feedback_of(message.id)
    if as_json:
        lists = {"holds": standing, "replaced": replaced}
        shown = {name: [shape.feedback(each) for each in items] for name, items in lists.items()}
        terminal.json({"message": message.id, "verdict": given.value if given else _NONE, **shown})
        return
    before = ", ".join(dict.fromkeys(each.verdict.value for each in replaced))
    if given is None:
        terminal.raw(f"{message.id}  {f'no longer {before}' if before else 'nothing was said of it'}")
    else:
        instead = f" (instead of {before})" if before and before != given.value else ""
        terminal.raw(f"{message.id}  {given.value}{instead}")
    if given is not Verdict.NEVER and any(each.verdict is Verdict.NEVER for each in standing):
        terminal.warn(
            f"It still never comes back, as you said for another cue; `recollect feedback {message.id} none` ends that."
        )


def _list(memory: Memory, items: Sequence[Feedback], terminal: Terminal, *, as_json: bool) -> None:
    from assistant.cli import shape
    from assistant.display import safe_line, when

    if as_json:
        terminal.json({"feedback": [shape.feedback(each) for each in items]})
        return
    rows = [
        (
            each.message_id,
            each.verdict.value,
            when(each.time),
            safe_line(each.cue, 40) or "-",
            safe_line(memory.find(each.message_id).text, 200),
        )
        for each in items
    ]
    if rows:
        terminal.table(("message", "verdict", "said", "cue", "text"), rows)
    else:
        terminal.say("No verdict was given yet.")
