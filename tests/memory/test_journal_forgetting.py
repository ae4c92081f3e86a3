from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from memory.errors import UsageError
from memory.journal import Journal
from memory.types import NewMessage, Role, Scope

HOME, WORK = Scope(), Scope("work")
SECRET = b"quixotic-marmalade"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path / "journal.db")
    yield opened
    opened.close()


def say(journal: Journal, text: str, session: str = "s", scope: Scope = HOME) -> str:
    return journal.append(NewMessage(Role.USER, text, session), scope).id


def holding(folder: Path, secret: bytes = SECRET) -> list[str]:
    return [path.name for path in folder.iterdir() if secret in path.read_bytes()]


@pytest.mark.parametrize("size", [1, 100, 20_000])
def test_no_byte_of_the_text_stays_while_the_journal_is_open(journal: Journal, tmp_path: Path, size: int) -> None:
    for number in range(200):
        say(journal, f"harmless {number} " * 9, f"s{number % 7}")
        if number % 40 == 20:
            say(journal, f"{SECRET.decode()} {number} " * size, "secrets")
    assert holding(tmp_path)
    gone = journal.forget(sessions=["secrets"], scope=HOME)
    assert len(gone.messages) == 5
    assert gone.sessions == ("secrets",)
    assert holding(tmp_path) == []
    assert journal.stats()[0] == 200


def test_tombstones_hold_ids_alone(journal: Journal, tmp_path: Path) -> None:
    first, second = say(journal, "one"), say(journal, "two " * 3000)
    passages = [passage.id for passage in journal.passages(0, 99)]
    journal.forget(messages=[second, first], scope=HOME)
    assert [passage for _, passage in journal.tombstones(0, 99)] == passages
    assert journal.last_tombstone() == len(passages)
    number = journal.tombstones(0, 99)[2][0]
    assert [passage for _, passage in journal.tombstones(number, 99)] == passages[3:]
    columns = [row[1] for row in sqlite3.connect(tmp_path / "journal.db").execute("PRAGMA table_info(tombstones)")]
    assert columns == ["seq", "passage", "message"]


def test_a_session_is_gone_when_its_last_message_is(journal: Journal) -> None:
    ids = [say(journal, "one"), say(journal, "two")]
    assert journal.forget(messages=ids[:1], scope=HOME).sessions == ()
    assert journal.sessions(HOME, 9)[0].messages == 1
    assert journal.forget(messages=ids[1:], scope=HOME).sessions == ("s",)
    assert journal.sessions(HOME, 9) == []


def test_everything_is_everything_of_the_scope(journal: Journal) -> None:
    say(journal, "mine")
    theirs = say(journal, "theirs", scope=WORK)
    assert len(journal.forget(everything=True, scope=HOME).messages) == 1
    assert [message.id for message in journal.session_messages("s", WORK)] == [theirs]


def test_unknown_names_are_refused_and_nothing_is_taken(journal: Journal) -> None:
    mine, theirs = say(journal, "mine"), say(journal, "theirs", scope=WORK)
    for wrong in ({"messages": [mine, theirs]}, {"messages": [mine], "sessions": ["nowhere"]}):
        for dry_run in (True, False):
            with pytest.raises(UsageError, match=rf"{theirs}|nowhere"):
                journal.forget(scope=HOME, dry_run=dry_run, **wrong)
    assert journal.stats()[0] == 2
    assert journal.forget(scope=HOME).messages == ()


def test_a_reader_of_the_old_state_only_delays_the_clearing(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.journal.database._BUSY_SECONDS", 0.1)
    journal.close()
    journal = Journal.open(tmp_path / "journal.db")
    say(journal, f"{SECRET.decode()} " * 50)
    reader = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM messages").fetchone()
    journal.forget(everything=True, scope=HOME)
    assert journal.stats()[0] == 0
    assert holding(tmp_path)
    assert not journal.scrub()
    reader.close()
    assert journal.scrub()
    assert holding(tmp_path) == []
    journal.close()


def test_vectors_go_too(journal: Journal, tmp_path: Path) -> None:
    say(journal, "to be embedded")
    vector = np.random.default_rng(3).normal(size=(1, 384)).astype(np.float16)
    journal.register_embedder("small", 384)
    journal.put_vectors("small", [1], vector.astype(np.float32))
    assert holding(tmp_path, vector.tobytes())
    journal.forget(everything=True, scope=HOME)
    assert holding(tmp_path, vector.tobytes()) == []
