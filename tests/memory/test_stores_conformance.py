"""What every store must do, done to ours and to real ones behind LangChain's interface."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from memory.registry import load_store
from memory.store import MemoryStore, Options
from memory.testing import MemoryStoreConformance

from . import postgres


class TestInMemory(MemoryStoreConformance):
    @pytest.fixture
    def store_class(self) -> type[MemoryStore]:
        return load_store("memory")


class TestChroma(MemoryStoreConformance):
    @pytest.fixture
    def store_class(self) -> type[MemoryStore]:
        return load_store("chroma")


class TestChromaServer(MemoryStoreConformance):
    @pytest.fixture
    def store_class(self) -> type[MemoryStore]:
        return load_store("chroma")

    @pytest.fixture
    def store_options(self, chroma_server: int) -> Options:
        return {"host": "127.0.0.1", "port": chroma_server}


class _LangChain(MemoryStoreConformance):
    @pytest.fixture
    def store_class(self) -> type[MemoryStore]:
        return load_store("langchain")


class TestLangChainInMemory(_LangChain):
    @pytest.fixture
    def store_options(self) -> Options:
        return {"class": "langchain_core.vectorstores:InMemoryVectorStore"}


class TestQdrantInAFolder(_LangChain):
    @pytest.fixture
    def store_options(self) -> Options:
        return {
            "class": "langchain_qdrant:QdrantVectorStore.construct_instance",
            "arguments": {"client_options": {"path": "{folder}/qdrant"}},
        }


@pytest.fixture(scope="module")
def postgres_port() -> Iterator[int]:
    if postgres.programs() is None:
        pytest.skip("no PostgreSQL with pgvector is installed")
    with postgres.server() as port:
        yield port


class TestPgvector(_LangChain):
    @pytest.fixture
    def store_options(self, postgres_port: int, monkeypatch: pytest.MonkeyPatch) -> Options:
        monkeypatch.setitem(os.environ, "PGPASSWORD", quote(postgres.PASSWORD, safe=""))
        address = f"postgresql+psycopg://recollect:${{PGPASSWORD}}@127.0.0.1:{postgres_port}/postgres"
        return {"class": "langchain_postgres:PGVector", "arguments": {"connection": address}}
