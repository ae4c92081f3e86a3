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

from memory.errors import StorageError
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
def test_files_of_chroma_that_end_a_process_are_not_opened(
    tiny: Callable[..., Memory], folder: Path, killed: bool
) -> None:
    """Scrambled vectors are a fault in Chroma's own process; without a seal they are tried in another one first."""
    memory = tiny()
    fill(memory, 120)
    assert memory.flush()
    memory.close()
    if killed:
        (folder / "chroma.seal").unlink()
    (vectors,) = (folder / "chroma").rglob("data_level0.bin")
    harm(vectors, "scrambled")
    code = _OPEN.replace("with Memory", "import memory.indexes.storefiles as it\nit._SMALL = 10\nwith Memory", 1)
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, timeout=300, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    before, after, counts = done.stdout.splitlines()
    assert before == after == TEXTS[0]
    assert counts == "125 125 125"


@pytest.mark.parametrize("how", ["deleted", "scrambled"])
def test_indexes_harmed_while_they_are_open_are_made_anew_by_themselves(
    tiny: Callable[..., Memory], folder: Path, wait_until: Callable[..., None], how: str
) -> None:
    memory = tiny(background=True)
    fill(memory, 100)
    indexer = memory._indexer
    wait_until(lambda: memory.stats().indexed == memory.stats().passages == 105 and not indexer.vectors.lag(), 60)
    indexer.check()
    for lost in ("chroma", "lexicon"):
        if how == "deleted":
            shutil.rmtree(folder / lost)
            continue
        for path in (folder / lost).rglob("*"):
            if path.is_file() and not path.name.endswith(".lock"):
                harm(path, how)
    assert best(memory, "When does my passport expire?") == TEXTS[0]
    indexer.check()

    def whole() -> bool:
        store = indexer.vectors._store
        return store is not None and store.count() == 105 and memory.stats().indexed == 105

    wait_until(whole, 60)
    assert best(memory, "When does my passport expire?") == TEXTS[0]
    assert best(memory, "Where is the spare key?") == TEXTS[1]
    assert indexer.words._reader().ids() == [passage.id for passage in memory.journal.passages(0, 1000)]


def test_a_mapped_file_that_was_cut_short_is_not_read(tiny: Callable[..., Memory], folder: Path) -> None:
    """Reading past its end would end the process, so its length is looked at before every search."""
    memory = tiny(store="memory")
    fill(memory, 20)
    memory.flush()
    assert best(memory, "When does my passport expire?") == TEXTS[0]
    (terms,) = (folder / "lexicon").glob("*.term")
    os.truncate(terms, 10)
    with pytest.raises(StorageError, match="cut short"):
        memory._indexer.words._look()
    assert best(memory, "When does my passport expire?") == TEXTS[0]
    memory.flush()
    assert memory._indexer.words.position == 25


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
