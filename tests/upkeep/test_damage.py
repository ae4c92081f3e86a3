"""Indexes that are deleted, cut short or scrambled: noticed without being told, made anew, nothing lost meanwhile.

Chroma ends the process on some damaged files, so what happens to it is tried in processes of their own.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from memory.memory import Memory

from .conftest import TEXTS, best, fill

ROOT = Path(__file__).parents[2]
_OPEN = """
import sys
from pathlib import Path
from memory.memory import Memory
from tests.upkeep.conftest import Tiny, best
with Memory.open(Path(sys.argv[1]), embedder=Tiny(), background=False) as memory:
    print(best(memory, "When does my passport expire?"))
    assert memory.flush()
    assert memory._indexer.vectors.is_open
    print(best(memory, "When does my passport expire?"))
    print(memory._indexer.vectors._store.count(), memory.stats().indexed, memory.stats().passages)
"""


def harm(path: Path, how: str) -> None:
    size = path.stat().st_size
    if how == "deleted":
        path.unlink()
    elif how == "cut short":
        os.truncate(path, size // 2)
    elif how == "scrambled":
        content = bytearray(path.read_bytes())
        content[size // 4 : size // 2] = random.Random(7).randbytes(size // 2 - size // 4)
        path.write_bytes(content)


@pytest.mark.parametrize("killed", [False, True], ids=["closed", "killed"])
def test_every_file_of_chroma_may_be_harmed(
    tiny: Callable[..., Memory], folder: Path, tmp_path: Path, killed: bool
) -> None:
    """Files are harmed one after the other; what is left of the seal says whether the process before was killed."""
    memory = tiny()
    fill(memory, 2200 if killed else 300)
    assert memory.flush()
    memory.close()
    good = tmp_path / "good"
    shutil.copytree(folder, good)
    count = memory_count = None
    names = sorted(path.relative_to(good) for path in (good / "chroma").rglob("*") if path.is_file())
    tried = [(name, how) for name in names for how in ("deleted", "cut short", "scrambled")]
    chosen = [one for one in tried if one[0].suffix == ".sqlite3" or "data_level0" in one[0].name]
    for name, how in random.Random(3).sample(chosen, 2):
        shutil.rmtree(folder)
        shutil.copytree(good, folder)
        if killed:
            (folder / "chroma.seal").unlink()
        harm(folder / name, how)
        done = subprocess.run(
            [sys.executable, "-c", _OPEN, str(folder)],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=ROOT,
            check=False,
        )
        assert done.returncode == 0, (name, how, done.stderr)
        before, after, counts = done.stdout.splitlines()
        assert before == after == TEXTS[0]
        count, indexed, memory_count = map(int, counts.split())
        assert count == indexed == memory_count


@pytest.mark.parametrize("lost", ["chroma", "lexicon"])
@pytest.mark.parametrize("how", ["deleted", "scrambled"])
def test_an_index_harmed_while_it_is_open_is_made_anew_by_itself(
    tiny: Callable[..., Memory], folder: Path, wait_until: Callable[..., None], lost: str, how: str
) -> None:
    memory = tiny(background=True)
    fill(memory, 100)
    wait_until(lambda: memory.stats().indexed == memory.stats().passages == 105, 60)
    memory._indexer.check()
    inode = next((folder / lost).rglob("*")).stat().st_ino
    if how == "deleted":
        shutil.rmtree(folder / lost)
    else:
        for path in (folder / lost).rglob("*"):
            if path.is_file() and not path.name.endswith(".lock"):
                harm(path, how)
    assert best(memory, "When does my passport expire?") == TEXTS[0]
    memory._indexer.check()
    wait_until(lambda: memory.stats().indexed == 105 and memory._indexer.vectors.is_open, 60)
    files = [path for path in (folder / lost).rglob("*") if path.is_file()]
    assert files
    assert inode not in {path.stat().st_ino for path in files} or how == "deleted"
    assert best(memory, "When does my passport expire?") == TEXTS[0]
    assert best(memory, "Where is the spare key?") == TEXTS[1]
    assert memory._indexer.vectors._store.count() == 105
    assert sorted(memory._indexer.words._reader().ids()) == sorted(p.id for p in memory.journal.passages(0, 1000))


def test_a_sound_index_is_kept_over_closing_and_opening(tiny: Callable[..., Memory], folder: Path) -> None:
    memory = tiny()
    fill(memory, 100)
    assert memory.flush()
    memory.close()
    (made,) = (path for path in (folder / "chroma").iterdir() if path.is_dir())
    again = tiny()
    assert again.flush()
    assert [path for path in (folder / "chroma").iterdir() if path.is_dir()] == [made]
    again.close()
