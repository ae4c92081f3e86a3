from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memory.errors import IndexMismatchError
from memory.indexes.vectorscan import VectorScan
from memory.journal import IndexState, Journal
from memory.types import NewMessage, Role, Scope

HOME, WORK = Scope(), Scope("work")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path / "journal.db")
    yield opened
    opened.close()


def unit(count: int, dimension: int = 16, seed: int = 1) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def say(journal: Journal, count: int, scope: Scope = HOME) -> list[str]:
    return list(journal.append_many([NewMessage(Role.USER, f"thing {n}", "s") for n in range(count)], scope).ids)


def embed(journal: Journal, name: str = "small", seed: int = 1) -> NDArray[np.float32]:
    missing = journal.missing_vectors(name, 0, 10_000)
    rows = unit(len(missing), seed=seed)
    journal.register_embedder(name, 16)
    journal.put_vectors(name, [passage.id for passage in missing], rows)
    return rows


def test_vectors_come_back_in_order_as_near_as_half_precision_is(journal: Journal) -> None:
    say(journal, 5)
    say(journal, 3, WORK)
    rows = embed(journal)
    found = journal.vectors("small", 0, 100)
    assert np.abs(found.matrix - rows).max() < 1e-3
    lengths = np.linalg.norm(found.matrix, axis=1)
    assert ((found.matrix * rows).sum(axis=1) / lengths).min() > 0.99999
    assert found.scopes == ["default"] * 5 + ["work"] * 3
    assert found.seqs == sorted(found.seqs)
    assert journal.vectors("small", found.seqs[-3], 2).passages == found.passages[-2:]
    assert journal.count_vectors("small", found.seqs[1]) == 6
    ids, matrix = journal.vectors_by_passage("small", [found.passages[4], 999])
    assert ids == [found.passages[4]]
    assert np.array_equal(matrix[0], found.matrix[4])
    assert journal.in_scope(found.passages, "work") == set(found.passages[5:])
    assert journal.scopes() == ["default", "work"]


def test_what_has_no_vector_is_known(journal: Journal) -> None:
    say(journal, 3)
    embed(journal)
    say(journal, 4)
    assert journal.count_missing_vectors("small") == 4
    assert journal.count_missing_vectors("other") == 7
    newest = [passage.id for passage in journal.missing_vectors("small", 0, 2, newest=True)]
    assert newest == [6, 7]
    assert [passage.id for passage in journal.missing_vectors("small", 0, 2)] == [4, 5]


def test_vectors_of_what_was_forgotten_meanwhile_are_not_kept(journal: Journal) -> None:
    ids = say(journal, 2)
    passages = [passage.id for passage in journal.passages(0, 9)]
    journal.forget(messages=ids[:1], scope=HOME)
    journal.register_embedder("small", 16)
    journal.put_vectors("small", passages, unit(2))
    assert journal.vectors("small", 0, 9).passages == passages[1:]
    journal.forget(messages=ids[1:], scope=HOME)
    assert journal.vectors("small", 0, 9).seqs == []


def test_each_embedder_has_its_own(journal: Journal) -> None:
    say(journal, 2)
    embed(journal, "small")
    embed(journal, "large", seed=2)
    assert journal.embedders() == {"small": 16, "large": 16}
    with pytest.raises(IndexMismatchError, match="rebuild"):
        journal.register_embedder("small", 8)
    journal.set_index_state("embedded:small", IndexState("small", 2, 0))
    journal.drop_other_embedders("large")
    assert journal.embedders() == {"large": 16}
    assert journal.vectors("small", 0, 9).seqs == []
    assert len(journal.vectors("large", 0, 9).seqs) == 2
    assert journal.index_state("embedded:small") == IndexState("", 0, 0)


def exact(journal: Journal, cue: NDArray[np.float32], scope: str, after: int = 0) -> list[int]:
    rows = journal.vectors("small", after, 100_000)
    ours = [i for i, key in enumerate(rows.scopes) if key == scope]
    return [rows.passages[i] for i in sorted(ours, key=lambda i: -float(rows.matrix[i] @ cue))]


def test_the_scan_finds_what_an_exact_search_finds_as_the_journal_changes(journal: Journal) -> None:
    scan = VectorScan(journal, "small")
    cue = unit(1, seed=9)[0]
    assert scan.search([cue], 5, "default") == []
    ids: list[str] = []
    for round_ in range(4):
        ids += say(journal, 150)
        say(journal, 40, WORK)
        embed(journal, seed=round_)
        assert [id_ for id_, _ in scan.search([cue], 7, "default")] == exact(journal, cue, "default")[:7]
        assert [id_ for id_, _ in scan.search([cue], 900, "work")] == exact(journal, cue, "work")
        journal.forget(messages=ids[:20], scope=HOME)
        ids = ids[20:]
    after = journal.vectors("small", 0, 300).seqs[-1]
    assert [id_ for id_, _ in scan.search([cue], 7, "default", after)] == exact(journal, cue, "default", after)[:7]
    assert [id_ for id_, _ in scan.search([cue], 7, "default")] == exact(journal, cue, "default")[:7]
    scores = dict(scan.search([cue, -cue], 5000, "default"))
    assert min(scores.values()) >= 0


def test_the_scan_narrows_many_vectors_and_finds_the_same(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memory.indexes.vectortable._WIDE_ROWS", 100)
    monkeypatch.setattr("memory.indexes.vectorscan._READ", 64)
    scan = VectorScan(journal, "small")
    say(journal, 700)
    embed(journal)
    cue = unit(1, seed=5)[0]
    assert [id_ for id_, _ in scan.search([cue], 9, "default")] == exact(journal, cue, "default")[:9]
    after = journal.vectors("small", 0, 400).seqs[-1]
    assert [id_ for id_, _ in scan.search([cue], 9, "default", after)] == exact(journal, cue, "default", after)[:9]
    say(journal, 30)
    embed(journal, seed=3)
    assert [id_ for id_, _ in scan.search([cue], 9, "default", after)] == exact(journal, cue, "default", after)[:9]
