"""Everything that a store of recollect must do, done to this one."""

import pytest
from recollect_sqlite import SqliteStore

from memory.store import MemoryStore
from memory.testing import MemoryStoreConformance


class TestSqliteStore(MemoryStoreConformance):
    @pytest.fixture
    def store_class(self) -> type[MemoryStore]:
        return SqliteStore
