"""`recollect stores`: which vector stores there are, and whether one of them does what it must."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode
from assistant.commands import named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.cli.terminal import Terminal
    from memory.testing import Outcome

app = opt.typer_app(help=named("stores").help, invoke_without_command=True)


@app.callback()
def stores(context: typer.Context, *, json: opt.Json = False) -> int:
    """List the stores that are installed, and which is in use; loads none of them."""
    if context.invoked_subcommand is not None:
        return ExitCode.FINE
    from assistant.cli.terminal import Terminal
    from memory.registry import registered_stores

    terminal = Terminal()
    used, _ = _used(context)
    found = registered_stores()
    if json:
        rows = [{"name": each.name, "path": each.path, "package": each.package} for each in found]
        terminal.json({"used": used, "stores": rows})
    else:
        table = [(each.name, "yes" if each.name == used else "-", each.package, each.path) for each in found]
        terminal.table(("name", "in use", "package", "class"), table)
        terminal.say("`recollect stores check NAME` tries one out, and store below [memory] in config.toml chooses it")
    return ExitCode.FINE


@app.command("check", help="Do everything with a store that a store must do, in a place of its own")
def check(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Which; the one in use by default.")] = None,
    *,
    json: opt.Json = False,
) -> int:
    """Run every check and print what each found; exit code 1 when one fails."""
    from assistant.cli.inputs import tidy
    from assistant.cli.terminal import Terminal
    from memory.registry import load_store
    from memory.testing import CHECKS, run_checks

    terminal = Terminal()
    used, options = _used(context)
    name = tidy(name) if name else used
    kind = load_store(name)
    outcomes = []
    with terminal.progress() as progress:
        for outcome in run_checks(kind, options if name == used else {}):
            outcomes.append(outcome)
            progress(len(outcomes), len(CHECKS), f"checking {name}")
    fails = [outcome for outcome in outcomes if outcome.failed]
    if json:
        terminal.json({"store": name, "passes": not fails, "checks": [_shape(outcome) for outcome in outcomes]})
    else:
        _show(name, outcomes, terminal)
    return ExitCode.FAILED if fails else ExitCode.FINE


def _used(context: typer.Context) -> tuple[str, Mapping[str, object]]:
    """The store that the settings name, with its options."""
    from assistant.config import load_settings
    from assistant.locations import locations

    settings = load_settings(locations(os.environ), os.environ, opt.wish(context).overrides)
    return settings.memory.store, settings.memory.store_options


def _show(name: str, outcomes: list[Outcome], terminal: Terminal) -> None:
    rows = []
    for outcome in outcomes:
        said = f"{outcome.check.says} {'But ' if outcome.failed else ''}{outcome.detail}".rstrip()
        rows.append((outcome.result.value, outcome.check.name, f"{outcome.seconds:.2f} s", said))
    terminal.table(("result", "check", "time", "what must hold"), rows, right=(2,), cut=False)
    fails = sum(outcome.failed for outcome in outcomes)
    passed = sum(outcome.held for outcome in outcomes)
    rest = len(outcomes) - fails - passed
    terminal.data(
        f"{name}: {passed} of {passed + fails} checks hold" + (f", and {rest} do not apply" if rest else "") + "."
    )


def _shape(outcome: Outcome) -> dict[str, object]:
    return {
        "name": outcome.check.name,
        "says": outcome.check.says,
        "result": outcome.result.value,
        "detail": outcome.detail,
        "seconds": round(outcome.seconds, 3),
    }
