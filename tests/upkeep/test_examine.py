"""Examining and mending: each kind of damage is seen, named, and mended where that loses nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from memory.indexes.seal import Seal
from memory.memory import Memory
from memory.upkeep.examine import examine
from memory.upkeep.findings import Finding, Mend, State

from .conftest import TEXTS, Tiny, best, fill


def seen(folder: Path) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in examine(folder, "chroma", {}):
        if finding.state is not State.FINE:
            found.setdefault(finding.part, []).append(finding)
    return found


def sql(folder: Path, *statements: str) -> None:
    connection = sqlite3.connect(folder / "journal.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A memory with everything up to date, and closed."""
    folder = tmp_path_factory.mktemp("made") / "memory"
    with Memory.open(folder, embedder=Tiny(), background=False) as memory:
        fill(memory, 60)
        assert memory.flush()
    assert seen(folder) == {}
    return folder


@pytest.fixture
def whole(made: Path, folder: Path) -> Path:
    """A copy of it that may be harmed."""
    shutil.copytree(made, folder)
    return folder


def test_damage_of_the_indexes_is_seen(whole: Path) -> None:
    (chroma,) = (path for path in (whole / "chroma").iterdir() if path.is_dir())
    (chroma / "chroma.sqlite3").unlink()
    (finding,) = seen(whole)["vectors"]
    assert (finding.state, finding.mend) == (State.WRONG, Mend.INDEXES)
    segment = next((whole / "lexicon").glob("*.idx"))
    content = bytearray(segment.read_bytes())
    content[len(content) // 3] ^= 1
    segment.write_bytes(content)
    (finding,) = seen(whole)["full text"]
    assert "checksum" in finding.what
    shutil.rmtree(whole / "lexicon")
    (finding,) = seen(whole)["full text"]
    assert (finding.state, finding.mend) == (State.WRONG, Mend.INDEXES)


def test_a_store_that_lacks_or_mistakes_vectors_is_seen(whole: Path) -> None:
    from memory.registry import load_store
    from memory.store import Entry, StoreSpec

    spec = StoreSpec(whole / "chroma", "recollect", 64, {})
    store = load_store("chroma").open(spec)
    ids = store.page(None, 1000)
    entries = store.get(ids)
    store.upsert([Entry(a.id, b.vector, a.metadata) for a, b in zip(entries, entries[::-1], strict=True)])
    store.close()
    Seal(whole / "chroma").put()
    assert "does not find" in seen(whole)["vectors"][0].what
    store = load_store("chroma").open(spec)
    store.delete(ids[:3])
    store.close()
    (whole / "chroma.seal").unlink()
    assert "where 65 were put" in seen(whole)["vectors"][0].what


def test_what_does_not_hold_together_in_the_journal_is_seen(whole: Path) -> None:
    sql(whole, "UPDATE nodes SET frequency = frequency + 1 WHERE key = 1")
    assert seen(whole)["associations"][0].mend is Mend.INDEXES
    sql(whole, "UPDATE nodes SET frequency = frequency - 1 WHERE key = 1", "DELETE FROM node_links WHERE message = 3")
    assert "counted wrongly" in seen(whole)["associations"][0].what
    sql(whole, "UPDATE vectors SET vector = x'0000' WHERE seq = 1", "DELETE FROM vectors WHERE seq = 2")
    assert [finding.mend for finding in seen(whole)["journal"]] == [Mend.VECTORS, Mend.VECTORS]
    sql(whole, "DELETE FROM passages WHERE message = 4")
    assert any("no passages" in finding.what for finding in seen(whole)["journal"])
    sql(whole, "PRAGMA user_version = 99")
    assert "newest recollect" in seen(whole)["journal"][0].todo


def test_a_damaged_journal_is_seen_and_left_as_it_is(whole: Path) -> None:
    path = whole / "journal.db"
    content = bytearray(path.read_bytes())
    content[8192:24_000] = os.urandom(24_000 - 8192)
    path.write_bytes(content)
    (finding,) = seen(whole)["journal"]
    assert "--salvage" in finding.todo
    path.write_bytes(b"nothing of the kind" * 1000)
    assert "damaged" in seen(whole)["journal"][0].what
    assert path.read_bytes() == b"nothing of the kind" * 1000


def test_unfinished_work_is_seen_and_removed(whole: Path, tiny: Callable[..., Memory]) -> None:
    from memory.upkeep.examine import places
    from memory.upkeep.mend import tidy

    (whole / ".journal.db.999999-abc.part").write_bytes(b"x")
    (whole / "learned.jsonab12_xy9").write_bytes(b"x")
    (whole / "chroma-0a1b2c").mkdir()
    (whole / "chroma-0a1b2c.lock").touch()
    (whole / "replaced-2026-01-01T00-00-00").mkdir()
    assert [finding.mend for finding in seen(whole)["leftovers"]] == [Mend.LEFTOVERS, None]
    assert tidy(whole, places(whole / "journal.db", "chroma")) == 4
    assert [finding.mend for finding in seen(whole)["leftovers"]] == [None]
    assert best(tiny(), "When does my passport expire?") == TEXTS[0]
