"""`recollect export` and `import` of it: to a file, into a pipe, to read, in part, and what is refused."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Cli, complained, message_line


@pytest.fixture
def filled(cli: Cli, tmp_path: Path) -> None:
    lines = [
        message_line("I play the cello.", 1, time="2026-03-02T09:00:00"),
        message_line("# Not a heading\n<b>\x1b[31m", 2, session="april", time="2026-04-02T09:00:00"),
        message_line("Since when?", 3, role="assistant", time="2026-04-03T09:00:00"),
    ]
    (tmp_path / "talk.jsonl").write_text("\n".join(lines))
    cli("import", str(tmp_path / "talk.jsonl"))
    cli("sessions", "diary/april", "--rename", "A [title]")


def said(text: str) -> list[str]:
    return [one["text"] for one in map(json.loads, text.splitlines()) if one["type"] == "message"]


def test_a_file_goes_out_and_comes_back(cli: Cli, filled: None, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    assert cli("export", str(file)).out == f"exported 3 messages to {file}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []
    assert cli("export").out == file.read_text()
    assert cli("import", str(file)).out == "imported 0 new messages, 3 known already\n"
    new = {"RECOLLECT_HOME": str(tmp_path / "new")}
    done = cli("import", "-", "--json", stdin=file.read_bytes(), env=new).json
    assert (done["format"], done["added"], done["wrong"]) == ("recollect", 3, 0)
    assert cli("export", env=new).out == file.read_text()
    assert "cello" in cli("recall", "cello", env=new).out


def test_a_part_of_it(cli: Cli, filled: None) -> None:
    assert said(cli("export", "--session", "diary/march").out) == ["I play the cello.", "Since when?"]
    assert said(cli("export", "--since", "April 2026").out) == ["# Not a heading\n<b>\x1b[31m", "Since when?"]
    assert said(cli("export", "--until", "2026-03").out) == ["I play the cello."]
    assert said(cli("export", "--profile", "work").out) == []


def test_markdown_is_for_reading(cli: Cli, filled: None, tmp_path: Path) -> None:
    file = tmp_path / "all.md"
    assert cli("export", str(file), "--json").json == {"file": str(file), "format": "md", "messages": 3}
    text = file.read_text()
    assert "## A \\[title\\]\n\nSession `diary/april`" in text
    assert "\n> # Not a heading\n> <b>␛[31m\n" in text
    assert "**Lea** · " in text
    assert cli("export", "--format", "md").out == text


def test_nothing_is_written_over_unless_asked(cli: Cli, filled: None, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("precious")
    complained(cli("export", str(file)), 2, "there already", "--force")
    complained(cli("export", str(tmp_path)), 2, "folder")
    complained(cli("export", str(tmp_path / "no" / "such.jsonl")), 2, "cannot be written")
    complained(cli("export", "/dev/full", "--force"), 2, "no file")
    complained(cli("export", str(file), "--force", "--format", "odt"), 2, "odt", "jsonl")
    assert file.read_text() == "precious"
    assert cli("export", str(file), "--force").code == 0
    assert len(said(file.read_text())) == 3


def test_profiles_go_out_together_and_come_back_apart(cli: Cli, filled: None, tmp_path: Path) -> None:
    line = message_line("The budget is due.", 9)
    cli("import", "-", "--profile", "work", "--project", "garden", stdin=line)
    file = tmp_path / "all.jsonl"
    cli("export", "--all-profiles", str(file))
    new = {"RECOLLECT_HOME": str(tmp_path / "new")}
    complained(cli("import", str(file), env=new), 2, "--all-profiles")
    assert cli("import", str(file), "--all-profiles", "--json", env=new).json["added"] == 4
    assert said(cli("export", "--profile", "work", "--project", "garden", env=new).out) == ["The budget is due."]
    assert cli("export", "--all-profiles", env=new).out == file.read_text()


def test_what_cannot_be_read_is_named(cli: Cli, filled: None, tmp_path: Path) -> None:
    file = tmp_path / "all.jsonl"
    cli("export", str(file))
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:4], lines[4][:-5], *lines[5:]]))
    new = {"RECOLLECT_HOME": str(tmp_path / "new")}
    strict = cli("import", str(file), "--strict", env=new)
    assert (strict.code, strict.out) == (1, "")
    assert cli("sessions", "--json", env=new).json["sessions"] == []
    ran = cli("import", str(file), env=new)
    assert (ran.code, ran.out) == (1, "imported 2 new messages\n")
    assert f"{file}:5: it is not JSON" in ran.err
    file.write_text("\n".join(lines).replace('"version": 2', '"version": 7'))
    complained(cli("import", str(file), env=new), 2, "newer recollect")
    complained(cli("import", str(tmp_path / "talk.jsonl"), "--format", "recollect"), 2, "no export")
    complained(cli("import", str(tmp_path / "talk.jsonl"), "--foreign"), 2, "--foreign")


def test_an_export_that_is_broken_off_leaves_nothing(
    cli: Cli, filled: None, tmp_path: Path, process: Callable[..., subprocess.Popen[str]]
) -> None:
    file = tmp_path / "all.jsonl"
    full = process("export", str(file), preexec_fn=_little_room)
    assert full.wait(60) == 1
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".all", "all"))]


def _little_room() -> None:
    """No file may grow beyond a hundred bytes in this process: as if the disk were full."""
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
