"""The command line as a whole: options before a command, the list of commands, each loaded when it is asked for."""

from __future__ import annotations

import difflib
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from assistant.cli import options as opt
from assistant.commands import Group, cli_commands

MODULES = {
    "ask": "ask",
    "run": "run",
    "sessions": "sessions",
    "recall": "recall",
    "spark": "spark",
    "map": "map",
    "feedback": "feedback",
    "learn": "learn",
    "forget": "forget",
    "export": "export",
    "import": "imports",
    "rebuild": "rebuild",
    "doctor": "doctor",
    "backup": "backup",
    "restore": "restore",
    "stores": "stores",
    "bench": "bench",
    "models": "models",
    "config": "config",
    "where": "where",
}
"""Name of a command -> the module of this package whose `app` it is."""


class _Commands(TyperGroup):
    """Knows the commands from the registry and builds the one that is wanted, so that help and start-up stay quick."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - Typer's signature
        """The names, in the registry's order."""
        return [command.name for command in cli_commands()]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - Typer's signature
        """The command of this name; for a wrong one the nearest is said."""
        if cmd_name in MODULES:
            return typer.main.get_command(import_module(f"assistant.cli.{MODULES[cmd_name]}").app)
        if not cmd_name.startswith("-"):
            near = difflib.get_close_matches(cmd_name, MODULES, n=1)
            more = f" Did you mean {near[0]!r}?" if near else f' To ask something: recollect ask "{cmd_name} …".'
            ctx.fail(f"There is no command {cmd_name!r}.{more}")
        return None

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002 - Typer's signature
        """List the commands under the headings of their groups."""
        for group in Group:
            rows = [(command.name, command.help) for command in cli_commands() if command.group is group]
            if rows:
                with formatter.section(group.value):
                    formatter.write_dl(rows, col_max=12)


app = opt.typer_app(cls=_Commands)


def command() -> Any:  # noqa: ANN401 - Typer does not publish the type
    """The whole command line, ready to be given arguments."""
    return typer.main.get_command(app)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"recollect {version('recollect')}")
        except PackageNotFoundError:
            typer.echo("recollect (not installed)")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    help="A personal assistant in the terminal that remembers by association.\n\n"
    "Without a command the conversation opens in the terminal.",
)
def start(
    context: typer.Context,
    *,
    model: opt.Model = None,
    base_url: opt.BaseUrl = None,
    embeddings: opt.Embeddings = None,
    profile: opt.Profile = None,
    project: opt.Project = None,
    session: opt.SessionId = None,
    incognito: opt.Incognito = False,
    plain: Annotated[bool, typer.Option("--plain", help="Line by line, also for screen readers.")] = False,
    inline: Annotated[bool, typer.Option("--inline", help="Below what stands in the terminal, which stays.")] = False,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> int:
    """Without a command: the conversation."""
    context.obj = opt.wish(
        context,
        model=model,
        base_url=base_url,
        embeddings=embeddings,
        profile=profile,
        project=project,
        incognito=incognito,
    )
    if context.invoked_subcommand is not None:
        return 0
    from assistant.cli.talk import talk

    return talk(context.obj.model or "", context.obj.overrides, session, plain=plain, inline=inline)
