from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .conftest import Cli, complained

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import ScriptedServer


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "checks.jsonl"
    lines = [
        {"prompt": "My sister Ana adopted a puppy named Biscuit.", "session": "monday"},
        {"prompt": "What is the name of my sister's puppy?", "session": "tuesday", "expect": "biscuit"},
        {"prompt": "And mine?", "session": "tuesday", "expect": ["Rex", "dog"]},
    ]
    file.write_text("\n".join(json.dumps(line) for line in lines))
    return file


def test_paragraphs_are_said_in_one_session(cli: Cli, scripted: ScriptedServer, tmp_path: Path) -> None:
    scripted.answers = ["Kept.", "It is 2580."]
    file = tmp_path / "questions.txt"
    file.write_text("The alarm code of the summer house is 2580.\n\nWhat is the alarm code\nof the summer house?\n")
    ran = cli("run", str(file))
    assert ran.code == 0
    assert ran.out == (
        "> The alarm code of the summer house is 2580.\nKept.\n\n"
        "> What is the alarm code\n> of the summer house?\nIt is 2580.\n"
    )
    assert ran.err == ""
    (session,) = cli("sessions", "--json").json["sessions"]
    assert session["messages"] == 4


def test_sessions_are_kept_apart_and_expectations_are_checked(cli: Cli, scripted: ScriptedServer, script: Path) -> None:
    scripted.answers = ["Noted.", "BISCUIT, I think.", "Your dog has no name."]
    ran = cli("run", str(script), "--json")
    assert ran.code == 1
    first, second, third = ran.lines
    assert first["session"] != second["session"] == third["session"]
    assert (first["ok"], second["ok"], third["ok"]) == (True, True, False)
    assert third["missing"] == ["Rex"]
    assert any("named Biscuit" in item["text"] for item in second["recollections"])
    assert "line 3: the answer does not contain 'Rex'" in ran.err
    assert "3 of 3 prompts said, 1 of 2 answers as expected" in ran.err


def test_all_as_expected_is_fine(cli: Cli, scripted: ScriptedServer, script: Path) -> None:
    scripted.answers = ["Biscuit, a dog; yours is Rex."]
    ran = cli("run", str(script), "-v")
    assert ran.code == 0
    assert "3 of 3 prompts said, 2 of 2 answers as expected" in ran.err


def test_a_failed_answer_ends_it_unless_it_is_to_go_on(cli: Cli, scripted: ScriptedServer, script: Path) -> None:
    scripted.answers = ["Biscuit, a dog; yours is Rex."]
    scripted.modes.extend(["ok", "500", "ok"])
    scripted.mode = "ok"
    ran = cli("run", str(script), "--json", "--keep-going")
    assert ran.code == 1
    assert [line["ok"] for line in ran.lines] == [True, False, True]
    assert ran.lines[1]["error"]
    assert "1 failed" in ran.err
    scripted.modes.extend(["404"])
    ran = cli("run", str(script), "--json")
    assert [line["ok"] for line in ran.lines] == [False]
    assert "1 of 3 prompts said" in ran.err


def test_a_session_that_is_there_goes_on(cli: Cli, scripted: ScriptedServer, tmp_path: Path) -> None:
    there = cli("ask", "--json", "I live in Graz.").json["session"]
    file = tmp_path / "more.txt"
    file.write_text("Where do I live?")
    assert cli("run", str(file), "--json", "--session", "last").lines[0]["session"] == there
    lines = tmp_path / "more.jsonl"
    lines.write_text(json.dumps({"prompt": "And now?", "session": there}))
    assert cli("run", str(lines), "--json").lines[0]["session"] == there


def test_nothing_need_be_remembered(cli: Cli, scripted: ScriptedServer) -> None:
    assert cli("run", "-", "--no-remember", stdin="One?\n\nTwo?").code == 0
    assert cli("sessions", "--json").json["sessions"] == []


def test_a_wrong_line_is_named_before_anything_is_said(cli: Cli, scripted: ScriptedServer, script: Path) -> None:
    script.write_text(script.read_text() + '\n{"prompt": "x", "expects": "y"}')
    complained(cli("run", str(script)), 2, "checks.jsonl:4", "'expect'")
    assert scripted.bodies == []
