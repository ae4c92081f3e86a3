"""recall, sessions, forget, import, rebuild: the memory without a chat model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import Cli, complained, message_line

if TYPE_CHECKING:
    from pathlib import Path

TALK = [
    ("user", "march", "I started learning to play the cello."),
    ("assistant", "march", "What made you choose the cello?"),
    ("user", "april", "My passport expires on 3 March 2027."),
    ("assistant", "april", "Noted."),
    ("user", "april", "The tax form is in the blue box."),
]


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    file = tmp_path / "talk.jsonl"
    lines = [
        message_line(text, number, role=role, session=session) for number, (role, session, text) in enumerate(TALK, 1)
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def texts(cli: Cli, cue: str, *more: str) -> list[str]:
    return [item["text"] for item in cli("recall", cue, "--json", *more).json["recollections"]]


def test_import_makes_talk_recallable_and_may_be_done_twice(cli: Cli, talk: Path) -> None:
    ran = cli("import", str(talk), "--format", "jsonl")
    assert (ran.code, ran.out, ran.err) == (0, "imported 5 new messages\n", "")
    again = cli("import", str(talk), "--json")
    assert (again.json["added"], again.json["known"]) == (0, 5)
    found = cli("recall", "When does my passport run out?", "-k", "1", "--json").json
    assert found["cue"] == "When does my passport run out?"
    (best,) = found["recollections"]
    assert best["source_id"] == "m3"
    assert best["session"] == "diary/april"
    assert best["speaker"] == "Lea"
    assert best["time"].startswith("2026-03-02T09:03:00")
    assert "total" in found["timings"]


def test_one_conversation_of_many_can_be_chosen(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text("\n".join(message_line(f"I like {name}.", conversation=name) for name in ("tea", "rum", "milk")))
    assert cli("import", str(file), "--conversation", "tea", "--conversation", "rum", "--json").json["added"] == 2
    assert "I like milk." not in texts(cli, "milk")
    complained(cli("import", str(file), "--conversation", "cola"), 2, "cola", "tea")


def test_a_pipe_is_imported_too(cli: Cli, talk: Path) -> None:
    assert cli("import", "-", stdin=talk.read_bytes(), env={}).out == "imported 5 new messages\n"


def test_lines_that_cannot_be_read_are_named_and_the_rest_is_kept(cli: Cli, talk: Path) -> None:
    talk.write_text(talk.read_text() + "{oops\n" + message_line("I like tea.", 9) + "\n" + message_line("x", role="?"))
    ran = cli("import", str(talk))
    assert ran.code == 1
    assert ran.out == "imported 6 new messages\n"
    assert f"{talk}:6: it is not JSON" in ran.err
    assert f"{talk}:8: its role '?'" in ran.err
    assert "2 lines" in ran.err


def test_strict_imports_all_or_nothing(cli: Cli, talk: Path) -> None:
    talk.write_text(talk.read_text() + "{oops\n")
    ran = cli("import", "--strict", str(talk))
    assert ran.code == 1
    assert ran.out == ""
    assert "Nothing was imported" in ran.err
    assert cli("sessions", "--json").json["sessions"] == []


def test_recall_is_readable_and_says_why(cli: Cli, talk: Path) -> None:
    cli("import", str(talk))
    ran = cli("recall", "cello", "-k", "2")
    assert ran.code == 0
    assert "Lea" in ran.out
    assert "I started learning to play the cello." in ran.out
    assert "why: " in ran.out
    assert ran.err == ""


def test_recall_with_nothing_relevant(cli: Cli, talk: Path) -> None:
    assert cli("recall", "cello").code == 0
    assert cli("recall", "cello", "--fail-if-nothing").code == 3
    cli("import", str(talk))
    assert cli("recall", "cello", "--fail-if-nothing").code == 0


def test_sessions_are_listed_shown_and_renamed(cli: Cli, talk: Path) -> None:
    cli("import", str(talk))
    listed = cli("sessions", "--json").json["sessions"]
    assert {item["id"]: item["messages"] for item in listed} == {"diary/march": 2, "diary/april": 3}
    shown = cli("sessions", "diary/m", "--json").json
    assert [item["text"] for item in shown["messages"]] == [text for _, name, text in TALK if name == "march"]
    assert "The tax form is in the blue box." in cli("sessions", "diary/april").out
    cli("sessions", "diary/april", "--rename", "Papers  and\nforms")
    assert "Papers and forms" in cli("sessions").out
    complained(cli("sessions", "--rename", "x"), 2)
    complained(cli("sessions", "nowhere"), 2, "nowhere")


def test_forgetting_shows_first_and_needs_a_yes(cli: Cli, talk: Path) -> None:
    cli("import", str(talk))
    (passport,) = cli("recall", "passport", "-k", "1", "--json").json["recollections"]
    dry = cli("forget", passport["id"], "--dry-run")
    assert "My passport expires" in dry.err
    assert dry.out.startswith("would forget ")
    complained(cli("forget", passport["id"]), 2, "--yes")
    assert "My passport expires on 3 March 2027." in texts(cli, "passport")
    gone = cli("forget", passport["id"][:8], "--yes", "--json").json
    assert passport["id"] in gone["messages"]
    assert not gone["dry_run"]
    assert "My passport expires on 3 March 2027." not in texts(cli, "passport")
    assert "The tax form is in the blue box." in texts(cli, "tax form")


def test_forgetting_a_message_takes_its_exchange_unless_alone(cli: Cli, talk: Path) -> None:
    cli("import", str(talk))
    (passport,) = cli("recall", "passport", "-k", "1", "--json").json["recollections"]
    said = cli("sessions", "diary/april", "--json").json["messages"]
    exchange = {item["id"] for item in said if item["exchange"] == passport["id"]}
    assert set(cli("forget", passport["id"], "--dry-run", "--json").json["messages"]) == exchange
    alone = cli("forget", passport["id"], "--alone", "--dry-run", "--json").json["messages"]
    assert alone == [passport["id"]]


def test_forgetting_a_session_and_everything(cli: Cli, talk: Path) -> None:
    cli("import", str(talk))
    gone = cli("forget", "diary/april", "--yes", "--json").json
    assert gone["sessions"] == ["diary/april"]
    assert len(gone["messages"]) == 3
    assert [item["id"] for item in cli("sessions", "--json").json["sessions"]] == ["diary/march"]
    assert cli("forget", "--everything", "--yes").code == 0
    assert cli("sessions", "--json").json["sessions"] == []
    assert cli("forget", "--everything", "--yes", "--json").json["messages"] == []
    complained(cli("forget"), 2)
    complained(cli("forget", "x", "--everything"), 2)
    complained(cli("forget", "zzzzzz", "--yes"), 2, "zzzzzz")


def test_another_profile_sees_and_forgets_nothing_of_this_one(cli: Cli, talk: Path) -> None:
    cli("import", str(talk))
    assert texts(cli, "cello", "--profile", "other") == []
    cli("forget", "--everything", "--yes", "--profile", "other")
    assert TALK[0][2] in texts(cli, "cello")


def test_rebuild_brings_deleted_indexes_back(cli: Cli, talk: Path, home: Path) -> None:
    cli("import", str(talk))
    before = texts(cli, "passport")
    ran = cli("rebuild", "--json")
    assert ran.json["passages"] == ran.json["indexed"] == 5
    assert texts(cli, "passport") == before


def test_rebuild_changes_the_store(cli: Cli, talk: Path) -> None:
    cli("import", str(talk))
    assert "with memory" in cli("rebuild", "--store", "memory").out.replace("all-MiniLM-L6-v2 and", "with")
    complained(cli("rebuild", "--store", "croma"), 2, "croma", "chroma")
