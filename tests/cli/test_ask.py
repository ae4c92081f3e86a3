from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from .conftest import Cli, complained

if TYPE_CHECKING:
    from tests.servers import ScriptedServer

pytestmark = pytest.mark.usefixtures("scripted")

DOG = "My sister Ana adopted a dog. She calls it Biscuit."


def sent(server: ScriptedServer, number: int = -1) -> str:
    """Everything that one request held."""
    return json.dumps(server.bodies[number], ensure_ascii=False)


def test_the_answer_and_nothing_else_is_on_standard_output(cli: Cli) -> None:
    ran = cli("ask", "What", "is", "it", "called?")
    assert (ran.code, ran.out, ran.err) == (0, "Biscuit is the dog of your sister.\n", "")


def test_what_was_said_comes_back_in_another_session(cli: Cli, scripted: ScriptedServer) -> None:
    cli("ask", DOG)
    ran = cli("ask", "--json", "What is the name of my sister's dog?")
    assert DOG in sent(scripted)
    found = ran.json
    assert list(found) == ["answer", "session", "recollections", "model", "usage", "timings"]
    assert found["answer"] == "Biscuit is the dog of your sister."
    assert found["model"]
    assert found["usage"]["prompt_tokens"] > 0
    assert found["usage"]["completion_tokens"] > 0
    assert {"recall", "first_token", "total"} <= set(found["timings"])
    best = next(item for item in found["recollections"] if item["text"] == DOG)
    assert list(best) == ["id", "source_id", "session", "role", "speaker", "time", "text", "score", "why"]
    assert best["role"] == "user"
    assert 0 < best["score"] <= 1
    assert set(best["why"]) == {"signals", "path", "terms", "sentence", "verdict"}
    assert best["session"] != found["session"]


def test_what_finds_no_room_in_the_prompt_is_said_and_kept_whole(cli: Cli) -> None:
    said = "The quick brown fox met Zebulon at the market. " * 22_000
    ran = cli("ask", stdin=said)
    assert (ran.code, ran.out) == (0, "Biscuit is the dog of your sister.\n")
    assert "characters in the middle of your message found no room in the prompt. It is remembered whole." in ran.err
    message, _ = cli("sessions", "last", "--json").json["messages"]
    assert message["text"] == said
    assert "remembered" not in cli("ask", "--no-remember", stdin=said).err


def test_no_recall_sends_nothing_of_the_past(cli: Cli, scripted: ScriptedServer) -> None:
    cli("ask", DOG)
    ran = cli("ask", "--json", "--no-recall", "What is the name of my sister's dog?")
    assert "Biscuit" not in sent(scripted)
    assert ran.json["recollections"] == []


def test_no_remember_leaves_no_trace(cli: Cli) -> None:
    ran = cli("ask", "--no-remember", "--json", DOG)
    assert ran.code == 0
    assert ran.json["session"] is None
    assert cli("sessions", "--json").json == {"sessions": []}
    assert cli("recall", "Biscuit", "--json").json["recollections"] == []


def test_a_session_goes_on_by_its_beginning_or_as_the_last(cli: Cli, scripted: ScriptedServer) -> None:
    first = cli("ask", "--json", "I live in Graz.").json["session"]
    assert cli("ask", "--json", "--session", first[:6], "Where do I live?").json["session"] == first
    assert "I live in Graz." in sent(scripted)
    assert cli("ask", "--json", "-s", "last", "And now?").json["session"] == first
    assert cli("sessions", "--json").json["sessions"][0]["messages"] == 6


def test_k_bounds_what_is_recalled(cli: Cli) -> None:
    for place in ("Rome", "Oslo", "Lima"):
        cli("ask", f"I went to {place} on holiday.")
    assert len(cli("ask", "-k", "2", "--json", "Where did I go on holiday?").json["recollections"]) == 2


def test_a_pipe_is_the_question_or_material_below_it(cli: Cli, scripted: ScriptedServer) -> None:
    cli("ask", stdin="What does it say?\n")
    cli("ask", "Summarise this:", stdin="The plumber comes on Thursday.\n")
    assert "What does it say?" in sent(scripted, 0)
    assert "Summarise this:\\n\\nThe plumber comes on Thursday." in sent(scripted, 1)


def test_options_may_stand_before_the_command(cli: Cli, scripted: ScriptedServer) -> None:
    cli("--model", "other", "--profile", "work", "ask", "Hello?")
    assert scripted.bodies[-1]["model"] == "other"
    assert cli("sessions", "--json").json["sessions"] == []
    assert len(cli("--profile", "work", "sessions", "--json").json["sessions"]) == 1
    cli("--model", "other", "ask", "--model", "third", "Hello?")
    assert scripted.bodies[-1]["model"] == "third"


def test_narration_says_model_recollections_and_cost(cli: Cli) -> None:
    cli("ask", DOG)
    ran = cli("ask", "-v", "What is the name of my sister's dog?")
    assert ran.out == "Biscuit is the dog of your sister.\n"
    assert "scripted" in ran.err
    assert "base_url" in ran.err or "RECOLLECT" in ran.err
    assert f"you: {DOG}" in ran.err
    assert re.search(
        r"\d+ tokens in( of \d+ remembered)?, \d+ out · recall \d+ ms · first word [\d.]+ m?s · all ", ran.err
    )
    assert cli("ask", "-v", "-q", "And?").err == ""


def test_fail_if_nothing_ends_with_3_and_asks_no_model(cli: Cli, scripted: ScriptedServer) -> None:
    ran = cli("ask", "--fail-if-nothing", "--json", "What is the capital of my stamp collection?")
    assert ran.code == 3
    assert ran.json["answer"] == ""
    assert ran.json["recollections"] == []
    assert scripted.bodies == []
    cli("ask", DOG)
    assert cli("ask", "--fail-if-nothing", "What is the name of my sister's dog?").code == 0


def test_leading_blanks_are_not_printed_and_a_line_end_is_not_doubled(cli: Cli, scripted: ScriptedServer) -> None:
    scripted.answers = ["\n  One.\nTwo.\n"]
    assert cli("ask", "Say it.").out == "One.\nTwo.\n"


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("401", ("key",)),
        ("404", ("scripted",)),
        ("429", ()),
        ("500", ()),
        ("drop", ()),
        ("nonsense", ()),
        ("empty", ()),
    ],
)
def test_a_failing_server_is_one_sentence_and_the_question_is_kept(
    cli: Cli, scripted: ScriptedServer, mode: str, words: tuple[str, ...]
) -> None:
    scripted.mode = mode
    complained(cli("ask", "My passport expires on 3 March 2027."), 1, *words)
    scripted.mode = "ok"
    texts = [item["text"] for item in cli("recall", "passport", "--json").json["recollections"]]
    assert "My passport expires on 3 March 2027." in texts


def test_a_server_that_hangs_is_given_up(cli: Cli, scripted: ScriptedServer) -> None:
    scripted.mode = "hang"
    complained(cli("ask", "Hello?", env={"RECOLLECT_TIMEOUT": "0.5"}), 1)


def test_what_had_come_of_a_failed_answer_is_shown_and_kept(cli: Cli, scripted: ScriptedServer) -> None:
    scripted.mode = "drop"
    ran = cli("ask", "Who is Biscuit?")
    complained(ran, 1)
    assert ran.out.strip() == "Biscuit is"
    (session,) = cli("sessions", "--json").json["sessions"]
    said = cli("sessions", session["id"], "--json").json["messages"]
    assert [(item["role"], item["status"]) for item in said] == [("user", "complete"), ("assistant", "failed")]
    assert said[1]["text"].strip() == "Biscuit is"


def test_escapes_in_an_answer_are_escaped_in_json(cli: Cli, scripted: ScriptedServer) -> None:
    scripted.answers = ["red \x1b[31m and \u202e turned"]
    ran = cli("ask", "--json", "Say it.")
    assert "\x1b" not in ran.out
    assert "\u202e" not in ran.out
