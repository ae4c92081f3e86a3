"""Changing embedder and store: the old indexes serve until the new ones are whole, whatever happens meanwhile."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memory.errors import IndexMismatchError, StorageError
from memory.indexes.locks import ProcessLock
from memory.memory import Memory
from memory.types import NewMessage, Role
from memory.upkeep.examine import examine
from memory.upkeep.findings import State
from tests.memory.conftest import start_chroma

from .conftest import TEXTS, Tiny, best, fill

ROOT = Path(__file__).parents[2]


class Tiring(Tiny):
    """Embeds so many texts, and then is broken off as by Ctrl-C."""

    def __init__(self, name: str, strength: int) -> None:
        super().__init__(name, 32)
        self.strength = strength

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.strength -= len(texts)
        if self.strength < 0:
            raise KeyboardInterrupt
        return super().embed(texts)


def other(name: str) -> Tiny:
    return Tiny(name, 32 if name == "other" else 64)


def sound(folder: Path, store: str = "chroma") -> bool:
    return all(finding.state is not State.WRONG for finding in examine(folder, store, {}))


def test_an_interrupted_change_serves_the_old_and_goes_on(tiny: Callable[..., Memory], folder: Path) -> None:
    memory = tiny()
    fill(memory, 600)
    memory.flush()
    with pytest.raises(IndexMismatchError, match="rebuild --embeddings other"):
        Memory.open(folder, embedder=other("other"), background=False)
    for strength in (260, 300):
        embedder = Tiring("other", strength)
        changing = Memory.open(folder, embedder=embedder, background=False, adopt_embedder=True)
        with pytest.raises(KeyboardInterrupt):
            changing.rebuild()
        changing.close()
        assert best(memory, "When does my passport expire?") == TEXTS[0]
        assert memory._indexer.vectors.is_open
    prepared = memory.journal.prepared()
    assert prepared
    assert memory.journal.count_missing_vectors("other") < 200
    late = memory.remember(NewMessage(Role.USER, "The alarm code is 2580.", "late"))
    with Memory.open(folder, embedder=other("other"), background=False, adopt_embedder=True) as changing:
        done: list[tuple[int, int, str]] = []
        changing.rebuild(lambda *step: done.append(step))
        assert changing.journal.chosen() == prepared
        assert changing.journal.prepared() is None
        assert list(changing.journal.embedders()) == ["other"]
        assert {"embedding", "full text", "vectors"} <= {what for _, _, what in done}
        assert best(changing, "When does my passport expire?") == TEXTS[0]
        assert changing.recall("alarm code").recollections[0].message.id == late.id
    memory.close()
    assert sound(folder)
    assert not (folder / "chroma").exists()
    assert not (folder / "lexicon").exists()
    with Memory.open(folder, embedder=other("other"), background=False) as again:
        assert best(again, "Where is the spare key?") == TEXTS[1]


def test_open_memories_follow_or_say_that_they_cannot(
    tiny: Callable[..., Memory], folder: Path, wait_until: Callable[..., None]
) -> None:
    follower, idle = (tiny(background=True, follow=other) for _ in range(2))
    bound = tiny()
    fill(follower, 60)
    follower.flush()
    with Memory.open(folder, embedder=other("other"), background=False, adopt_embedder=True) as changing:
        changing.rebuild()
    found = follower.recall("When does my passport expire?")
    assert (found.recollections[0].message.text, found.notes) == (TEXTS[0], ())
    assert follower.embedder.name == "other"
    wait_until(lambda: idle.embedder.name == "other", 20)
    found = bound.recall("When does my passport expire?")
    assert found.recollections[0].message.text == TEXTS[0]
    assert "changed this memory over" in found.notes[0]
    said = bound.remember(NewMessage(Role.USER, "The alarm code is 2580.", "late"))
    assert follower.recall("alarm code").recollections[0].message.id == said.id
    wait_until(lambda: follower.stats().indexed == 66 or idle.stats().indexed == 66, 20)


def test_a_rebuild_with_the_same_names_serves_all_the_while_and_changes_the_store(
    tiny: Callable[..., Memory], folder: Path
) -> None:
    memory = tiny()
    said = fill(memory, 60)
    memory.flush()
    served: list[str] = []
    memory.rebuild(lambda *_: served.append(best(memory, "When does my passport expire?")))
    assert set(served) == {TEXTS[0]}
    assert memory._indexer.vectors.place != "chroma"
    memory.forget(messages=[said[0].id])
    with tiny(store="memory") as changed:
        changed.rebuild()
        assert changed.journal.chosen().store == "memory"
    assert best(memory, "Where is the spare key?") == TEXTS[1]
    assert memory.store == "memory"
    assert memory.flush()
    memory.close()
    assert sound(folder, "memory")
    assert not [path for path in folder.iterdir() if path.name.startswith("chroma") and path.is_dir()]


def test_what_is_forgotten_meanwhile_is_in_neither_index(tiny: Callable[..., Memory], folder: Path) -> None:
    memory = tiny()
    fill(memory, 300)
    said = memory.remember(NewMessage(Role.USER, "The secret word is xylophonist.", "secret"))
    memory.flush()
    changing = Memory.open(folder, embedder=Tiring("other", 400), background=False, adopt_embedder=True)
    lock = ProcessLock(folder / f"{changing._indexer.vectors.place}.lock")
    assert lock.take()
    with pytest.raises(StorageError, match="open in another"):
        changing.rebuild()
    lock.release()
    changing.close()
    words = memory.journal.prepared().words
    assert memory.recall("xylophonist").recollections[0].message.id == said.id
    assert (folder / words).is_dir()
    memory.forget(messages=[said.id])
    memory.close()
    left = [path for path in folder.rglob("*") if path.is_file() and b"xylophonist" in path.read_bytes().lower()]
    assert left == []


def test_two_rebuilds_at_once_are_not_had(tiny: Callable[..., Memory], folder: Path) -> None:
    memory = tiny()
    fill(memory, 5)
    lock = ProcessLock(folder / "rebuild.lock")
    assert lock.take()
    with pytest.raises(StorageError, match="rebuilding"):
        memory.rebuild()
    lock.release()


def test_wrong_associations_are_made_anew_by_a_rebuild(tiny: Callable[..., Memory], folder: Path) -> None:
    memory = tiny()
    fill(memory, 60)
    memory.flush()
    with memory.journal._db.write() as connection:
        connection.execute("UPDATE traces SET terms = (SELECT terms FROM traces WHERE message = 7) WHERE message = 3")
    memory.rebuild()
    memory.close()
    assert sound(folder)
    with tiny() as again:
        (trace,) = again.journal.traces([3]).values()
        assert "cello" in again.journal.node_texts([int(key) for key in trace.terms]).values()


_CHANGE = """
import sys
from pathlib import Path
from memory.memory import Memory
from tests.upkeep.test_changeover import other
memory = Memory.open(Path(sys.argv[1]), embedder=other("other"), background=False, adopt_embedder=True)
memory.rebuild(lambda *step: print(*step, flush=True))
"""


def test_a_killed_change_goes_on(tiny: Callable[..., Memory], folder: Path) -> None:
    memory = tiny()
    fill(memory, 300)
    memory.flush()
    memory.close()
    command = [sys.executable, "-c", _CHANGE, str(folder)]
    for wanted in ("embedding", "vectors"):
        running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        while not running.stdout.readline().strip().endswith(wanted):
            assert running.poll() is None
        running.kill()
        running.communicate()
        with tiny() as memory:
            assert best(memory, "When does my passport expire?") == TEXTS[0]
    with Memory.open(folder, embedder=other("other"), background=False, adopt_embedder=True) as memory:
        done: list[str] = []
        memory.rebuild(lambda _, __, what: done.append(what))
        assert "embedding" not in done
        assert "vectors" in done
        assert best(memory, "When does my passport expire?") == TEXTS[0]
        assert memory.flush()
        assert memory.stats().indexed == 305


def test_a_collection_on_a_server_is_changed_over_and_the_old_one_removed(
    tiny: Callable[..., Memory], folder: Path, tmp_path: Path
) -> None:
    import chromadb

    process, port = start_chroma(tmp_path / "server")
    try:
        memory = tiny(store_options={"host": "127.0.0.1", "port": port})
        fill(memory, 20)
        assert memory.flush()
        client = chromadb.HttpClient("127.0.0.1", port)
        (before,) = (one.name for one in client.list_collections())
        memory.rebuild()
        (after,) = (one.name for one in client.list_collections())
        assert after != before
        assert memory._indexer.vectors.open()
        assert client.get_collection(after).count() == 25
        assert best(memory, "When does my passport expire?") == TEXTS[0]
    finally:
        process.terminate()
        process.wait(10)
