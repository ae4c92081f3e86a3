"""`recollect learn`: fit recall to the verdicts given so far, or go back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode
from assistant.commands import named

if TYPE_CHECKING:
    from assistant.cli.terminal import Terminal
    from memory.recall.learning import Learned

app = opt.typer_app()


@app.command("learn", help=named("learn").help)
def learn(
    context: typer.Context,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Go back to what held before the last learning.")] = False,
    profile: opt.Profile = None,
    project: opt.Project = None,
    json: opt.Json = False,
) -> int:
    """Learn and say what came of it, or undo the last learning."""
    from assistant.cli.terminal import Terminal

    terminal = Terminal()
    with opt.wish(context, profile=profile, project=project).open() as assistant:
        memory = assistant.memory
        if undo:
            gone = memory.unlearn()
            if json:
                terminal.json({"undone": dict(gone.provenance) if gone else None})
            elif gone:
                terminal.raw(f"undid what was learned on {gone.provenance.get('learned', 'an unknown day')}")
            else:
                terminal.raw("nothing was learned; the weights of the package hold")
            return ExitCode.FINE
        _tell(memory.learn(), terminal, as_json=json)
    return ExitCode.FINE


def _tell(found: Learned, terminal: Terminal, *, as_json: bool) -> None:
    if as_json:
        weights = {name: round(value, 4) for name, value in found.personal.weights.items()}
        about = {"slope": round(found.personal.slope, 4), "weights": weights}
        terminal.json({**found.personal.provenance, **about, "questions": found.questions})
        return
    part = "" if found.strength == 1 else f", at {found.strength:.0%} of its strength so as to do no harm"
    terminal.raw(f"learned from {found.useful} useful and {found.wrong} wrong{part}")
    terminal.raw(f"your pairs in the right order: {found.right_before:.0%} before, {found.right_after:.0%} now")
    terminal.raw(
        f"check on {found.questions} public questions, evidence in the first ten: "
        f"{found.check_before:.1%} before, {found.check_after:.1%} now"
    )
    terminal.say("`recollect learn --undo` goes back.")
