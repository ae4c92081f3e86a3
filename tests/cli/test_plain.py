"""`recollect --plain`: the conversation line by line, through the real program."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Cli
    from tests.servers import ScriptedServer


def test_lines_are_answered_and_commands_done(cli: Cli, scripted: ScriptedServer) -> None:
    scripted.answers = ["How lovely.", "He is called Biscuit.", "His name is Biscuit."]
    ran = cli(
        "--plain",
        stdin='My sister Ana has a puppy called Biscuit.\n/new\n"""\nWhat is the puppy\nof Ana called?\n"""\n/again\n'
        "/why\n/prompt\n/cost\n/title Puppies\n/sessions\n/help\n/quit\nnever said\n",
    )
    assert ran.code == 0, ran.err
    assert "How lovely." in ran.out
    assert ran.out.index("He is called Biscuit.") < ran.out.index("His name is Biscuit.")
    assert "My sister Ana has a puppy called Biscuit." in ran.out
    assert "shares words" in ran.out
    assert "--- user, message" in ran.out
    assert "This session: 2 answers" in ran.out
    assert "Puppies" in ran.out
    assert "/resume ID" in ran.out
    assert len(scripted.bodies) == 3
    assert "never said" not in str(scripted.bodies)
    assert "\x1b" not in ran.out + ran.err
    said = cli("sessions", "last", "--json").json["messages"]
    assert [message["text"] for message in said] == [
        "What is the puppy\nof Ana called?", "He is called Biscuit.", "His name is Biscuit.",
    ]  # fmt: skip


def test_a_session_is_gone_on_with_and_the_end_of_the_input_leaves(cli: Cli, scripted: ScriptedServer) -> None:
    cli("ask", "The key is under the mat.")
    ran = cli("--plain", "--session", "last", stdin="Where is it?")
    assert ran.code == 0
    assert "under the mat" in str(scripted.bodies[-1]["messages"])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/nosuch", "There is no command /nosuch"),
        ("/recal x", "Did you mean /recall?"),
        ("/theme", "needs the terminal interface"),
        ("/recall", "no cue"),
        ("/why", "No memory stood"),
        ("/again", "nothing was said yet"),
        ("/resume nosuch", "no session"),
        ("/forget", "Nothing was said"),
        ("/title", "/title TITLE"),
    ],
)
def test_what_cannot_be_done_is_said_and_one_goes_on(cli: Cli, scripted: ScriptedServer, line: str, words: str) -> None:
    ran = cli("--plain", stdin=f"{line}\nStill here?\n")
    assert ran.code == 0
    assert words in ran.err
    assert "Biscuit is the dog" in ran.out


def test_forgetting_asks_first(cli: Cli, scripted: ScriptedServer) -> None:
    ran = cli("--plain", stdin="The safe opens with a song.\n/forget\nn\n/forget\ny\n/recall safe song\n")
    assert ran.code == 0
    assert "It is kept." in ran.err
    assert "Forgotten." in ran.err
    assert ran.out.count("The safe opens with a song.") == 2


def test_a_server_that_fails_costs_the_answer_alone(cli: Cli, scripted: ScriptedServer) -> None:
    scripted.modes.extend(["401"] * 4)
    ran = cli("--plain", stdin="Hello.\n/again\n")
    assert "key" in ran.err
    assert ran.code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_ctrl_c_stops_the_answer_and_then_leaves(
    process: Callable[..., subprocess.Popen[str]], scripted: ScriptedServer, cli: Cli
) -> None:
    scripted.mode = "slow"
    running = process("--plain", stdin=subprocess.PIPE)
    assert running.stdin
    assert running.stdout
    running.stdin.write("Who is Biscuit?\n")
    running.stdin.flush()
    assert running.stdout.read(7) == "Biscuit"
    running.send_signal(signal.SIGINT)
    assert running.stderr
    while "stopped; what had come is kept" not in running.stderr.readline():
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 130
    said = cli("sessions", "last", "--json").json["messages"]
    assert [message["status"] for message in said] == ["complete", "stopped"]
