"""An incognito session leaves no trace: every file is as it was, and there is no new one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from memory.errors import StorageError
from memory.journal import Journal
from memory.types import NewMessage, Role, Scope

from .conftest import Cli, complained, message_line

if TYPE_CHECKING:
    from tests.servers import ScriptedServer


def files(home: Path) -> dict[str, tuple[bytes, int]]:
    """Every file and folder with what is in it and when it was changed."""
    return {
        str(path.relative_to(home)): (path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns)
        for path in [home, *home.rglob("*")]
        if path.exists()
    }


@pytest.fixture
def filled(cli: Cli, tmp_path: Path) -> None:
    lines = [message_line("My sister's dog is called Biscuit."), message_line("I play the cello.", 2)]
    (tmp_path / "talk.jsonl").write_text("\n".join(lines))
    cli("import", str(tmp_path / "talk.jsonl"))


def test_asking_writes_nothing_and_recalls(cli: Cli, filled: None, home: Path, scripted: ScriptedServer) -> None:
    before = files(home)
    ran = cli("ask", "What is my sister's dog called? Xylophone.", "--incognito", "--json")
    assert ran.json["answer"] == "Biscuit is the dog of your sister."
    assert [item["text"] for item in ran.json["recollections"]][:1] == ["My sister's dog is called Biscuit."]
    assert ran.json["session"] is None
    assert cli("--incognito", "ask", "And again?").code == 0
    assert cli("recall", "dog", env={"RECOLLECT_MEMORY_INCOGNITO": "true"}).code == 0
    assert cli("--incognito", "sessions").code == 0
    assert files(home) == before


def test_what_fails_writes_nothing_either(cli: Cli, filled: None, home: Path, scripted: ScriptedServer) -> None:
    before = files(home)
    scripted.mode = "error"
    assert cli("ask", "Xylophone?", "--incognito").code == 1
    for arguments in (
        ["forget", "--everything", "--yes"],
        ["sessions", "last", "--rename", "x"],
        ["learn"],
        ["learn", "--undo"],
    ):
        complained(cli("--incognito", *arguments), 1, "incognito")
    assert files(home) == before


def test_nothing_is_recalled_where_the_settings_say_so(
    cli: Cli, filled: None, home: Path, scripted: ScriptedServer
) -> None:
    before = files(home)
    env = {"RECOLLECT_MEMORY_INCOGNITO_RECALL": "false"}
    assert cli("ask", "My sister's dog?", "--incognito", "--json", env=env).json["recollections"] == []
    assert files(home) == before


def test_a_home_that_is_not_there_is_not_made(cli: Cli, home: Path, scripted: ScriptedServer) -> None:
    assert cli("ask", "Good morning.", "--incognito").out == "Biscuit is the dog of your sister.\n"
    assert not home.exists()


def test_what_is_not_indexed_yet_is_recalled_all_the_same(cli: Cli, filled: None, home: Path) -> None:
    journal = Journal.open(home / "memory" / "journal.db")
    journal.append(NewMessage(Role.USER, "The zeppelin lands on Tuesday.", "s"), Scope())
    journal.close()
    before = files(home)
    assert "zeppelin" in cli("--incognito", "recall", "When does the zeppelin land?").out
    assert files(home) == before


def test_what_another_process_says_meanwhile_is_seen(tmp_path: Path, wait_until: Callable[..., None]) -> None:
    path = tmp_path / "journal.db"
    Journal.open(path).close()
    looking = Journal.look(path)
    assert looking.stats()[0] == 0
    writing = Journal.open(path)
    writing.append(NewMessage(Role.USER, "One.", "s"), Scope())
    assert looking.stats()[0] == 1
    writing.append(NewMessage(Role.USER, "Two.", "s"), Scope())
    assert looking.stats()[0] == 2
    writing.close()
    assert looking.stats()[0] == 2
    with pytest.raises(StorageError, match="incognito"):
        looking.append(NewMessage(Role.USER, "Three.", "s"), Scope())
    looking.close()


def test_an_unexpected_end_is_not_logged(home: Path, filled: None) -> None:
    """A fault of the program's own in an incognito run is told, and not written down."""
    before = files(home)
    code = (
        "import assistant.app, sys; from assistant.cli.door import enter\n"
        "assistant.app.Assistant.session_id = lambda *_: 1 / 0\n"
        "enter(['ask', 'Xylophone', '--incognito', '--session', 'last'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "went wrong" in done.stderr
    assert "Nothing is written down" in done.stderr
    assert files(home) == before
