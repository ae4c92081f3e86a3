"""`recollect bench answers`, through its own door, with a model whose words are fixed."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import complained

from .conftest import Cli, lookup, message, question, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import ScriptedServer

ARMS = ["none", "vector", "recollect", "gold"]


def _reads(body: dict[str, Any]) -> str:
    """A model that can read: it says what its notes say, and otherwise that it does not know."""
    asked = body["prompt"] if "prompt" in body else body["messages"][-1]["content"]
    system = "" if "prompt" in body else body["messages"][0]["content"]
    if "grade answers" in system:
        return "Yes." if "Answer of the student: It is Biscuit" in asked else "No."
    if "Biscuit" in asked and "puppy" in asked.splitlines()[-1] + asked.splitlines()[-2]:
        return "It is Biscuit."
    return "I don't know, you have not told me."


def test_answers_are_graded_by_arm_and_category(cli: Cli, scripted: ScriptedServer, tiny: Path, tmp_path: Path) -> None:
    scripted.answers = _reads
    out, rows = tmp_path / "out.json", tmp_path / "rows.jsonl"
    options = ("bench", "answers", str(tiny), "--judge", "judge", "--json", str(out), "--per-question", str(rows))
    ran = cli(*options)
    assert ran.code == 0, ran.err
    figures = json.loads(out.read_text())
    assert list(figures["arms"]) == ARMS
    assert figures["counts"] == {"answerable": 3, "unanswerable": 2}
    lookups = {arm: figures["arms"][arm]["lookup"] for arm in ARMS}
    assert (lookups["none"]["F1"], lookups["none"]["wrong abstention"]) == (0, 1)
    for arm in ("vector", "recollect", "gold"):
        assert lookups[arm]["contains"] == pytest.approx(1 / 3, abs=1e-3)
        assert lookups[arm]["F1"] == pytest.approx(2 / 4 / 3, abs=1e-3)
        assert lookups[arm]["judged"] == pytest.approx(1 / 3, abs=1e-3)
        assert lookups[arm]["wrong abstention"] == pytest.approx(2 / 3, abs=1e-3)
        assert figures["arms"][arm]["abstention"] == {"n": 1, "right abstention": 1.0}
    assert figures["differences"]["none"]["lookup"]["contains"][0] == pytest.approx(-1 / 3, abs=1e-3)
    assert figures["provenance"]["model"] == "scripted"
    assert figures["prompt_tokens"]["none"] < figures["prompt_tokens"]["gold"]
    gold = [json.loads(line) for line in rows.read_text().splitlines() if json.loads(line)["arm"] == "gold"]
    assert {row["id"]: set(row["notes"]) for row in gold if row["category"] == "lookup"}["q2"] == {"3", "4"}
    assert any(line.split()[:3] == ["lookup", "gold", "3"] for line in ran.out.splitlines())

    asked = len(scripted.bodies)
    assert asked > 0
    again = cli(*options)
    assert len(scripted.bodies) == asked, "a second run asks nothing"
    assert json.loads(out.read_text())["arms"] == figures["arms"]
    assert again.out == ran.out


def test_what_was_answered_before_a_failure_is_kept(cli: Cli, scripted: ScriptedServer, tiny: Path) -> None:
    scripted.answers = _reads
    scripted.modes.extend(["ok", "ok", "401"])
    complained(cli("bench", "answers", str(tiny), "--arms", "none"), 1, "key")
    before = len(scripted.bodies)
    assert cli("bench", "answers", str(tiny), "--arms", "none").code == 0
    assert len(scripted.bodies) - before == 5 - 2


def test_a_set_without_answers_cannot_be_graded(cli: Cli, scripted: ScriptedServer, tmp_path: Path) -> None:
    path = write(
        tmp_path / "set.jsonl",
        [
            message("a", "s", "1", "I met Ana."),
            question("a", "q", "Whom did I meet?", evidence=["1"], category="lookup"),
        ],
    )
    complained(cli("bench", "answers", str(path)), 2, "answer")
    assert not scripted.bodies


def test_the_embedded_model_says_what_the_evidence_says(cli: Cli, tmp_path: Path) -> None:
    path = write(
        tmp_path / "set.jsonl",
        [
            message("a", "s", "1", "I started to learn the cello today."),
            message("a", "s", "2", "How lovely!", "assistant"),
            lookup("a", "q", "Which instrument do I learn?", "The cello", "1"),
        ],
    )
    found = cli("bench", "answers", str(path), "--arms", "gold", "--json", "-").json
    assert found["provenance"]["model"] == "embedded:smollm2-135m"
    assert found["arms"]["gold"]["all"]["contains"] == 1


def test_ctrl_c_while_the_model_answers(
    process: Callable[..., subprocess.Popen[str]],
    scripted: ScriptedServer,
    tiny: Path,
    wait_until: Callable[[Callable[[], bool], float], None],
) -> None:
    scripted.answers = _reads
    scripted.modes.extend(["ok", "ok", "hang"])
    running = process("bench", "answers", str(tiny), "--arms", "none")
    wait_until(lambda: len(scripted.bodies) == 3, 60)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "Interrupted after 2 of 5 questions." in err
    assert "Traceback" not in err
