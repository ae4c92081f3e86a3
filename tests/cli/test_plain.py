"""`recollect --plain`: the conversation line by line, through the real program."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


def test_the_memory_is_looked_through_judged_and_taken_back_by_lines(cli: Cli, scripted: ScriptedServer) -> None:
    scripted.answers = ["How lovely."]
    told, asked = "My sister Ana has a puppy called Biscuit.", "What is the puppy of Ana called?"
    looking = "/search puppies", "/memory animals", "/map puppy", "/undo", "/search puppies", "/undo", "/model"
    ran = cli("--plain", stdin="\n".join([told, "/new", asked, "/feedback useful", *looking, ""]))
    assert ran.code == 0, ran.err
    assert ran.out.count(f"you: {told}") == 4, "judged, found by its words twice, and by meaning"
    assert ran.out.count(f"you: {asked}") == 2, "it is taken back before the second search"
    assert "\nscripted  " in ran.out, "what could answer"
    (verdict,) = cli("feedback", "--json").json["feedback"]
    assert (verdict["verdict"], verdict["cue"]) == ("useful", asked)
    said = cli("sessions", "last", "--json").json["messages"]
    assert said[0]["text"] == asked, "it is remembered again"


def test_an_earlier_message_is_edited_and_another_model_answers_by_lines(
    cli: Cli, scripted: ScriptedServer, tmp_path: Path
) -> None:
    writer = tmp_path / "writer"
    writer.write_text('#!/bin/sh\nprintf "Written\nelsewhere." > "$1"\n')
    writer.chmod(0o700)
    scripted.answers = ["Fine."]
    cli("--plain", stdin="I have a boat.\nIt is red.\n")
    first = cli("sessions", "last", "--json").json["messages"][0]
    lines = ["/edit", f"/edit {first['id']}", "I have a house.", "/model another", "/editor"]
    ran = cli("--plain", "--session", "last", stdin="\n".join(lines), env={"EDITOR": str(writer)})
    assert ran.code == 0, ran.err
    assert "It is red." in ran.out, "it is listed"
    last = scripted.bodies[-1]["messages"]
    assert "boat" not in str(last)
    assert "I have a house." in str(last)
    assert last[-1]["content"].endswith("Written\nelsewhere.")
    assert [body["model"] for body in scripted.bodies[-2:]] == ["scripted", "another"]
    assert len(cli("sessions", "--json").json["sessions"]) == 2, "the conversation as it was is kept"


def test_a_message_that_is_kept_nowhere_is_edited_too(cli: Cli, scripted: ScriptedServer) -> None:
    scripted.answers = ["Fine."]
    lines = [
        "I have a boat.",
        "It is red.",
        "/edit",
        "/edit last",
        "It is green.",
        "And?",
        "/edit last",
        "/model another",
    ]
    ran = cli("--plain", "--incognito", stdin="\n".join([*lines, "Well?"]))
    assert ran.code == 0, ran.err
    assert ran.out.count("you: It is red.") == 2, "listed and chosen"
    assert "what came after it is gone" in ran.err
    for body, said in ((scripted.bodies[2], "It is green."), (scripted.bodies[-1], "Well?")):
        texts = str(body["messages"])
        assert "I have a boat." in texts
        assert "red" not in texts
        assert said in texts
    assert "And?" not in str(scripted.bodies[-1]["messages"])
    assert scripted.bodies[-1]["model"] == "another"
    assert cli("sessions", "--json").json["sessions"] == []


def test_the_last_of_a_kept_session_is_edited_in_incognito(cli: Cli, scripted: ScriptedServer) -> None:
    cli("ask", "I have a boat.")
    ran = cli("--plain", "--incognito", "--session", "last", stdin="/edit last\nI have a house.\n")
    assert ran.code == 0, ran.err
    assert "boat" not in str(scripted.bodies[-1]["messages"][-1])
    assert cli("sessions", "last", "--json").json["messages"][0]["text"] == "I have a boat."


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
        ("/search", "nothing to search for"),
        ("/map", "nothing to draw a map around"),
        ("/feedback good", "with one of: useful"),
        ("/feedback useful", "No memory stood"),
        ("/undo", "Nothing was remembered here"),
        ("/edit", "Nothing was said"),
        ("/copy", "no answer to copy"),
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
