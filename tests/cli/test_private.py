"""What is kept is its user's alone: folders 0700, files 0600; what is looser is tightened, and told once."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli, message_line
from tests.servers import ScriptedServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such permissions there")


@pytest.fixture(autouse=True)
def _usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def loose(home: Path) -> list[str]:
    return [
        f"{stat.S_IMODE(path.stat().st_mode):o} {path}"
        for path in (home, *home.rglob("*"))
        if path.stat().st_mode & 0o077
    ]


def test_everything_that_is_written_is_the_users_alone(
    cli: Cli, scripted: ScriptedServer, process: Callable[..., Any], home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "talk.jsonl"
    file.write_text("\n".join(message_line(f"walnut {number}", number) for number in range(30)))
    for command in (("import", str(file)), ("ask", "What of the walnut?"), ("rebuild",), ("sessions",)):
        ran = process(*command)
        assert ran.wait(60) == 0, ran.stderr.read()
    assert len([path for path in home.rglob("*") if path.is_file()]) > 10
    assert any("chroma" in str(path) for path in home.rglob("*"))
    assert loose(home) == []


def test_what_is_looser_is_tightened_and_told_once(cli: Cli, scripted: ScriptedServer, home: Path) -> None:
    assert cli("ask", "Hello walnut").code == 0
    (home / "config.toml").write_text("")
    for path in (home, home / "memory", home / "memory" / "journal.db", home / "config.toml"):
        path.chmod(path.stat().st_mode | 0o044)
    ran = cli("recall", "walnut")
    assert f"Others on this machine could have opened {home} and 3 more; now they are yours alone." in ran.err
    assert loose(home) == []
    assert "Others" not in cli("recall", "walnut").err


def test_links_and_what_is_not_there_are_left(home: Path, tmp_path: Path) -> None:
    from memory.folders import tighten

    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("x")
    elsewhere.chmod(0o644)
    home.mkdir(mode=0o700)
    (home / "link").symlink_to(elsewhere)
    (home / "dangling").symlink_to(tmp_path / "nowhere")
    assert tighten([home, tmp_path / "nothing"], [tmp_path / "none"]) == []
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644
