"""`recollect config`: every setting, its value, and where that comes from."""

from __future__ import annotations

import json as jsonlib
import os
import re
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode
from assistant.commands import named

if TYPE_CHECKING:
    from assistant.cli.options import Wish
    from assistant.cli.terminal import Terminal

_PASSWORD_IN_URL = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_SECRET_NAME = re.compile(r"key|secret|passw|token|auth|credential", re.IGNORECASE)
_HIDDEN = "•••"

app = opt.typer_app()


@app.command("config", help=named("config").help)
def config(
    context: typer.Context,
    *,
    template: Annotated[bool, typer.Option("--template", help="Print a config.toml that describes them all.")] = False,
    json: opt.Json = False,
) -> int:
    """Print the settings of a run with these options and this environment."""
    from assistant.cli.terminal import Terminal
    from assistant.config import template as make_template

    terminal = Terminal()
    if template:
        terminal.data(make_template(), end="")
    else:
        _show(opt.wish(context), terminal, as_json=json)
    return ExitCode.FINE


def _show(wish: Wish, terminal: Terminal, *, as_json: bool) -> None:
    from assistant.config import describe, unknown_variables

    assistant = wish.open()
    rows = describe(assistant.settings)
    file = assistant.locations.config_file
    choice = assistant.choice
    if as_json:
        settings = [
            {
                "key": row.key,
                "value": hidden(row.value),
                "source": row.source,
                "default": row.default,
                "variable": row.variable,
                "doc": row.doc,
            }
            for row in rows
        ]
        chosen = {"name": choice.name, "why": choice.why, "local": choice.local}
        terminal.json({"file": str(file), "settings": settings, "model": chosen})
    else:
        terminal.table(("setting", "value", "from", "what it is for"), [
            (row.key, _text(hidden(row.value)), "config.toml" if row.source == str(file) else row.source, row.doc)
            for row in rows
        ])  # fmt: skip
        terminal.say(f"{file} {'is read' if file.exists() else 'is not there'}; `--template` prints one to start from")
        terminal.say(f"the model is {choice.name} ({choice.why})")
    for sentence in unknown_variables(os.environ):
        terminal.warn(sentence)


def hidden(value: object) -> object:
    """A value with every secret in it hidden: passwords in addresses, and what stands under names like `api_key`."""
    if isinstance(value, str):
        return _PASSWORD_IN_URL.sub(_HIDDEN, value)
    if isinstance(value, dict):
        return {name: _HIDDEN if _SECRET_NAME.search(str(name)) else hidden(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [hidden(inner) for inner in value]
    return value


def _text(value: object) -> str:
    """A value as it is written in config.toml, nearly; a dash for an empty one."""
    if value in ("", {}):
        return "-"
    return value if isinstance(value, str) else jsonlib.dumps(value, ensure_ascii=False)
