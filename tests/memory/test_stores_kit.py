"""The checks themselves: a store that fails in one way is told so by the check that is meant for it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from memory.errors import StorageError
from memory.store import Entry, Hit, StoreSpec
from memory.stores.inmemory import InMemoryStore
from memory.testing import run_checks

Where = Mapping[str, Any] | None


class Distances(InMemoryStore):
    def search(self, vector: Any, k: int, where: Where = None) -> list[Hit]:
        return [Hit(hit.id, 1 - hit.score) for hit in super().search(vector, k, where)]


class WorstFirst(InMemoryStore):
    def search(self, vector: Any, k: int, where: Where = None) -> list[Hit]:
        return super().search(vector, k, where)[::-1]


class FiltersAfterwards(InMemoryStore):
    def search(self, vector: Any, k: int, where: Where = None) -> list[Hit]:
        among = {hit.id for hit in super().search(vector, k)}
        return [hit for hit in super().search(vector, k, where) if hit.id in among]


class NeverFilters(InMemoryStore):
    def search(self, vector: Any, k: int, where: Where = None) -> list[Hit]:
        return super().search(vector, k)


class TooFew(InMemoryStore):
    def search(self, vector: Any, k: int, where: Where = None) -> list[Hit]:
        return super().search(vector, min(k, 40), where)


class Pads(InMemoryStore):
    def upsert(self, entries: Sequence[Entry]) -> None:
        super().upsert([replace(entry, vector=np.resize(entry.vector, 8)) for entry in entries])


class Merges(InMemoryStore):
    def upsert(self, entries: Sequence[Entry]) -> None:
        old = {entry.id: entry.metadata for entry in self.get([entry.id for entry in entries])}
        super().upsert([replace(e, metadata={**old.get(e.id, {}), **e.metadata}) for e in entries])


class KeepsTheFirst(InMemoryStore):
    def upsert(self, entries: Sequence[Entry]) -> None:
        super().upsert([entry for entry in entries if entry.id not in self._rows])


class OwnOrder(InMemoryStore):
    def get(self, ids: Sequence[str]) -> list[Entry]:
        return super().get(sorted(ids))


class AsText(InMemoryStore):
    def upsert(self, entries: Sequence[Entry]) -> None:
        super().upsert([replace(e, metadata={n: str(v) for n, v in e.metadata.items()}) for e in entries])


class StillFound(InMemoryStore):
    def delete(self, ids: Iterable[str]) -> None:
        before = (list(self._ids), self._matrix.copy(), list(self._metadata))
        super().delete(ids)
        self._ids, self._matrix, self._metadata = before


class SkipsAfterAPage(InMemoryStore):
    def page(self, after: str | None = None, limit: int = 1000) -> list[str]:
        return super().page(after, limit + 1)[1:] if after else super().page(after, limit)


class Strips(InMemoryStore):
    def upsert(self, entries: Sequence[Entry]) -> None:
        super().upsert([replace(e, metadata={n: _stripped(v) for n, v in e.metadata.items()}) for e in entries])


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


class KeepsIdentity(InMemoryStore):
    def clear(self) -> None:
        identity = self._identity
        super().clear()
        self._identity = identity


class Unguarded(InMemoryStore):
    """Gives up when a second thread writes while the first does, and the first waits for that a while."""

    def __init__(self, dimension: int) -> None:
        super().__init__(dimension)
        self.busy, self.second = threading.Lock(), threading.Event()

    def upsert(self, entries: Sequence[Entry]) -> None:
        if not self.busy.acquire(blocking=False):
            self.second.set()
            raise StorageError("Busy.")
        try:
            super().upsert(entries)
            if threading.current_thread() is not threading.main_thread():
                self.second.wait(5)
        finally:
            self.busy.release()


class SaysItIsPersistent(InMemoryStore):
    capabilities = replace(InMemoryStore.capabilities, persistent=True)


class RaisesAnything(InMemoryStore):
    @classmethod
    def open(cls, spec: StoreSpec) -> Any:
        return cls(spec.dimension)

    def search(self, vector: Any, k: int, where: Where = None) -> list[Hit]:
        return [self.nothing] if k > self.count() else super().search(vector, k, where)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (Distances, "scores"), (WorstFirst, "scores"), (TooFew, "filters"), (NeverFilters, "filters"),
        (FiltersAfterwards, "filters"), (Pads, "dimensions"), (Strips, "texts"), (Merges, "replacing"),
        (KeepsTheFirst, "replacing"), (OwnOrder, "getting"), (AsText, "getting"), (StillFound, "deleting"),
        (SkipsAfterAPage, "paging"), (KeepsIdentity, "clearing"), (SaysItIsPersistent, "reopening"),
        (SaysItIsPersistent, "another dimension"), (Unguarded, "threads"), (RaisesAnything, "how many"),
    ],
)  # fmt: skip
def test_a_store_that_fails_is_told_so(kind: type[InMemoryStore], check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from memory.testing import CHECKS

    monkeypatch.setattr("memory.testing.run.CHECKS", tuple(each for each in CHECKS if each.name == check))
    (outcome,) = run_checks(kind)
    assert outcome.failed
    assert outcome.detail


def test_a_store_that_cannot_be_opened_is_one_error_and_not_many_findings() -> None:
    class Shut(InMemoryStore):
        @classmethod
        def open(cls, spec: StoreSpec) -> Any:
            raise StorageError("Shut.")

    with pytest.raises(StorageError, match="Shut"):
        list(run_checks(Shut))


def test_the_class_tells_what_to_override(pytester_run: Callable[[str], str]) -> None:
    out = pytester_run(
        "from memory.testing import MemoryStoreConformance\nclass TestIt(MemoryStoreConformance): pass\n"
    )
    assert "override the fixture store_class" in out


@pytest.fixture
def pytester_run(tmp_path: Path) -> Callable[[str], str]:
    def run(text: str) -> str:
        (tmp_path / "test_theirs.py").write_text(text)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "test_theirs.py"],
            capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        )  # fmt: skip
        return done.stdout

    return run
