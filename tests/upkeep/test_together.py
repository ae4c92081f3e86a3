"""Several processes at once, and disks that are full."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.writers import work_together
from memory.errors import StorageError
from memory.journal import Journal
from memory.memory import Memory
from memory.types import NewMessage, Role, Scope
from memory.upkeep.examine import examine
from memory.upkeep.findings import State

from .conftest import TEXTS, Tiny, best, fill


@pytest.mark.timeout(600)
def test_writers_and_readers_at_once_lose_nothing(tmp_path: Path) -> None:
    outcome = work_together(tmp_path / "memory", 3.0, writers=4, readers=4, patience=60.0)
    assert outcome.troubles == []
    assert outcome.written > 20
    assert outcome.at_once == len(outcome.seconds) == outcome.looks > 4


def _made(path: Path, at: float) -> str:
    """Make a journal at a moment, or find it made; what went wrong."""
    while time.time() < at:
        pass
    try:
        Journal.open(path).close()
    except StorageError as error:
        return str(error)
    return ""


@pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(), reason="starting a process anew takes too long here"
)
def test_programs_that_begin_at_once_make_one_journal(tmp_path: Path) -> None:
    with multiprocessing.get_context("forkserver").Pool(8) as pool:
        for number in range(60):
            at = time.time() + 0.02
            path = tmp_path / str(number) / "journal.db"
            assert pool.starmap(_made, [(path, at)] * 8, chunksize=1) == [""] * 8


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes; where none may be mounted, files that may grow no longer than two, as by a quota."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", str(folder)], capture_output=True)
    if made.returncode == 0:
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        return
    resource = pytest.importorskip("resource")
    before, heard = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, before[1]))
    try:
        yield folder
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, heard)


def test_a_full_disk_is_said_and_the_journal_stays_readable(small_disk: Path) -> None:
    folder = small_disk / "memory"
    memory = Memory.open(folder, embedder=Tiny(), background=False)
    fill(memory, 20)
    memory.flush()
    kept: list[str] = []
    with pytest.raises(StorageError, match="space"):
        while len(kept) < 1000:
            kept.append(memory.remember(NewMessage(Role.USER, "and much more " * 900, "long")).id)
    assert kept
    assert best(memory, "When does my passport expire?") == TEXTS[0]
    assert [message.id for message in memory.session_messages("long")] == kept
    memory.close()
    findings = list(examine(folder, "chroma", {}))
    if small_disk.is_mount():
        (disk,) = (one for one in findings if one.part == "disk")
        assert disk.state is State.WRONG
        assert "Free some space" in disk.todo
    assert all(one.state is not State.WRONG for one in findings if one.part == "journal")
    again = Journal.open(folder / "journal.db")
    assert [message.id for message in again.session_messages("long", Scope())] == kept
    again.close()


def test_no_lock_is_held_while_a_model_answers(tiny: Callable[..., Memory], folder: Path) -> None:
    """While one process waits for its embedder, another remembers, recalls, forgets and brings the indexes up."""
    slow = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from memory.memory import Memory\n"
        "from tests.upkeep.conftest import Tiny\n"
        "class Slow(Tiny):\n"
        "    def embed(self, texts):\n"
        "        print('asked', flush=True)\n"
        "        threading.Event().wait()\n"
        "memory = Memory.open(Path(sys.argv[1]), embedder=Slow(), background=True)\n"
        "threading.Event().wait()\n"
    )
    memory = tiny()
    said = fill(memory, 20)
    other = subprocess.Popen(
        [sys.executable, "-c", slow, str(folder)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        env={**os.environ},
    )  # fmt: skip
    try:
        assert other.stdout.readline() == "asked\n"
        assert best(memory, "When does my passport expire?") == TEXTS[0]
        memory.remember(NewMessage(Role.USER, "The alarm code is 2580.", "late"))
        memory.forget(messages=[said[1].id])
        assert "2580" in best(memory, "alarm code")
        assert memory.flush(30)
        assert memory.stats().indexed == memory.stats().passages
    finally:
        other.kill()
        other.communicate()
