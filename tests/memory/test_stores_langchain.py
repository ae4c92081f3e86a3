"""What is particular to LangChain's vector stores: what they lack, what they lose, and what else they may hold."""

from __future__ import annotations

import re
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import InMemoryVectorStore, VectorStore

from memory.errors import ConfigError, StorageError
from memory.memory import Memory
from memory.registry import load_store
from memory.store import MemoryStore, StoreSpec
from memory.stores.lent import LentVectors
from memory.stores.making import named
from memory.testing.trial import cue, ranked, sample
from memory.types import Scope

from .conftest import fill

HERE = __name__
_KEPT: dict[str, Any] = {}
"""What stands for a server: it outlives the stores that are opened on it."""


class NoGetByIds(InMemoryVectorStore):
    get_by_ids = VectorStore.get_by_ids


class TextAlone(NoGetByIds):
    """Searches by text and nothing else, as a few old ones do."""

    similarity_search_by_vector = VectorStore.similarity_search_by_vector
    similarity_search_with_score_by_vector = None  # type: ignore[assignment]

    def similarity_search(self, query: str, k: int = 4, **more: Any) -> list[Document]:
        found = self._similarity_search_with_score_by_vector(self.embedding.embed_query(query), k)
        return [document for document, *_ in found]


class RefusesKnownIds(InMemoryVectorStore):
    def add_texts(self, texts: Any, metadatas: Any = None, *, ids: Any = None, **more: Any) -> list[str]:
        if any(id_ in self.store for id_ in ids):
            raise ValueError("known already")
        return super().add_texts(texts, metadatas, ids=ids, **more)

    def delete(self, ids: Sequence[str] | None = None, **more: Any) -> None:
        for id_ in ids or ():
            del self.store[id_]


class NeverDeletes(InMemoryVectorStore):
    def delete(self, ids: Sequence[str] | None = None, **more: Any) -> None:
        pass


class NoDelete(InMemoryVectorStore):
    delete = VectorStore.delete


class OwnIds(InMemoryVectorStore):
    def add_texts(self, texts: Any, metadatas: Any = None, *, ids: Any = None, **more: Any) -> list[str]:
        return super().add_texts(texts, metadatas, **more)


class Forgetful(InMemoryVectorStore):
    def similarity_search_by_vector(self, embedding: list[float], k: int = 4, **more: Any) -> list[Document]:
        return []


def kept(embedding: Embeddings, name: str = "one") -> VectorStore:
    """The same store each time, with the current vectors lent to it."""
    store = _KEPT.setdefault(name, InMemoryVectorStore(embedding))
    store.embedding = embedding
    return store  # type: ignore[no-any-return]


def fails(connection: str) -> VectorStore:
    raise RuntimeError(f"cannot connect to {connection}\nsecond line")


def not_a_store(**_: Any) -> object:
    return object()


@pytest.fixture(autouse=True)
def _empty_server() -> None:
    _KEPT.clear()


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., MemoryStore]:
    def make(name: str, folder: str = "store", **arguments: Any) -> MemoryStore:
        path = name if ":" in name else f"{HERE}:{name}"
        options = {"class": path, "arguments": arguments}
        kind = load_store("langchain").chosen(options)
        return kind.open(StoreSpec(tmp_path / folder, "test", 8, options))

    return make


@pytest.mark.parametrize("name", ["NoGetByIds", "TextAlone", "RefusesKnownIds"])
def test_what_some_lack_is_made_up_for(opened: Callable[..., MemoryStore], name: str) -> None:
    store = opened(name)
    entries = sample(30)
    store.upsert(entries)
    store.upsert(entries)
    assert [hit.id for hit in store.search(cue(), 5)] == ranked(entries, cue())[:5]
    store.delete([entry.id for entry in entries[:10]])
    store.delete(["0003", "none"])
    assert [hit.id for hit in store.search(cue(), 50)] == ranked(entries[10:], cue())


@pytest.mark.parametrize(
    ("name", "lacks"),
    [
        ("NeverDeletes", "does not remove entries by their ids"),
        ("OwnIds", "does not remove entries by their ids"),
        ("NoDelete", "does not have what is needed"),
        ("Forgetful", "does not find what was added"),
        ("not_a_store", "does not give a LangChain VectorStore"),
        ("nothing_here", "cannot be imported"),
        ("no.such.module:X", "cannot be imported"),
        ("HERE", "cannot be called"),
    ],
)
def test_what_cannot_be_made_up_for_is_said(opened: Callable[..., MemoryStore], name: str, lacks: str) -> None:
    with pytest.raises(ConfigError, match=lacks):
        opened(name)


def test_one_that_keeps_everything_is_refused_again() -> None:
    options = {"class": f"{HERE}:kept", "arguments": {"name": "keeps"}}
    _KEPT["keeps"] = NeverDeletes(LentVectors(8))
    kind = load_store("langchain").chosen(options)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            with pytest.raises(ConfigError, match="does not remove"):
                kind.open(StoreSpec(Path(folder), "test", 8, options))


def test_arguments_are_checked_before_anything_is_called(
    opened: Callable[..., MemoryStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="does not take these arguments"):
        opened("fails", conection="x")
    with pytest.raises(ConfigError, match="NOT_SET_ANYWHERE"):
        opened("fails", connection="postgresql://me:${NOT_SET_ANYWHERE}@host")
    for options in ({}, {"class": 3}, {"clas": "x"}, {"class": "x", "arguments": "y"}):
        with pytest.raises(ConfigError):
            load_store("langchain").chosen(options)


def test_a_password_is_not_told(opened: Callable[..., MemoryStore], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_PASSWORD", "hunter2")
    with pytest.raises(StorageError, match=r"me:\*\*\*@host") as error:
        opened("fails", connection="postgresql://me:${STORE_PASSWORD}@host")
    assert "hunter2" not in str(error.value)
    assert "second line" not in str(error.value)


def test_where_it_lives_says_how_many_may_open_it() -> None:
    def found(**options: Any) -> tuple[bool, bool]:
        capabilities = load_store("langchain").chosen(options).capabilities
        return capabilities.persistent, capabilities.many_processes

    assert found(**{"class": "a:B", "arguments": {"url": "http://localhost"}}) == (True, True)
    assert found(**{"class": "a:B", "arguments": {"client": {"call": "a:C", "path": "{folder}/x"}}}) == (True, False)
    assert found(**{"class": "a:B", "arguments": {"location": ":memory:"}}) == (False, False)
    assert found(**{"class": "a:InMemoryVectorStore"}) == (False, False)
    assert found(**{"class": "a:B", "persistent": False}) == (False, False)


def test_the_settings_in_the_documents_are_right() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "plug-in-stores.md").read_text(encoding="utf-8")
    examples = [
        tomllib.loads(body)["memory"] for body in re.findall(r"^```toml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    ]
    kinds = [load_store(each["store"]).chosen(each["store_options"]).__name__ for each in examples]
    assert kinds == ["ChromaServerStore", "LangChainStore", "EmbeddedLangChainStore"]
    for each in examples:
        if path := each["store_options"].get("class"):
            named(path)


def test_what_is_not_ours_is_left_alone_and_never_found(opened: Callable[..., MemoryStore]) -> None:
    store = opened("kept")
    theirs = _KEPT["one"]
    with store._lending.lent({"their note": cue()}):  # type: ignore[attr-defined]
        theirs.add_texts(["their note"], ids=["theirs"])
    store.upsert(sample(5))
    assert {hit.id for hit in store.search(cue(), 10)} == {entry.id for entry in sample(5)}
    store.clear()
    assert store.search(cue(), 10) == []
    store.drop()
    assert list(theirs.store) == ["theirs"]


def test_what_the_server_lost_is_noticed_when_it_is_opened_and_when_it_is_searched(
    opened: Callable[..., MemoryStore],
) -> None:
    store = opened("kept")
    store.upsert(sample(5))
    store.set_identity("mine")
    assert opened("kept").identity() == "mine"
    _KEPT["one"].store.clear()
    again = opened("kept")
    assert (again.identity(), again.count()) == ("", 0)
    again.upsert(sample(5))
    again.set_identity("mine")
    _KEPT["one"].store.clear()
    with pytest.raises(StorageError, match="has lost what was written"):
        again.search(cue(), 3)
    assert again.identity() == ""


def test_what_a_lost_ledger_knew_is_removed_and_nothing_else(opened: Callable[..., MemoryStore]) -> None:
    first = opened("kept")
    first.upsert(sample(10))
    with first._lending.lent({"their note": cue()}):  # type: ignore[attr-defined]
        _KEPT["one"].add_texts(["their note"], ids=["theirs"])
    store = opened("kept", folder="another")
    assert len(_KEPT["one"].store) == 2  # the marker and theirs
    store.upsert(sample(10)[5:])
    assert {hit.id for hit in store.search(sample(10)[0].vector, 5)} == {f"{n:04}" for n in range(5, 10)}


@pytest.mark.parametrize("name", ["qdrant", "in memory"])
def test_a_memory_lives_on_it(open_memory: Callable[..., Memory], name: str) -> None:
    options: dict[str, Any] = {"class": "langchain_core.vectorstores:InMemoryVectorStore"}
    if name == "qdrant":
        options["class"] = "langchain_qdrant:QdrantVectorStore.construct_instance"
        options["arguments"] = {"client_options": {"path": "{folder}/qdrant"}}
    memory = open_memory(store="langchain", store_options=options)
    said = fill(memory)
    assert memory.flush()
    assert memory._indexer.vectors.is_open
    found = memory.recall("When does my passport expire?")
    assert "passport" in found.recollections[0].message.text
    assert not found.notes
    memory.forget(messages=[said["passport"].id])
    assert memory.flush()
    store = memory._indexer.vectors._store
    assert store.count() == memory.stats().passages == len(said) - 1
    assert all("passport" not in each.message.text for each in memory.recall("passport").recollections)
    memory.close()
    other = open_memory(store="langchain", store_options=options, scope=Scope("another"))
    assert other.flush()
    assert other.recall("When did I start to learn the cello?").recollections == ()
    assert np.isfinite([hit.score for hit in other._indexer.vectors._store.search(np.ones(384, np.float32), 3)]).all()
