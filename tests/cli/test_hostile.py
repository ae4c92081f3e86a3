"""Hostile words in the memory, a file's name and an answer: what the commands write to a terminal obeys none."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from assistant.cli.door import enter
from benchmarks.fuzz import texts
from benchmarks.fuzz.doors import harmless
from tests.cli.conftest import Cli, message_line
from tests.servers import ScriptedServer

HOSTILE = "biscuit " + "".join(
    piece for piece in texts.PIECES if not any("\ud800" <= each <= "\udfff" for each in piece)
)


class Tty(io.TextIOWrapper):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch):
    """Runs a command whose output is a terminal without colours; what it wrote."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")

    def run(*arguments: str) -> str:
        out = Tty(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b""), encoding="utf-8"))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", out)
            with pytest.raises(SystemExit):
                enter(arguments)
        out.flush()
        return out.buffer.getvalue().decode()  # type: ignore[attr-defined]

    return run


def test_no_command_writes_what_a_terminal_obeys(
    on_terminal, cli: Cli, scripted: ScriptedServer, tmp_path: Path
) -> None:
    scripted.answers = [HOSTILE]
    file = tmp_path / "a\x1b[31m\u202eb\x9b.jsonl"
    lines = [
        message_line(f"My dog {HOSTILE}", 1, speaker=HOSTILE, session=HOSTILE[:300], conversation=HOSTILE[:200]),
        message_line(f"The tree {HOSTILE}", 2, role="assistant", session=HOSTILE[:300], conversation=HOSTILE[:200]),
        message_line(HOSTILE, 3, role=HOSTILE),
        message_line(HOSTILE, 4, time=HOSTILE),
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    seen = [on_terminal("import", str(file))]
    assert "imported 2 new" in seen[0]
    session = cli("sessions", "--json").json["sessions"][0]["id"]
    message = cli("recall", "dog biscuit", "--json").json["recollections"][0]["id"]
    short = HOSTILE[:100].replace("\x00", "")
    for command in (
        ("recall", "dog biscuit"), ("recall", HOSTILE), ("recall", "dog", "--json"), ("sessions",),
        ("sessions", session), ("sessions", session, "--rename", HOSTILE), ("sessions", "--json"),
        ("forget", message, "--dry-run"), ("forget", session, "--dry-run"), ("spark", HOSTILE), ("feedback",),
        ("ask", "-v", "What of biscuit?"), ("ask", "--json", HOSTILE), ("where",), ("config",), (HOSTILE,),
        ("sessions", HOSTILE), ("import", short), ("recall", "--profile", HOSTILE, "x"),
        ("ask", "--model", HOSTILE, "x"),
    ):  # fmt: skip
        written = on_terminal(*(word.replace("\x00", "") for word in command))
        assert written, command
        seen.append(written)
    for written in seen:
        harmless(written)
