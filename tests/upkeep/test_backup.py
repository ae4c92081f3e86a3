"""Backups: whole whatever others do, checked before they get their name and before they are put back."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from memory.errors import JournalError, StorageError, UsageError
from memory.journal import Journal
from memory.journal.migrations import MIGRATIONS
from memory.memory import Memory
from memory.types import NewMessage, Role, Scope, Verdict
from memory.upkeep import archive
from memory.upkeep.backup import back_up
from memory.upkeep.restore import restore
from memory.upkeep.salvage import salvage
from tests.memory.test_journal_file import file_size_limit

from .conftest import TEXTS, best, fill, texts

STORE = "memory"
"""What is not tried here, and costs the least."""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_restored_memory_is_the_one_that_was_backed_up(
    tiny: Callable[..., Memory], folder: Path, tmp_path: Path
) -> None:
    memory = tiny()
    said = fill(memory)
    memory.flush()
    memory.link(said[0].id, said[4].id)
    memory.feedback(said[1].id, Verdict.USEFUL, "spare key")
    target = tmp_path / "safe.backup"
    made = back_up(folder / "journal.db", target)
    assert made.messages == 45
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert names(tmp_path) == {"home", "safe.backup"}
    memory.forget(messages=[said[0].id])
    memory.remember(NewMessage(Role.USER, "This was said after the backup.", "late"))
    memory.close()
    done = restore(target, folder / "journal.db")
    again = tiny()
    assert again.flush()
    assert best(again, "When does my passport expire?") == TEXTS[0]
    assert "This was said after the backup." not in texts(again)
    assert (said[0].seq, said[4].seq) in again.journal.linked([said[0].seq])
    assert [given.verdict for given in again.feedback_of()] == [Verdict.USEFUL]
    assert again.journal.count_missing_vectors("tiny") == 0
    assert done.aside
    kept = Journal.open(done.aside / "journal.db")
    assert [m.text for m in kept.session_messages("late", Scope())] == ["This was said after the backup."]
    kept.close()


def _write_on(path: Path, begun: object, stop: object) -> None:
    journal = Journal.open(path)
    number = 0
    while not stop.is_set():
        journal.append(NewMessage(Role.USER, f"written meanwhile {number} " + "and more " * 200, "w"), Scope())
        number += 1
        if number == 5:
            begun.set()
    journal.close()


def test_a_backup_is_of_one_moment_while_others_write(
    tiny: Callable[..., Memory], folder: Path, tmp_path: Path
) -> None:
    memory = tiny()
    fill(memory, 3000)
    spawn = multiprocessing.get_context("spawn")
    begun, stop = spawn.Event(), spawn.Event()
    writer = spawn.Process(target=_write_on, args=(folder / "journal.db", begun, stop))
    writer.start()
    try:
        assert begun.wait(30)
        for number in range(3):
            target = tmp_path / f"{number}.backup"
            back_up(folder / "journal.db", target)
            found = archive.check(target)
            with sqlite3.connect(target) as connection:
                held = [row[0] for row in connection.execute("SELECT text FROM messages WHERE text GLOB 'written*'")]
            connection.close()
            assert [int(text.split()[2]) for text in held] == list(range(len(held)))
            assert found.messages == 3005 + len(held)
    finally:
        stop.set()
        writer.join(30)
    assert writer.exitcode == 0


def test_a_file_that_is_no_backup_is_never_written_over(
    tiny: Callable[..., Memory], folder: Path, tmp_path: Path
) -> None:
    fill(tiny(), 1)
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Lea")
    for target in (letter, folder / "journal.db", tmp_path / "nowhere" / "x", Path("/dev/null")):
        with pytest.raises(UsageError):
            back_up(folder / "journal.db", target)
    assert letter.read_text() == "Dear Lea"
    first = back_up(folder / "journal.db", tmp_path / "x.backup")
    again = back_up(folder / "journal.db", tmp_path / "x.backup")
    assert first.path == again.path
    assert back_up(folder / "journal.db", tmp_path).path.name.startswith("recollect-")


def test_a_full_disk_leaves_the_backup_before_it(tiny: Callable[..., Memory], folder: Path, tmp_path: Path) -> None:
    memory = tiny()
    fill(memory, 500)
    target = tmp_path / "x.backup"
    back_up(folder / "journal.db", target)
    before = target.read_bytes()
    with file_size_limit(40_000), pytest.raises(StorageError, match="space"):
        back_up(folder / "journal.db", target)
    assert target.read_bytes() == before
    assert names(tmp_path) == {"home", "x.backup"}


def test_damage_and_newer_versions_are_refused_and_nothing_is_changed(
    tiny: Callable[..., Memory], folder: Path, tmp_path: Path
) -> None:
    memory = tiny()
    fill(memory, 200)
    memory.close()
    target = back_up(folder / "journal.db", tmp_path / "x.backup").path
    good = target.read_bytes()
    before = (folder / "journal.db").read_bytes()

    def refused(*words: str) -> None:
        with pytest.raises((JournalError, StorageError)) as error:
            restore(target, folder / "journal.db")
        assert all(word in str(error.value) for word in words), error.value
        assert (folder / "journal.db").read_bytes() == before
        assert not [name for name in names(folder) if name.startswith(("replaced", ".journal"))]

    place = good.index(b"Remark number 77")
    target.write_bytes(good[:place] + b"REMARK" + good[place + 6 :])
    refused("not what was written")
    target.write_bytes(good[: len(good) // 2])
    refused("damaged")
    target.write_bytes(b"Dear Lea" * 200)
    refused("not a backup")
    target.write_bytes(good)
    with sqlite3.connect(target) as connection:
        connection.execute("INSERT INTO backup_files VALUES ('prompts/../../evil.md', x'00')")
    connection.close()
    refused("does not belong")
    target.write_bytes(good)
    with sqlite3.connect(target) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    refused("newest recollect")
    shutil.copy(folder / "journal.db", target)
    refused("not a backup of one")
    target.unlink()
    refused("no file")


def test_a_memory_that_is_open_elsewhere_is_not_replaced(
    tiny: Callable[..., Memory], folder: Path, tmp_path: Path
) -> None:
    memory = tiny()
    fill(memory, 5)
    target = back_up(folder / "journal.db", tmp_path / "x.backup").path
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(1) as pool:
        assert "open in another" in pool.apply(_refused, (target, folder / "journal.db"))
    memory.remember(NewMessage(Role.USER, "Still here.", "s"))
    assert "Still here." in texts(memory)


def _refused(source: Path, journal: Path) -> str:
    try:
        restore(source, journal)
    except StorageError as error:
        return str(error)
    return ""


def test_a_journal_is_restored_where_there_is_none_and_where_it_is_damaged(
    tiny: Callable[..., Memory], folder: Path, tmp_path: Path
) -> None:
    memory = tiny()
    fill(memory, 5)
    memory.close()
    target = back_up(folder / "journal.db", tmp_path / "x.backup").path
    (folder / "journal.db").write_bytes(b"garbage " * 5000)
    (folder / "journal.db-wal").write_bytes(b"garbage")
    done = restore(target, folder / "journal.db")
    assert done.damaged
    assert (done.aside / "journal.db").read_bytes() == b"garbage " * 5000
    again = tiny()
    assert len(texts(again)) == 10
    assert best(again, "When does my passport expire?") == TEXTS[0]
    again.close()
    restore(target, tmp_path / "other" / "journal.db")
    other = Journal.open(tmp_path / "other" / "journal.db")
    assert other.stats()[0] == 10
    other.close()


def test_what_can_be_read_of_a_damaged_journal_is_salvaged(
    tiny: Callable[..., Memory], folder: Path, tmp_path: Path
) -> None:
    memory = tiny()
    said = fill(memory, 2000)
    memory.link(said[0].id, said[1].id)
    memory.close()
    path = folder / "journal.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(path.read_bytes())
    place = content.index(b"Remark number 1200 of")
    page = place // 4096
    content[page * 4096 : page * 4096 + 4096] = os.urandom(4096)
    path.write_bytes(content)
    with sqlite3.connect(path) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'messages'").fetchone()[0]
    connection.close()
    content[(root - 1) * 4096 : root * 4096] = bytes(4096)
    path.write_bytes(content)
    damaged = path.read_bytes()
    saved = salvage(path, tmp_path / "saved.backup")
    assert path.read_bytes() == damaged
    assert 1900 < saved.messages < 2005
    assert saved.lost == 2005 - saved.messages
    restore(saved.path, path)
    again = tiny()
    kept = set(texts(again))
    assert set(TEXTS) <= kept
    assert "Remark number 1200 of the diary." not in kept
    assert again.journal.linked([said[0].seq])
    assert best(again, "When does my passport expire?") == TEXTS[0]
    with pytest.raises(UsageError):
        salvage(path, saved.path)
    path.write_bytes(b"\xa5" * 50_000)
    with pytest.raises(JournalError):
        salvage(path, tmp_path / "nothing.backup")
    assert not (tmp_path / "nothing.backup").exists()
