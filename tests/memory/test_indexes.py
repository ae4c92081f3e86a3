from __future__ import annotations

import multiprocessing
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from memory.embeddings import Embedder
from memory.errors import IndexMismatchError, StorageError, UsageError
from memory.memory import Memory
from memory.types import NewMessage, Role

from .conftest import fill, say, start_chroma
from .tiny import Tiny


def best(memory: Memory, cue: str) -> str:
    return memory.recall(cue).recollections[0].message.text


def test_the_background_brings_both_indexes_up(
    open_memory: Callable[..., Memory], wait_until: Callable[..., None]
) -> None:
    memory = open_memory(background=True)
    fill(memory)
    wait_until(lambda: memory.stats().indexed == memory.stats().passages and memory._indexer.vectors.is_open, 30)
    assert "passport" in best(memory, "When does my passport expire?")


def test_what_another_process_said_is_recalled(open_memory: Callable[..., Memory]) -> None:
    """Two memories on one folder stand for two processes: one has the store open, the other scans."""
    first, second = open_memory(), open_memory()
    fill(first)
    first.flush()
    assert first._indexer.vectors.is_open
    said = say(second, "The alarm code is 2580.", "alarm")
    assert first.recall("alarm code").recollections[0].message.id == said.id
    assert not second._indexer.vectors.open()
    assert "passport" in best(second, "When does my passport expire?")


@pytest.mark.parametrize("lost", ["chroma", "lexicon"])
def test_a_deleted_index_is_made_anew_and_nothing_is_lost(
    open_memory: Callable[..., Memory], tmp_path: Path, lost: str
) -> None:
    memory = open_memory()
    fill(memory)
    memory.flush()
    memory.close()
    shutil.rmtree(tmp_path / "memory" / lost)
    again = open_memory()
    assert "passport" in best(again, "When does my passport expire?")
    assert again.flush()
    assert again.stats().indexed == again.stats().passages
    assert "passport" in best(again, "When does my passport expire?")


@pytest.mark.parametrize("scrambled", ["chroma", "lexicon"])
def test_a_scrambled_index_is_made_anew(open_memory: Callable[..., Memory], tmp_path: Path, scrambled: str) -> None:
    memory = open_memory()
    fill(memory)
    memory.flush()
    memory.close()
    for path in (tmp_path / "memory" / scrambled).rglob("*"):
        if path.is_file():
            path.write_bytes(b"\x00garbage\xff" * 7)
    again = open_memory()
    assert "passport" in best(again, "When does my passport expire?")
    again.flush()
    assert "passport" in best(again, "When does my passport expire?")


def test_rebuild_makes_the_indexes_anew_and_says_how_far_it_is(memory: Memory) -> None:
    fill(memory)
    memory.flush()
    steps: list[str] = []
    memory.rebuild(lambda done, total, what: steps.append(what))
    assert {"full text", "vectors"} <= set(steps)
    assert memory.stats().indexed == memory.stats().passages


def test_an_unknown_store_is_answered_with_those_there_are(open_memory: Callable[..., Memory]) -> None:
    with pytest.raises(UsageError, match="chroma"):
        open_memory(store="chrome")


class _Other:
    """An embedder of another name, as if the user had changed the setting."""

    dimension = 384

    def __init__(self, real: Embedder) -> None:
        self.name = "other-embedder"
        self._real = real

    def embed(self, texts: list[str]) -> object:
        return self._real.embed(texts)


def test_another_embedder_is_refused_until_the_memory_is_rebuilt(
    open_memory: Callable[..., Memory], tmp_path: Path, embedder: Embedder
) -> None:
    memory = open_memory()
    fill(memory)
    memory.flush()
    memory.close()
    other = _Other(embedder)
    with pytest.raises(IndexMismatchError, match=r"rebuild --embeddings other-embedder"):
        Memory.open(tmp_path / "memory", embedder=other)
    with Memory.open(tmp_path / "memory", embedder=other, background=False, adopt_embedder=True) as changed:
        changed.rebuild()
    with Memory.open(tmp_path / "memory", embedder=other, background=False) as again:
        assert "passport" in best(again, "When does my passport expire?")
        assert list(again.journal.embedders()) == ["other-embedder"]


def _write(folder: Path, name: str, count: int, models: Path) -> None:
    from memory.embeddings import load_embedder

    with Memory.open(folder, embedder=load_embedder("local", models), background=True) as memory:
        for number in range(count):
            say(memory, f"{name} said thing number {number}.", name)


def test_two_processes_write_at_once_and_nothing_is_lost(
    open_memory: Callable[..., Memory], tmp_path: Path, models_folder: Path, embedder: Embedder
) -> None:
    embedder.embed(["pull once"])
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(tmp_path / "memory", name, 60, models_folder)) for name in ("x", "y")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(90)
        assert writer.exitcode == 0
    memory = open_memory()
    assert memory.stats().messages == 120
    memory.flush()
    assert memory.stats().indexed == memory.stats().passages
    assert [message.text for message in memory.session_messages("x")][-1] == "x said thing number 59."


def test_several_processes_share_a_chroma_server_and_go_on_without_it(
    open_memory: Callable[..., Memory], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.indexes.vectors.HELD", 0)
    process, port = start_chroma(tmp_path / "server")
    options = {"host": "127.0.0.1", "port": port}
    try:
        first, second = open_memory(store_options=options), open_memory(store_options=options)
        fill(first)
        assert first.flush()
        assert second.flush()
        assert first._indexer.vectors.is_open
        assert second._indexer.vectors.is_open
        assert "passport" in best(second, "When does my passport expire?")
        said = say(second, "The alarm code is 2580.", "alarm")
        assert second.flush()
        assert first.recall("alarm code").recollections[0].message.id == said.id
        indexed = first.stats().indexed
    finally:
        process.terminate()
        process.wait(10)
    found = first.recall("When does my passport expire?")
    assert "passport" in found.recollections[0].message.text
    assert found.notes
    assert first.stats().indexed == indexed
    with pytest.raises(StorageError, match="127"):
        first.flush()


def test_an_index_of_nothing_has_nothing_pending_after_everything_was_forgotten(tmp_path) -> None:
    with Memory.open(tmp_path, embedder=Tiny(), store="memory", background=False) as memory:
        memory.remember(NewMessage(Role.USER, "The key is under the mat.", "s"))
        memory.forget(everything=True)
        assert memory.flush(timeout=20)
    with Memory.open(tmp_path, embedder=Tiny(), store="memory", background=False) as memory:
        words = memory._indexer.words
        fresh = type(words)(memory.journal, tmp_path, "lexicon-fresh")
        assert not fresh.pending()
        assert fresh.catch_up() == 0
