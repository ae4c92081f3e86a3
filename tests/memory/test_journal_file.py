"""The journal as a file: who may read it, what is refused, and what a full or read-only disk does."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from memory.errors import JournalError, StorageError
from memory.journal import Journal
from memory.journal.choices import chosen_at
from memory.journal.migrations import MIGRATIONS
from memory.types import NewMessage, Origin, Role, Scope, Status
from memory.upkeep.files import connect

HOME = Scope()
FIXTURES = Path(__file__).parent / "fixtures"


def fill(path: Path, text: str = "kept") -> None:
    journal = Journal.open(path)
    journal.append(NewMessage(Role.USER, text, "s"), HOME)
    journal.close()


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file grows beyond `size` bytes: to every writer it is as if the disk were full."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def may_only_read(folder: Path) -> Iterator[None]:
    """Nothing in `folder` may be written by this process."""
    if os.name != "posix":
        pytest.skip("permissions of this kind are of POSIX")
    for path in [folder, *folder.iterdir()]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


@pytest.mark.skipif(os.name != "posix", reason="permissions of this kind are of POSIX")
def test_only_the_user_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "data" / "journal.db"
    journal = Journal.open(path)
    journal.append(NewMessage(Role.USER, "private", "s"), HOME)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in [path.parent, *path.parent.iterdir()]}
    assert modes == {"data": 0o700, "journal.db": 0o600, "journal.db-wal": 0o600, "journal.db-shm": 0o600}
    journal.close()
    path.chmod(0o644)
    Journal.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    fill(path)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(JournalError, match=rf"version {len(MIGRATIONS) + 1}.*newest recollect"):
        Journal.open(path)
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


@pytest.mark.parametrize("content", [b"This is not a database at all. " * 50, b"\x00" * 5000, b"x"])
def test_what_is_not_a_journal_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"journal\.db.*move it away"):
        Journal.open(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    with pytest.raises(JournalError, match="another program"):
        Journal.open(path)


def test_damage_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    fill(path, "text " * 5000)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(JournalError, match="damaged"):
        journal = Journal.open(path)
        journal.session_messages("s", HOME)


def test_an_empty_file_becomes_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.touch()
    fill(path)
    assert path.stat().st_size > 0


def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="RECOLLECT_HOME"):
        Journal.open(tmp_path / "file" / "journal.db")
    (tmp_path / "journal.db").mkdir()
    with pytest.raises(StorageError):
        Journal.open(tmp_path / "journal.db")


def test_a_full_disk_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    journal.append(NewMessage(Role.USER, "kept", "s"), HOME)
    with file_size_limit(100_000), pytest.raises(StorageError, match="space"):
        journal.append(NewMessage(Role.USER, "too long " * 50_000, "s"), HOME)
    assert [message.text for message in journal.session_messages("s", HOME)] == ["kept"]
    assert journal.append(NewMessage(Role.USER, "goes on", "s"), HOME).text == "goes on"
    journal.close()


def test_a_disk_that_is_full_from_the_start_is_said_to_be(tmp_path: Path) -> None:
    with file_size_limit(0), pytest.raises(StorageError, match="space"):
        Journal.open(tmp_path / "journal.db")
    fill(tmp_path / "journal.db")


def test_what_is_remembered_is_read_and_backed_up_while_the_disk_is_full(tmp_path: Path) -> None:
    path = tmp_path / "full" / "journal.db"
    fill(path)
    with file_size_limit(0):
        journal = Journal.open(path)
        assert [message.text for message in journal.session_messages("s", HOME)] == ["kept"]
        with pytest.raises(StorageError, match=r"The disk is full.*Free some space"):
            journal.append(NewMessage(Role.USER, "more", "s"), HOME)
        journal.close()
        assert chosen_at(path) is None
        with closing(connect(path, "ro")) as connection:
            assert connection.execute("SELECT count(*) FROM messages").fetchone() == (1,)
        looked = Journal.look(path)
        assert looked.stats()[0] == 1
        looked.close()
    journal = Journal.open(path)
    assert journal.append(NewMessage(Role.USER, "there is room again", "s"), HOME).seq == 2
    journal.close()


def test_a_read_only_journal_is_read_and_not_written() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "journal.db")
        with may_only_read(folder):
            journal = Journal.open(folder / "journal.db")
            assert journal.read_only
            assert [message.text for message in journal.session_messages("s", HOME)] == ["kept"]
            with pytest.raises(StorageError, match="may only be read"):
                journal.append(NewMessage(Role.USER, "more", "s"), HOME)
            journal.close()
            with closing(connect(folder / "journal.db", "ro")) as connection:
                assert connection.execute("SELECT count(*) FROM messages").fetchone() == (1,), "it can be backed up"


def test_an_old_journal_is_brought_up_to_this_version(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    connection = sqlite3.connect(path)
    connection.executescript((FIXTURES / "journal-v1.sql").read_text(encoding="utf-8"))
    connection.close()
    journal = Journal.open(path)
    assert journal.identity() == "0123456789ab"
    asked, answer = journal.session_messages("first", HOME)
    assert (asked.text, answer.exchange, answer.used) == ("My sister's dog is called Biscuit.", asked.id, (asked.id,))
    assert (answer.status, answer.prompt_tokens, answer.time.microsecond) == (Status.STOPPED, 120, 500_000)
    (noted,) = journal.session_messages("second", Scope("work", "site"))
    assert (noted.speaker, noted.origin, noted.time, noted.seq) == ("Zoë", Origin.IMPORT, None, 4)
    assert journal.sessions(Scope("work", "site"), 1)[0].title == "Site plans"
    assert [passage.text for passage in journal.passages(0, 9)] == [asked.text, answer.text, noted.text]
    assert journal.count_missing_vectors("any") == 3
    assert journal.append(NewMessage(Role.USER, "new", "first"), HOME).seq == 5
    journal.forget(messages=[asked.id], scope=HOME)
    journal.close()
    version = sqlite3.connect(path).execute("PRAGMA user_version").fetchone()[0]
    assert version == len(MIGRATIONS)


def test_an_old_journal_that_cannot_be_brought_up_stays_old(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    connection = sqlite3.connect(path)
    connection.executescript((FIXTURES / "journal-v1.sql").read_text(encoding="utf-8"))
    connection.execute("CREATE TABLE tombstones (in_the_way TEXT)")
    connection.close()
    with pytest.raises(JournalError):
        Journal.open(path)
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone()[0] < len(MIGRATIONS)
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE tombstones")
    connection.close()
    journal = Journal.open(path)
    assert journal.stats()[0] == 3
    journal.close()
