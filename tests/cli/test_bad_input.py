"""What goes wrong: one clear sentence, the right exit code, no traceback, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .conftest import Cli, complained, message_line

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.servers import ScriptedServer

pytestmark = pytest.mark.usefixtures("scripted")


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n"])
def test_nothing_to_say(cli: Cli, scripted: ScriptedServer, text: str) -> None:
    complained(cli("ask", text), 2, "no question")
    complained(cli("ask", stdin=text), 2, "no question")
    complained(cli("recall", text), 2, "no cue")
    assert scripted.bodies == []


def test_a_text_of_control_characters_alone_is_nothing(cli: Cli) -> None:
    complained(cli("ask", "\x1b\x07\x01"), 2, "empty")


def test_a_megabyte_is_kept_whole_and_sent_cut(cli: Cli, scripted: ScriptedServer) -> None:
    text = "Where is the blue box? " + "The cellar is full of boxes. " * 36_000
    ran = cli("ask", "--json", stdin=text)
    assert ran.code == 0, ran.err
    (said,) = [m for m in cli("sessions", "last", "--json").json["messages"] if m["role"] == "user"]
    assert said["text"].strip() == text.strip()
    assert len(str(scripted.bodies[-1])) < len(text)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\x00\x00", b"abc\xff\xfe", os.urandom(5000) + b"\xff\x00"])
def test_binary_input_is_refused(cli: Cli, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(data)
    complained(cli("ask", stdin=data), 2, "not text")
    complained(cli("recall", stdin=data), 2, "not text")
    complained(cli("run", str(file)), 2, "not text")


def test_a_binary_file_is_not_imported(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "picture.jsonl"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    complained(cli("import", str(file)), 2, "not a text file")


def test_text_of_windows_shells_is_understood(cli: Cli, scripted: ScriptedServer) -> None:
    cli("ask", stdin="Grüße?".encode("utf-16"))
    assert "Grüße?" in str(scripted.bodies[-1])


def test_an_argument_that_is_no_text_is_mended(cli: Cli) -> None:
    assert cli("ask", os.fsdecode(b"caf\xe9?")).code == 0
    assert cli("sessions", "last", "--json").json["messages"][0]["text"] == "caf\ufffd?"


def test_control_characters_are_not_kept(cli: Cli) -> None:
    cli("ask", "a\x1b]0;title\x07b\x00c\r\nd")
    text = cli("sessions", "last", "--json").json["messages"][0]["text"]
    assert not set(text) & set("\x1b\x07\x00\r")


@pytest.mark.parametrize("command", ["import", "run"])
def test_files_that_cannot_be_read(cli: Cli, tmp_path: Path, command: str) -> None:
    complained(cli(command, str(tmp_path / "nothing.jsonl")), 2, "nothing.jsonl", "No such file")
    complained(cli(command, str(tmp_path)), 2, "folder")
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    complained(cli(command, str(empty)), 2, "empty.jsonl")
    complained(cli(command, "-"), 2, "standard input")
    complained(cli(command), 2, "FILE")


def test_an_unknown_format_names_those_there_are(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(message_line("a"))
    complained(cli("import", str(file), "--format", "chatgtp"), 2, "chatgtp", "jsonl")
    complained(cli("run", str(file), "--format", "yaml"), 2, "yaml", "jsonl")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("asc", "x"), ("'ask'",)),
        (("ask", "--jsno", "x"), ("--jsno",)),
        (("recall", "x", "-k", "0"), ("-k", "1")),
        (("recall", "x", "-k", "many"), ("-k", "integer")),
        (("ask", "x", "--session"), ("--session",)),
        (("ask", "x", "--session", "zzzzzz"), ("zzzzzz",)),
        (("ask", "x", "--session", "last"), ("last",)),
        (("ask", "x", "--no-recall", "--fail-if-nothing"), ("cannot go together",)),
        (("--profile", "a/b", "sessions"), ("a/b",)),
        (("models", "pull", "gpt5-nano-xyz"), ("gpt5-nano-xyz",)),
        (("models", "rm", "gpt5-nano-xyz"), ("gpt5-nano-xyz",)),
    ],
)
def test_wrong_use(cli: Cli, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    complained(cli(*arguments), 2, *words)


def test_a_wrong_model_name(cli: Cli) -> None:
    ran = cli("ask", "Hello?", "--model", "embedded:smolm2-135m", env={"RECOLLECT_BASE_URL": ""})
    assert ran.code in (1, 2)
    complained(ran, ran.code, "smolm2-135m")


def test_a_server_that_is_not_there(cli: Cli) -> None:
    complained(cli("ask", "Hello?", "--base-url", "http://127.0.0.1:9/v1"), 1, "127.0.0.1:9")


def test_a_model_file_that_is_no_model(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "half.gguf"
    file.write_bytes(b"GGUF\x03\x00\x00\x00" + b"\x00" * 100)
    complained(cli("ask", "Hello?", "--model", str(file), env={"RECOLLECT_BASE_URL": ""}), 1, "half.gguf")


def test_an_index_of_another_embedder_is_refused_with_the_way_out(cli: Cli) -> None:
    cli("ask", "I live in Graz.")
    ran = cli("recall", "Graz", "--embeddings", "openai:text-embedding-3-small", env={"OPENAI_API_KEY": "sk-x"})
    complained(ran, 1, "all-MiniLM-L6-v2", "recollect rebuild")


def test_a_home_that_cannot_be_written(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    complained(cli("ask", "Hello?", env={"RECOLLECT_HOME": str(tmp_path / "file" / "home")}), 1, "file/home")
    complained(cli("sessions", env={"RECOLLECT_HOME": "/proc/recollect"}), 1, "/proc/recollect", "RECOLLECT_HOME")


def test_a_journal_that_is_none(cli: Cli, home: Path) -> None:
    (home / "memory").mkdir(parents=True)
    (home / "memory" / "journal.db").write_bytes(b"this is no database, " * 100)
    complained(cli("sessions"), 1, "journal.db")
    assert (home / "memory" / "journal.db").read_bytes().startswith(b"this is no database")


def test_a_journal_of_a_newer_version(cli: Cli, home: Path) -> None:
    cli("ask", "I live in Graz.")
    with sqlite3.connect(home / "memory" / "journal.db") as connection:
        connection.execute("PRAGMA user_version = 9999")
    connection.close()
    for arguments in (("sessions",), ("ask", "Hello?"), ("recall", "Graz"), ("rebuild",), ("forget", "--everything")):
        complained(cli(*arguments), 1, "newer")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output(process: Callable[..., subprocess.Popen[str]]) -> None:
    with Path("/dev/full").open("w") as full:
        done = process("where", stdout=full)
        _, err = done.communicate(timeout=60)
    assert done.returncode == 1
    assert "No space left" in err
    assert "Traceback" not in err


def test_a_fault_of_our_own_is_one_sentence_and_its_traceback_is_in_the_log(
    cli: Cli, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("gone")

    monkeypatch.setattr("assistant.locations.Locations.journal", property(broken))
    log = home / "state" / "recollect.log"
    complained(cli("where"), 1, "KeyError", str(log))
    assert "Traceback" in log.read_text()
