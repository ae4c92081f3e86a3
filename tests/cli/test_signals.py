"""Ctrl-C, requests to end, and readers that leave: in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from .conftest import Cli, message_line

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import ScriptedServer

Start = Callable[..., "subprocess.Popen[str]"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")


def ended(running: subprocess.Popen[str], code: int) -> tuple[str, str]:
    out, err = running.communicate(timeout=60)
    assert running.returncode == code, err
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    return out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_answer_is_kept_and_marked(
    cli: Cli, process: Start, scripted: ScriptedServer, number: signal.Signals
) -> None:
    scripted.mode = "slow"
    running = process("ask", "Who is Biscuit?")
    assert running.stdout
    assert os.read(running.stdout.fileno(), 100) == b"Biscuit"
    running.send_signal(number)
    out, err = ended(running, 130)
    assert out == "\n"
    assert err.startswith("recollect: Interrupted.")
    said = cli("sessions", "last", "--json").json["messages"]
    assert [(m["role"], m["status"], m["text"].strip()) for m in said] == [
        ("user", "complete", "Who is Biscuit?"),
        ("assistant", "stopped", "Biscuit"),
    ]


def test_a_question_is_kept_when_it_is_stopped_before_the_first_word(
    cli: Cli, process: Start, scripted: ScriptedServer
) -> None:
    scripted.mode = "hang"
    running = process("ask", "--json", "Who is Biscuit?")
    assert scripted.asked.wait(60)
    running.send_signal(signal.SIGINT)
    out, _ = ended(running, 130)
    assert json.loads(out)["answer"] == ""
    (said,) = cli("sessions", "last", "--json").json["messages"]
    assert said["text"] == "Who is Biscuit?"


def test_a_stopped_script_ends_with_what_had_come(process: Start, scripted: ScriptedServer, tmp_path: Path) -> None:
    scripted.modes.extend(["ok", "slow"])
    file = tmp_path / "script.txt"
    file.write_text("One?\n\nTwo?\n\nThree?\n")
    running = process("run", "--json", str(file))
    assert running.stdout
    first = json.loads(running.stdout.readline())
    while len(scripted.bodies) < 2:
        scripted.asked.wait(0.01)
    running.send_signal(signal.SIGTERM)
    out, err = ended(running, 130)
    assert first["ok"]
    assert len(scripted.bodies) == 2
    assert [json.loads(line)["ok"] for line in out.splitlines()] == [False]
    assert "2 of 3 prompts" in err


def test_an_interrupted_import_keeps_what_was_written_and_goes_on(cli: Cli, process: Start) -> None:
    running = process("import", "-", stdin=subprocess.PIPE)
    assert running.stdin
    for number in range(1200):
        running.stdin.write(message_line(f"This is remark {number}.", number) + "\n")
    running.stdin.flush()
    while not (listed := cli("sessions", "--json").json["sessions"]) or listed[0]["messages"] < 500:
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    _, err = ended(running, 130)
    assert "Interrupted" in err
    kept = cli("sessions", "--json").json["sessions"][0]["messages"]
    assert 500 <= kept <= 1200
    lines = "\n".join(message_line(f"This is remark {number}.", number) for number in range(450, 550))
    again = cli("import", "-", "--json", stdin=lines).json
    assert again["known"] >= 50
    assert again["added"] + again["known"] == 100


def test_a_reader_that_leaves_ends_it_quietly(process: Start, cli: Cli, tmp_path: Path) -> None:
    running = process("config", "--template")
    assert running.stdout
    running.stdout.close()
    running.wait(timeout=60)
    assert running.stderr
    assert running.stderr.read() == ""
    assert running.returncode == 0


def test_a_reader_that_leaves_an_answer_loses_nothing(process: Start, cli: Cli, scripted: ScriptedServer) -> None:
    scripted.mode = "slow"
    running = process("ask", "Who is Biscuit?")
    assert running.stdout
    assert running.stdout.read(1) == "B"
    running.stdout.close()
    scripted.go.set()
    running.wait(timeout=60)
    assert running.stderr
    assert running.stderr.read() == ""
    said = cli("sessions", "last", "--json").json["messages"]
    assert [m["role"] for m in said] == ["user", "assistant"]
    assert said[1]["text"].startswith("Biscuit")


def test_a_closed_standard_output_is_said(process: Start) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$0" -m assistant.cli where >&-', sys.executable],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("recollect: Standard output is closed.")
    assert "Traceback" not in done.stderr


def test_closed_input_and_error_streams_do_no_harm(process: Start) -> None:
    done = subprocess.run(
        ["sh", "-c", '"$0" -m assistant.cli where <&- 2>&-', sys.executable],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert "journal" in done.stdout
