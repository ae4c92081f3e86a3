"""What a killed process had been told is kept."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from memory.journal import Journal
from memory.types import Scope

_WRITER = """
import sys
from pathlib import Path
from memory.journal import Journal
from memory.types import NewMessage, Role, Scope
journal = Journal.open(Path(sys.argv[1]))
name, number = sys.argv[2], 0
while True:
    text = f"{name} {number} " + "and more " * (number % 300)
    kept = journal.append(NewMessage(Role.USER, text, name), Scope())
    print(kept.id, flush=True)
    number += 1
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_what_append_returned_is_there_after_a_kill(tmp_path: Path) -> None:
    """Six rounds of three processes writing at once, each killed in the middle of its writing."""
    path = tmp_path / "journal.db"
    promised: list[str] = []
    for round_ in range(6):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", _WRITER, str(path), f"{who}{round_}"], stdout=subprocess.PIPE, text=True
            )
            for who in "xyz"
        ]
        for writer in writers:
            promised += [writer.stdout.readline().strip() for _ in range(1 + round_)]
        for writer in writers:
            writer.kill()
        for writer in writers:
            rest = writer.stdout.read()
            promised += rest.split("\n")[: rest.count("\n")]
            writer.wait()
            assert writer.returncode == -signal.SIGKILL
    journal = Journal.open(path)
    try:
        assert all(promised)
        kept = {
            message.id: message
            for s in journal.sessions(Scope(), 99)
            for message in journal.session_messages(s.id, Scope())
        }
        assert set(promised) <= kept.keys()
        for session in journal.sessions(Scope(), 99):
            numbers = [int(m.text.split()[1]) for m in journal.session_messages(session.id, Scope())]
            assert numbers == list(range(len(numbers)))
        assert {passage.message_id for passage in journal.passages(0, 100_000)} == kept.keys()
        with journal._db.read() as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    finally:
        journal.close()
