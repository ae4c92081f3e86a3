"""`recollect models`: which model files are here, which can be pulled, and which of them this machine could run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode
from assistant.commands import named

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.cli.terminal import Terminal
    from assistant.models.library import Entry

app = opt.typer_app(help=named("models").help, invoke_without_command=True)


@app.callback()
def models(context: typer.Context, *, json: opt.Json = False) -> int:
    """List what is here and what can be pulled."""
    if context.invoked_subcommand is not None:
        return ExitCode.FINE
    from assistant.cli.terminal import Terminal
    from assistant.models.library import listing

    terminal = Terminal()
    entries = listing(_folder())
    if json:
        terminal.json({"folder": str(_folder()), "models": [_shape(entry) for entry in entries]})
    else:
        _show(entries, terminal)
    return ExitCode.FINE


@app.command("pull", help="Pull models by name, path or hf:owner/repo/file.gguf")
def pull(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="What to pull.")] = None,
    *,
    defaults: Annotated[bool, typer.Option("--defaults", help="The default chat model and the embedder.")] = False,
    quiet: opt.Quiet = False,
) -> int:
    """Pull models, those that are here already excepted."""
    from assistant.cli.inputs import tidy
    from assistant.cli.terminal import Terminal
    from assistant.models import catalogue, library
    from memory.errors import UsageError

    wanted = [*([catalogue.DEFAULT, "local"] if defaults else []), *map(tidy, names or ())]
    if not wanted:
        raise UsageError(
            "Which model is to be pulled?", "`recollect models` lists them; --defaults pulls what is needed."
        )
    terminal = Terminal(quiet=quiet)
    for name in wanted:
        with terminal.progress() as progress:
            path = library.pull(name, _folder(), progress)
        if not quiet:
            terminal.data(f"{name} is in {path}")
    return ExitCode.FINE


@app.command("rm", help="Remove the files of models; they can be pulled again")
def remove(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="What to remove.")],
    *,
    quiet: opt.Quiet = False,
) -> int:
    """Remove models; exit code 1 when one was not here."""
    from assistant.cli.inputs import tidy
    from assistant.cli.terminal import Terminal
    from assistant.display import size
    from assistant.models import library

    terminal = Terminal(quiet=quiet)
    code = ExitCode.FINE
    for name in map(tidy, names):
        taken = sum(entry.size for entry in library.listing(_folder()) if entry.here and entry.name == name)
        removed = library.remove(name, _folder())
        if not removed:
            terminal.warn(f"{name} is not here.")
            code = ExitCode.FAILED
        elif not quiet:
            terminal.data(f"removed {name}" + (f" ({size(taken)})" if taken else ""))
    return code


@app.command("key", help="Keep a provider's API key in the system's keyring, or take it out again")
def key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="openai, anthropic, …; server for one of your own.")],
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Take it out of the keyring.")] = False,
    quiet: opt.Quiet = False,
) -> int:
    """Read the key from a hidden prompt, or from a pipe, and keep it."""
    import sys

    from assistant import keys
    from assistant.cli.inputs import STANDARD_INPUT, read_text, tidy
    from assistant.cli.terminal import Terminal
    from assistant.locations import locations

    variable, file = keys.variable(tidy(name)), locations(os.environ).keys_file
    terminal = Terminal(quiet=quiet)
    if remove:
        if not keys.drop(variable, file):
            terminal.warn(f"{variable} is not in the keyring.")
            return ExitCode.FAILED
        terminal.say(f"{variable} is no longer in the keyring")
        return ExitCode.FINE
    asked = sys.stdin.isatty()
    given = (
        typer.prompt(f"{variable}", hide_input=True, err=True) if asked else read_text(sys.stdin.buffer, STANDARD_INPUT)
    )
    keys.put(variable, given, file)
    terminal.say(f"{variable} is kept in the keyring; the environment wins where it has one too")
    return ExitCode.FINE


def _folder() -> Path:
    from assistant.locations import locations

    return locations(os.environ).models


def _show(entries: list[Entry], terminal: Terminal) -> None:
    from assistant.display import size

    head = ("name", "kind", "here", "size", "memory", "runs here", "licence, or where it is from")
    rows = [
        (
            entry.name + (" (default)" if entry.default else ""),
            entry.kind,
            "yes" if entry.here else "-",
            size(entry.size) if entry.size else "-",
            size(entry.memory) if entry.memory else "-",
            entry.fit.value if entry.fit else "-",
            entry.licence or entry.title or "-",
        )
        for entry in entries
    ]
    terminal.table(head, rows, right=(3, 4))
    terminal.say("`recollect models pull NAME` gets one, and `--model NAME` or model in config.toml uses it")


def _shape(entry: Entry) -> dict[str, object]:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "title": entry.title,
        "here": entry.here,
        "path": str(entry.path) if entry.path else None,
        "bytes": entry.size,
        "licence": entry.licence,
        "parameters": entry.parameters or None,
        "context": entry.context or None,
        "memory": entry.memory or None,
        "fit": entry.fit.value if entry.fit else None,
        "default": entry.default,
    }
