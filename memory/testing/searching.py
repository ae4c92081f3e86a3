"""Checks of what a store finds."""

from __future__ import annotations

import numpy as np

from memory.errors import StorageError
from memory.store import Entry, Plain
from memory.testing.trial import DIMENSION, Trial, cue, ranked, require, same, sample

_CLOSE = 1e-4


def scores(trial: Trial) -> None:
    """The nearest come first, and scores are cosines."""
    store = trial.open()
    entries = sample(60)
    store.upsert(entries)
    vector = cue()
    for length in (1.0, 7.0, 0.01):
        hits = store.search(vector * length, 10)
        same([hit.id for hit in hits], ranked(entries, vector)[:10], f"the ten nearest to a cue of length {length}")
        expected = sorted((float(entry.vector @ vector) for entry in entries), reverse=True)[:10]
        far = max(abs(hit.score - score) for hit, score in zip(hits, expected, strict=True))
        require(far < _CLOSE, f"scores differ from the cosines by up to {far:.6f}")
    opposite = store.search(-entries[7].vector, 60)
    require(abs(opposite[-1].score + 1) < _CLOSE, f"the opposite of an entry scores {opposite[-1].score}, not -1")
    same([hit.score for hit in opposite], sorted((hit.score for hit in opposite), reverse=True), "the order of scores")


def how_many(trial: Trial) -> None:
    """As many come as are asked for, and as there are."""
    store = trial.open()
    same(store.search(cue(), 5), [], "what an empty store finds")
    entries = sample(40)
    store.upsert(entries)
    for k, expected in ((0, 0), (-1, 0), (1, 1), (39, 39), (40, 40), (41, 40), (1000, 40)):
        same(len(store.search(cue(), k)), expected, f"how many of 40 are found when {k} are asked for")
    same({hit.id for hit in store.search(cue(), 1000)}, {entry.id for entry in entries}, "the ids found")


def filters(trial: Trial) -> None:
    """A condition holds for all that is found, and does not make it fewer than there are."""
    store = trial.open()
    rare = [Entry(f"rare-{n}", entry.vector, {"scope": "rare", "deep": 0.5}) for n, entry in enumerate(sample(3, 900))]
    entries = [*sample(200), *rare, Entry("bare", cue(901), {})]
    store.upsert(entries)
    vector = -np.sum([entry.vector for entry in rare], axis=0)
    conditions: tuple[dict[str, Plain], ...] = (
        {"scope": "odd"},
        {"scope": "odd", "third": True},
        {"third": False},
        {"number": 7},
        {"deep": 0.5},
        {"scope": "rare"},
        {"scope": "rare", "third": True},
        {"scope": "none"},
        {"absent": "x"},
    )
    for where in conditions:
        expected = ranked(entries, vector, where)
        same([hit.id for hit in store.search(vector, 3, where)], expected[:3], f"the three nearest where {where}")
        found = {hit.id for hit in store.search(vector, 300, where)}
        same(found, set(expected), f"all that is found where {where}")
    same(len(store.search(vector, 300, {})), len(entries), "how many are found where nothing is asked for")


def dimensions(trial: Trial) -> None:
    """Vectors of another dimension are refused, and change nothing."""
    store = trial.open()
    store.upsert(sample(2))
    for length in (3, DIMENSION + 1):
        try:
            store.upsert([*sample(1, 5), Entry("wrong", np.ones(length, dtype=np.float32), {})])
        except StorageError:
            pass
        else:
            require(False, f"an entry of {length} dimensions was taken")
        try:
            store.search(np.ones(length, dtype=np.float32), 1)
        except StorageError:
            pass
        else:
            require(False, f"a search with {length} dimensions was done")
    same(store.page(), ["0000", "0001"], "the ids after entries that were refused")


def texts(trial: Trial) -> None:
    """Ids and metadata keep every character: any script, nothing at all, a hundred thousand letters."""
    store = trial.open()
    strange = ["", " ", "ünïcödé", "日本語", "עברית", "👩\u200d👧", "e\u0301", "a'b\"c;--", "%_\\", "line\nbreak\ttab"]
    strange.append("x" * 100_000)
    entries = [
        Entry(f"{n}-{text[:60]}", entry.vector, {"scope": text, "n": n})
        for n, (text, entry) in enumerate(zip(strange, sample(len(strange)), strict=True))
    ]
    store.upsert(entries)
    ids = [entry.id for entry in entries]
    same([entry.id for entry in store.get(ids)], ids, "the ids of all entries")
    same([dict(entry.metadata) for entry in store.get(ids)], [dict(e.metadata) for e in entries], "their metadata")
    for entry in entries:
        found = store.search(entry.vector, 3, {"scope": entry.metadata["scope"]})
        same([hit.id for hit in found], [entry.id], "what is found by such a value")
    identity = "ünï 日本 " + "y" * 2000
    store.set_identity(identity)
    same(store.identity(), identity, "the identity")
    store.delete(ids)
    same(store.count(), 0, "how many are left when all are deleted")
