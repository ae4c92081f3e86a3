"""LangChain's own standard tests: on Chroma as `langchain-chroma` wraps it over our folder, and on our retriever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore

from memory.embeddings import Embedder
from memory.memory import Memory
from memory.registry import load_store
from memory.retriever import AssociationRetriever
from memory.store import StoreSpec
from memory.testing.trial import cue, ranked, sample

from .conftest import fill

standard = pytest.importorskip("langchain_tests.integration_tests", reason="langchain-tests is not installed")


class TestWrappedChroma(standard.VectorStoreIntegrationTests):
    """In the folder of our own store, beside its collection, which is as it was afterwards."""

    @pytest.fixture
    def vectorstore(self, tmp_path: Path) -> Iterator[VectorStore]:
        from langchain_chroma import Chroma

        spec = StoreSpec(tmp_path / "chroma", "recollect", 8, {})
        ours = load_store("chroma").open(spec)
        ours.upsert(sample(10))
        ours.close()
        (folder,) = spec.folder.iterdir()
        theirs = Chroma("theirs", embedding_function=self.get_embeddings(), persist_directory=str(folder))
        yield theirs
        theirs.delete_collection()
        theirs._client.close()
        ours = load_store("chroma").open(spec)
        assert [hit.id for hit in ours.search(cue(), 20)] == ranked(sample(10), cue())
        ours.close()


class TestRetriever(standard.RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _memory(self, tmp_path: Path, embedder: Embedder) -> Iterator[None]:
        with Memory.open(tmp_path / "memory", embedder=embedder, background=False) as memory:
            fill(memory)
            type(self).memory = memory
            yield

    memory: Memory

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return AssociationRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"memory": self.memory}

    @property
    def retriever_query_example(self) -> str:
        return "When did my sister Ana adopt the brown labrador puppy she calls Biscuit?"
