"""Examining the vector index: what the store holds against the journal's own vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memory.errors import RecollectError, StorageError
from memory.indexes.locks import ProcessLock
from memory.indexes.probe import survives
from memory.indexes.proving import prove, sampled
from memory.indexes.seal import Seal
from memory.indexes.storefiles import lock_path
from memory.indexes.vectors import state_name, store_identity, store_spec
from memory.upkeep.findings import Finding, Mend, fine, note, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from memory.journal import IndexState, Journal
    from memory.store import MemoryStore, Options, StoreSpec

PART = "vectors"
_TODO = "It is made anew while recollect is used; `recollect doctor --fix` does it now."
_SAMPLE = 128
_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Indexed:
    """Which vector index is meant: by whom its vectors were made, and which store holds it where."""

    embedder: str
    dimension: int
    store: str
    place: str
    options: Options


def examine_vectors(journal: Journal, folder: Path, meant: Indexed) -> Iterator[Finding]:
    """What there is to say of it. The store is opened for that, and nothing is written to it."""
    from memory.registry import load_store

    kind = load_store(meant.store).chosen(meant.options)
    spec = store_spec(kind, journal, folder, place=meant.place, dimension=meant.dimension, options=meant.options)
    state = journal.index_state(state_name(meant.place))
    ours = store_identity(journal, meant.store, meant.embedder, meant.dimension)
    lacking = journal.count_missing_vectors(meant.embedder)
    if lacking:
        yield note(PART, f"{lacking:,} passages are not embedded yet", "It is done while recollect is used.")
    if not kind.capabilities.persistent:
        yield fine(PART, f"the store {meant.store} is filled from the journal whenever it is opened")
        return
    if state.identity != ours or not state.position:
        waiting = journal.count_vectors(meant.embedder, 0)
        yield (
            note(PART, f"{waiting:,} vectors are not in the store yet; they are searched directly")
            if waiting
            else (fine(PART, "nothing to index"))
        )
        return
    alone = not kind.capabilities.many_processes
    lock = ProcessLock(lock_path(folder, meant.place))
    if alone and not lock.take():
        yield fine(PART, f"another recollect has the store {meant.store} open and watches over it")
        return
    try:
        yield from _examine(journal, kind, spec, meant, ours)
    except StorageError as error:
        yield wrong(PART, f"the store {meant.store} fails: {error.message}", _TODO, Mend.INDEXES)
    finally:
        if alone:
            lock.release()


def _examine(
    journal: Journal, kind: type[MemoryStore], spec: StoreSpec, meant: Indexed, ours: str
) -> Iterator[Finding]:
    state = journal.index_state(state_name(meant.place))
    embedded = not kind.capabilities.many_processes
    seal, sealed = Seal(spec.folder), None
    if embedded:
        if not spec.folder.exists():
            yield wrong(PART, f"the folder {spec.folder.name} is gone", _TODO, Mend.INDEXES)
            return
        if (sealed := seal.holds()) is False:
            yield wrong(PART, f"files in {spec.folder.name} were changed or lost", _TODO, Mend.INDEXES)
            return
        if not sealed and not survives(meant.store, spec, sampled(journal, meant.embedder, state.position, 1)[1]):
            yield wrong(PART, f"the store {meant.store} cannot be opened", _TODO, Mend.INDEXES)
            return
    store = kind.open(spec)
    try:
        if store.identity() != ours:
            yield wrong(PART, "the vectors in it belong to another journal or embedder", _TODO, Mend.INDEXES)
            return
        complaints = list(_compared(journal, store, meant.embedder, state))
        lag = journal.count_vectors(meant.embedder, state.position)
    finally:
        store.close()
        if sealed:
            seal.put()
    if complaints:
        yield wrong(PART, "; ".join(complaints), _TODO, Mend.INDEXES)
    if lag:
        yield note(PART, f"{lag:,} vectors are not in the store yet; they are searched directly")
    if not complaints:
        yield fine(PART, f"{meant.store} holds {meant.embedder}, {meant.dimension} dimensions, as the journal does")


def _compared(journal: Journal, store: MemoryStore, embedder: str, state: IndexState) -> Iterator[str]:
    try:
        prove(store, journal, embedder, state, _SAMPLE)
    except RecollectError as error:
        yield error.message[:1].lower() + error.message[1:].rstrip(".")
        return
    held: set[str] = set()
    last: str | None = None
    while page := store.page(last, _PAGE):
        held.update(page)
        last = page[-1]
    wanted: set[str] = set()
    seq = 0
    while (rows := journal.vectors(embedder, seq, _PAGE)).seqs:
        wanted.update(str(one) for one, at in zip(rows.passages, rows.seqs, strict=True) if at <= state.position)
        seq = rows.seqs[-1]
    missing = wanted - held
    if missing:
        yield f"{len(missing):,} vectors are missing from the store"
