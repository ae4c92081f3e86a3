"""Start-up: what is listed, what is imported, how little a command needs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from assistant.cli.app import MODULES
from assistant.commands import COMMANDS, cli_commands, named, slash_commands

if TYPE_CHECKING:
    from .conftest import Cli

HEAVY = ("openai", "langchain_openai", "langchain", "langchain_core", "chromadb", "xllamacpp", "textual", "onnxruntime")


def test_the_registry_and_the_command_line_agree() -> None:
    assert set(MODULES) == {command.name for command in cli_commands()}
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)
    keys = [key for command in COMMANDS for key in command.keys]
    assert len(set(keys)) == len(keys)
    assert all(command.slash or command.cli for command in COMMANDS)
    assert {"new", "sessions", "forget", "model", "help", "quit"} <= {command.name for command in slash_commands()}


def test_help_lists_every_command_with_its_help(cli: Cli) -> None:
    ran = cli("--help")
    assert ran.code == 0
    for command in cli_commands():
        assert command.help in ran.out


@pytest.mark.parametrize("name", [command.name for command in cli_commands()])
def test_every_command_has_its_own_help(cli: Cli, name: str) -> None:
    ran = cli(name, "--help")
    assert ran.code == 0
    assert named(name).help in " ".join(ran.out.split())


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("where",), ("sessions",), ("ask", "--help"), ("config",)]
)
def test_nothing_heavy_is_imported(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys\n"
        "from assistant.cli.door import enter\n"
        "try: enter(sys.argv[1:])\n"
        "except SystemExit as end: assert end.code == 0, end.code\n"
        f"print('heavy:', sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "heavy: []"


def test_help_does_not_even_load_rich_or_the_settings() -> None:
    code = (
        "import sys\n"
        "from assistant.cli.door import enter\n"
        "try: enter(['--help'])\n"
        "except SystemExit: pass\n"
        "unwanted = {'rich', 'pydantic', 'asyncio', 'sqlite3', 'assistant.app', 'assistant.config'}\n"
        "print('more:', sorted(set(sys.modules) & unwanted))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines()[-1] == "more: []"


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assistant.cli", "--version"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0
    assert done.stdout.startswith("recollect ")


def test_without_a_terminal_the_conversation_is_refused(cli: Cli) -> None:
    ran = cli()
    assert ran.code == 2
    assert "recollect ask" in ran.err
