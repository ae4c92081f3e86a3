"""What every store must do, done to ours: in memory, Chroma in this process, and a real Chroma server on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from memory.errors import ConfigError, IndexMismatchError, StorageError, UsageError
from memory.journal import new_id
from memory.registry import check_store, load_store, store_names
from memory.store import Entry, MemoryStore, StoreSpec

Open = Callable[..., MemoryStore]
DIMENSION = 8


@pytest.fixture(params=["memory", "chroma", "chroma-server"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    opened: list[MemoryStore] = []
    options: dict[str, str | int] = {}
    if request.param == "chroma-server":
        port = request.getfixturevalue("chroma_server")
        options = {"host": "127.0.0.1", "port": port}
    kind = load_store(request.param.split("-")[0]).chosen(options)
    unique = new_id()

    def make(collection: str = "test", dimension: int = DIMENSION) -> MemoryStore:
        store = kind.open(StoreSpec(tmp_path / "store", f"{collection}-{unique}", dimension, options))
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()
        store.close()


def entries(count: int, start: int = 0) -> list[Entry]:
    rng = np.random.default_rng(start + 1)
    rows = rng.normal(size=(count, DIMENSION)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return [
        Entry(f"{start + n:04}", row, {"scope": "even" if n % 2 == 0 else "odd", "third": n % 3 == 0})
        for n, row in enumerate(rows)
    ]


def test_it_finds_the_nearest_by_cosine(open_store: Open) -> None:
    store = open_store()
    all_ = entries(60)
    store.upsert(all_)
    cue = entries(1, 500)[0].vector
    expected = sorted(all_, key=lambda entry: -float(entry.vector @ cue))
    hits = store.search(cue * 3, 10)
    assert [hit.id for hit in hits] == [entry.id for entry in expected[:10]]
    assert [hit.score for hit in hits] == pytest.approx([float(e.vector @ cue) for e in expected[:10]], abs=1e-5)
    assert len(store.search(cue, 100)) == 60
    assert store.search(cue, 0) == []


def test_conditions_hold(open_store: Open) -> None:
    store = open_store()
    store.upsert(entries(60))
    cue = entries(1, 500)[0].vector
    odd = {entry.id for entry in entries(60) if entry.metadata["scope"] == "odd"}
    assert {hit.id for hit in store.search(cue, 60, {"scope": "odd"})} == odd
    both = {entry.id for entry in entries(60) if entry.metadata == {"scope": "odd", "third": True}}
    assert {hit.id for hit in store.search(cue, 60, {"scope": "odd", "third": True})} == both
    assert store.search(cue, 60, {"scope": "neither"}) == []


def test_writing_twice_is_the_same_as_once_and_replaces(open_store: Open) -> None:
    store = open_store()
    store.upsert(entries(5))
    store.upsert(entries(5))
    assert store.count() == 5
    new = entries(1, 9)[0].vector
    store.upsert([Entry("0002", new, {"scope": "new"})])
    (found,) = store.get(["0002"])
    assert found.vector == pytest.approx(new, abs=1e-6)
    assert found.metadata["scope"] == "new"
    store.upsert([])
    assert store.count() == 5


def test_entries_come_in_the_order_asked(open_store: Open) -> None:
    store = open_store()
    store.upsert(entries(5))
    assert [entry.id for entry in store.get(["0003", "none", "0000"])] == ["0003", "0000"]
    assert store.get([]) == []


def test_deleted_entries_are_never_found_again(open_store: Open) -> None:
    store = open_store()
    all_ = entries(30)
    store.upsert(all_)
    store.delete([entry.id for entry in all_[:10]] + ["none"])
    store.delete([])
    assert store.count() == 20
    assert {hit.id for hit in store.search(all_[0].vector, 30)} == {entry.id for entry in all_[10:]}
    assert store.get(["0000"]) == []


def test_paging_goes_through_all_of_them_once(open_store: Open) -> None:
    store = open_store()
    store.upsert(entries(23))
    seen: list[str] = []
    after = None
    while page := store.page(after, 5):
        assert len(page) <= 5
        seen += page
        after = page[-1]
    assert seen == [entry.id for entry in entries(23)]


def test_clearing_takes_everything(open_store: Open) -> None:
    store = open_store()
    store.upsert(entries(5))
    store.set_identity("mine")
    store.clear()
    assert (store.count(), store.identity()) == (0, "")
    store.upsert(entries(2))
    assert store.count() == 2


def test_what_a_persistent_store_holds_is_there_again(open_store: Open) -> None:
    store = open_store()
    assert store.identity() == ""
    store.upsert(entries(5))
    store.set_identity("the journal's own, ünï")
    assert store.identity() == "the journal's own, ünï"
    store.close()
    again = open_store()
    if type(store).capabilities.persistent:
        assert again.identity() == "the journal's own, ünï"
        assert again.count() == 5
        with pytest.raises(IndexMismatchError, match="8 dimensions"):
            open_store(dimension=4)
    else:
        assert (again.identity(), again.count()) == ("", 0)
    assert open_store("another").count() == 0


def test_vectors_of_another_length_are_refused(open_store: Open) -> None:
    store = open_store()
    store.upsert(entries(2))
    with pytest.raises(StorageError):
        store.upsert([Entry("9", np.ones(3, dtype=np.float32), {})])
    assert store.count() == 2


def test_a_server_that_is_not_there_is_an_error_that_says_so(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        options = {"host": "127.0.0.1", "port": taken.getsockname()[1]}
        kind = load_store("chroma").chosen(options)
        assert kind.capabilities.many_processes
        with pytest.raises(StorageError, match=r"127\.0\.0\.1"):
            kind.open(StoreSpec(tmp_path, "test", DIMENSION, options))


def test_an_option_that_there_is_not_is_refused() -> None:
    with pytest.raises(ConfigError, match="'host'"):
        load_store("chroma").chosen({"hots": "x"})


def test_stores_are_named_without_being_imported() -> None:
    assert {"chroma", "memory"} <= set(store_names())
    code = (
        "import sys; from memory.registry import *; print(store_names()); check_store('chroma');"
        "assert not {'chromadb', 'memory.stores'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_wrong_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"chroma, memory.*Did you mean 'chroma'"):
        check_store("chrome")


def test_a_store_of_another_package_is_loaded_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[recollect.stores]\ntheirs = their_store:Theirs\nbroken = no_such_module:X\nodd = json:dumps\n"
    )
    (tmp_path / "their_store.py").write_text(
        "from memory.stores.inmemory import InMemoryStore\nclass Theirs(InMemoryStore): pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert {"theirs", "broken", "chroma"} <= set(store_names())
    assert load_store("theirs").__name__ == "Theirs"
    with pytest.raises(UsageError, match="cannot be loaded"):
        load_store("broken")
    with pytest.raises(UsageError, match="not a MemoryStore"):
        load_store("odd")
