"""Checks of opening, closing, other processes and threads."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from memory.errors import IndexMismatchError, StorageError
from memory.testing.trial import NotApplicable, Trial, cue, require, same, sample

if TYPE_CHECKING:
    from memory.store import MemoryStore

_THREADS = 4
_EACH = 6
_SHOWS_SECONDS = 5.0


def reopening(trial: Trial) -> None:
    """What was written is there after closing and opening again, if the store says so."""
    store = trial.open()
    same(store.identity(), "", "the identity of a new store")
    store.upsert(sample(30))
    store.set_identity("the journal's own, ünï")
    before = store.search(cue(), 5)
    store.close()
    store.close()
    again = trial.open()
    if not trial.kind.capabilities.persistent:
        same((again.identity(), again.count()), ("", 0), "what a store that is not persistent holds")
        return
    same((again.identity(), again.count()), ("the journal's own, ünï", 30), "identity and count")
    same([hit.id for hit in again.search(cue(), 5)], [hit.id for hit in before], "what is found")
    same(dict(again.get(["0003"])[0].metadata), dict(sample(4)[3].metadata), "the metadata")
    again.upsert(sample(1, 40))
    same(again.count(), 31, "how many there are when one is added")


def another_dimension(trial: Trial) -> None:
    """Opening what was made with another dimension is refused, and leaves it as it was."""
    if not trial.kind.capabilities.persistent:
        raise NotApplicable("It keeps nothing.")
    store = trial.open()
    store.upsert(sample(3))
    store.close()
    try:
        trial.open(dimension=4)
    except IndexMismatchError as error:
        require("8" in error.message and "4" in error.message, f"the error does not name both: {error.message}")
    else:
        require(False, "8 dimensions were opened as 4")
    same(trial.open().count(), 3, "how many there are afterwards")


def second_opener(trial: Trial) -> None:
    """A second opener sees the same, or is refused; the first one goes on either way."""
    first = trial.open()
    first.upsert(sample(10))
    first.set_identity("mine")
    try:
        second = trial.open()
    except StorageError:
        require(not trial.kind.capabilities.many_processes, "a second opener was refused")
    else:
        if trial.kind.capabilities.persistent:
            same((second.count(), second.identity()), (10, "mine"), "what the second opener sees")
            second.upsert(sample(1, 20))
            same(len(second.search(cue(), 50)), 11, "how many the second opener finds")
            same(len(first.search(cue(), 50)), 11, "how many the first opener finds")
        second.close()
    count = first.count()
    first.upsert(sample(1, 30))
    same(first.count(), count + 1, "how many there are in the first one, when one is added")
    require("0030" in [hit.id for hit in first.search(sample(1, 30)[0].vector, 3)], "what the first one adds is lost")


def another_process(trial: Trial) -> None:
    """What another process wrote is there although it died, and is seen at once where many may have the store open."""
    capabilities = trial.kind.capabilities
    if not capabilities.persistent:
        raise NotApplicable("It keeps nothing.")
    store = trial.open() if capabilities.many_processes else None
    if store:
        store.upsert(sample(2, 30))
    trial.write_elsewhere(sample(25), "theirs")
    written = 27 if store else 25
    store = store or trial.open()
    same(store.count(), written, "how many there are")
    same(len(store.search(cue(), 50)), written, "how many are found")
    deadline = time.monotonic() + _SHOWS_SECONDS
    while store.identity() != "theirs" and time.monotonic() < deadline:
        threading.Event().wait(0.1)
    same(store.identity(), "theirs", "the identity")


def threads(trial: Trial) -> None:
    """Several threads may write, delete and search at once."""
    store = trial.open()
    store.upsert(sample(20))
    ready = threading.Barrier(2 * _THREADS)

    def write(number: int) -> None:
        ready.wait(30)
        for turn in range(_EACH):
            entries = sample(5, 1000 * (number + 1) + 5 * turn)
            store.upsert(entries)
            store.delete([entries[0].id])

    def read() -> None:
        ready.wait(30)
        for _ in range(_EACH):
            hits = store.search(cue(), 10)
            require(len(hits) >= 10, f"{len(hits)} of 10 found while others write")
            require(len(store.get(["0003", "0004"])) == 2, "entries are missing while others write")

    with ThreadPoolExecutor(2 * _THREADS) as pool:
        work = [pool.submit(write, number) for number in range(_THREADS)] + [pool.submit(read) for _ in range(_THREADS)]
        for each in work:
            each.result()
    _holds(store, 20 + _THREADS * _EACH * 4)


def _holds(store: MemoryStore, count: int) -> None:
    same(store.count(), count, "how many there are at the end")
    same(len({hit.id for hit in store.search(cue(), 2 * count)}), count, "how many are found at the end")
    same(len(store.page(None, 2 * count)), count, "how many are paged at the end")


def dropping(trial: Trial) -> None:
    """Dropping leaves nothing behind."""
    store = trial.open()
    store.upsert(sample(5))
    store.set_identity("mine")
    store.drop()
    with contextlib.suppress(StorageError):
        store.close()
    again = trial.open()
    same((again.count(), again.identity()), (0, ""), "what is there when it is opened again")
    same(again.search(cue(), 5), [], "what is found")
