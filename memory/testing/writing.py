"""Checks of what a store keeps."""

from __future__ import annotations

import numpy as np

from memory.store import Entry
from memory.testing.trial import Trial, cue, require, same, sample


def again(trial: Trial) -> None:
    """Writing twice is the same as once."""
    store = trial.open()
    store.upsert(sample(20))
    before = store.search(cue(), 20)
    store.upsert(sample(20))
    store.upsert([])
    same(store.count(), 20, "how many there are")
    same(store.page(), [entry.id for entry in sample(20)], "the ids")
    same([hit.id for hit in store.search(cue(), 40)], [hit.id for hit in before], "what is found")


def replacing(trial: Trial) -> None:
    """An entry that is written again has its new vector and its new metadata alone."""
    store = trial.open()
    store.upsert(sample(20))
    new = Entry("0002", cue(), {"scope": "new"})
    store.upsert([new])
    (found,) = store.get(["0002"])
    same(dict(found.metadata), {"scope": "new"}, "the metadata")
    require(bool(found.vector @ new.vector > 0.9999), "the vector is the old one")
    same([hit.id for hit in store.search(new.vector, 1)], ["0002"], "what the new vector finds")
    same([hit.id for hit in store.search(new.vector, 9, {"scope": "new"})], ["0002"], "what the new metadata find")
    require("0002" not in [hit.id for hit in store.search(cue(), 50, {"scope": "even"})], "the old metadata find it")


def getting(trial: Trial) -> None:
    """Entries come back as they were written, in the order asked."""
    store = trial.open()
    entries = [*sample(20), Entry("bare", cue(), {}), Entry("kinds", cue(501), {"a": "1", "b": 1, "c": 1.5, "d": True})]
    store.upsert(entries)
    wanted = ["bare", "0003", "none", "kinds", "0000"]
    found = store.get(wanted)
    same([entry.id for entry in found], ["bare", "0003", "kinds", "0000"], "the ids")
    by_id = {entry.id: entry for entry in entries}
    for entry in found:
        same(dict(entry.metadata), dict(by_id[entry.id].metadata), f"the metadata of {entry.id}")
        kinds = {name: type(value) for name, value in entry.metadata.items()}
        same(kinds, {name: type(value) for name, value in by_id[entry.id].metadata.items()}, "the kinds of its values")
        require(entry.vector.dtype == np.float32, f"a vector of {entry.vector.dtype}")
        close = bool(np.allclose(entry.vector, by_id[entry.id].vector, atol=1e-5))
        require(close, f"the vector of {entry.id} has changed")
    same(store.get([]), [], "what no ids give")


def deleting(trial: Trial) -> None:
    """What is deleted is gone from everything, also after reopening."""
    store = trial.open()
    entries = sample(60)
    store.upsert(entries)
    gone = [entry.id for entry in entries[:20]]
    left = {entry.id for entry in entries[20:]}
    store.delete([*gone, "none"])
    store.delete([])
    store.delete(gone)
    for turn in ("at once", "after reopening"):
        if turn == "after reopening":
            store.close()
            if not trial.kind.capabilities.persistent:
                return
            store = trial.open()
        same(store.count(), 40, f"how many are left {turn}")
        same(store.get(gone), [], f"what their ids give {turn}")
        same(set(store.page()), left, f"the ids {turn}")
        for entry in entries[:20:5]:
            same({hit.id for hit in store.search(entry.vector, 60)}, left, f"what their vectors find {turn}")
            where = {"number": entry.metadata["number"]}
            same(store.search(entry.vector, 60, where), [], f"what their metadata find {turn}")
    store.upsert(entries[:1])
    same([hit.id for hit in store.search(entries[0].vector, 1)], ["0000"], "what is found when it is written again")


def paging(trial: Trial) -> None:
    """Pages give every id once, in a stable order."""
    store = trial.open()
    same(store.page(), [], "the first page of an empty store")
    store.upsert(sample(23))
    orders = []
    for limit in (1, 5, 23, 100):
        seen: list[str] = []
        after = None
        while page := store.page(after, limit):
            require(len(page) <= limit, f"a page of {len(page)} when {limit} were asked for")
            require(len(seen) <= 23, "the paging does not end")
            seen += page
            after = page[-1]
        same(sorted(seen), [entry.id for entry in sample(23)], f"the ids in pages of {limit}")
        orders.append(seen)
    require(all(order == orders[0] for order in orders), "the order differs with the length of pages")


def many(trial: Trial) -> None:
    """Hundreds are written in one call, counted, and found."""
    store = trial.open()
    entries = sample(600)
    store.upsert(entries)
    same(store.count(), 600, "how many there are")
    same(len(store.get([entry.id for entry in entries])), 600, "how many their ids give")
    for entry in entries[::150]:
        require(entry.id in [hit.id for hit in store.search(entry.vector, 5)], f"{entry.id} is not found by its vector")
    store.delete([entry.id for entry in entries[:590]])
    same(store.page(), [entry.id for entry in entries[590:]], "the ids after nearly all were deleted")
    same(len(store.search(cue(), 20)), 10, "how many are found of those left")


def clearing(trial: Trial) -> None:
    """Clearing takes everything, of this collection alone, and the store goes on."""
    other = trial.open("other")
    other.upsert(sample(3, 10))
    other.set_identity("theirs")
    if trial.kind.capabilities.persistent:
        other.close()
    store = trial.open()
    store.upsert(sample(5))
    store.set_identity("mine")
    store.clear()
    same((store.count(), store.identity(), store.page()), (0, "", []), "what is left")
    same(store.search(cue(), 5), [], "what is found")
    store.upsert(sample(2))
    same(store.count(), 2, "how many there are when two are written again")
    if trial.kind.capabilities.persistent:
        store.close()
        other = trial.open("other")
    same((other.count(), other.identity()), (3, "theirs"), "what the other collection has")
    same(len(other.search(cue(), 9)), 3, "how many the other collection finds")
