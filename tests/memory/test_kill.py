"""What a killed process had been told is kept."""

from __future__ import annotations

import signal
import subprocess
import sys
import zlib
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memory.journal import Journal
from memory.memory import Memory
from memory.types import NewMessage, Role, Scope

ROOT = Path(__file__).parents[2]

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
    """Five rounds of three processes writing at once, each killed in the middle of its writing."""
    path = tmp_path / "journal.db"
    promised: list[str] = []
    for round_ in range(5):
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


class Tiny:
    """An embedder that costs nothing: the same text has the same vector, and no two texts are near."""

    name = "tiny"
    dimension = 16

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [np.random.default_rng(zlib.crc32(text.encode())).normal(size=self.dimension) for text in texts]
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)


def talk(folder: str, name: str) -> None:
    """Remember, and forget some of it again, until killed."""
    with Memory.open(Path(folder), embedder=Tiny(), background=True) as memory:
        for number in count():
            said = memory.remember(NewMessage(Role.USER, f"{name} said thing number {number}", name))
            if number % 5 == 4:
                memory.forget(messages=[said.id])
            print(number, flush=True)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_the_indexes_agree_with_the_journal_after_a_kill(tmp_path: Path) -> None:
    """Three rounds of one process that remembers, forgets and indexes, killed in the midst of it."""
    folder = tmp_path / "memory"
    for round_ in range(3):
        code = f"from tests.memory.test_kill import talk; talk({str(folder)!r}, 'r{round_}')"
        writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        while int(writer.stdout.readline()) < 12 + 14 * round_:
            pass
        writer.kill()
        writer.wait()
        writer.stdout.close()
    with Memory.open(folder, embedder=Tiny(), background=False) as memory:
        assert memory.flush()
        passages = [passage.id for passage in memory.journal.passages(0, 100_000)]
        assert len(passages) > 60
        store, lexicon = memory._indexer.vectors._store, memory._indexer.words._reader()
        assert store.page(None, 100_000) == sorted(str(id_) for id_ in passages)
        assert lexicon.num_docs == len(passages)
        assert sorted(id_ for id_, _ in lexicon.search(["thing"], "default", 100_000)) == passages
        assert not memory._indexer.words.pending()
