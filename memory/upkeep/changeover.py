"""Changing over: new indexes beside those in use, and a switch in one step when they are complete.

Nothing that serves is touched before: the vectors of another embedder are kept beside those there are, the vector store
and the full-text index are filled in folders of their own, and the journal says which are in use. All of it may be
interrupted at any moment and goes on from there; every other process follows the switch (see `memory.serving`).
"""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING

from memory.associations.tracing import IDENTITY, trace
from memory.errors import RecollectError, StorageError
from memory.indexer import Indexer
from memory.indexes import vectors as vector_index
from memory.indexes import words as word_index
from memory.indexes.locks import ProcessLock
from memory.indexes.storefiles import lock_path as store_lock_path
from memory.journal.choices import LEXICON, Chosen
from memory.journal.ids import new_id
from memory.upkeep.associationcheck import examine_associations
from memory.upkeep.findings import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from memory.embeddings import Embedder
    from memory.journal import Journal
    from memory.store import Options

    Progress = Callable[[int, int, str], None]

_log = logging.getLogger(__name__)
_BATCH = 500
_MARK = 6


def fresh(journal: Journal, *, embeddings: str, embedder: str, store: str) -> Chosen:
    """The choice to prepare: the one that was begun if it is the same, else a new one in folders of its own."""
    begun = journal.prepared()
    if begun and (begun.embedder, begun.store) == (embedder, store):
        return begun
    mark = new_id()[:_MARK]
    chosen = Chosen(embeddings, embedder, store, f"{store}-{mark}", f"{LEXICON}-{mark}")
    journal.prepare(chosen)
    return chosen


def change_over(
    journal: Journal,
    folder: Path,
    embedder: Embedder,
    store: str,
    options: Options,
    *,
    embeddings: str = "",
    progress: Progress | None = None,
) -> Chosen:
    """Make all indexes anew with an embedder and a store, then switch to them; what is in use now.

    Args:
        journal, folder: the memory.
        embedder: makes the vectors that are missing.
        store, options: name and settings of the vector store.
        embeddings: the embedder as the settings name it; its own name unless given.
        progress: told (done, total, what).

    Raises `StorageError` when another process is at it already or the disk is full, and what the embedder raises. What
    was made is kept then, and a second try goes on from it.
    """
    with ProcessLock(folder / "rebuild.lock").held() as got:
        if not got:
            raise StorageError("Another recollect is rebuilding this memory.", "Wait for it to end.")
        before = journal.chosen()
        abandoned = journal.prepared()
        chosen = fresh(journal, embeddings=embeddings or embedder.name, embedder=embedder.name, store=store)
        if abandoned and abandoned != chosen:
            remove_indexes(journal, folder, abandoned)
        _verify_associations(journal, progress)
        journal.resum(embedder.name)
        target = Indexer(journal, embedder, store, options, folder, place=chosen.place, words=chosen.words)
        try:
            _fill(target, progress)
        finally:
            target.close()
        dimension = journal.embedders().get(before.embedder if before else embedder.name, embedder.dimension)
        journal.switch(chosen)
        if before is None or before.store == store:
            _drop_collection(journal, folder, store, options, before.place if before else store, dimension)
        journal.drop_other_embedders(embedder.name)
        remove_indexes(journal, folder, before or Chosen("", "", store, "", LEXICON), keep=chosen)
        return chosen


def _fill(target: Indexer, progress: Progress | None) -> None:
    """Bring the new indexes up to the journal, which others go on writing to."""
    while not target.catch_up(progress):
        pass
    if not target.vectors.is_open:
        raise StorageError("The new vector index is open in another recollect.", "Close it, and rebuild again.")


def _verify_associations(journal: Journal, progress: Progress | None) -> None:
    """Look at every message again; what associations are made from is dropped, to be made anew, if any differs."""
    total = journal.last_message()
    last = 0
    if journal.untraced(IDENTITY) >= total:
        return
    with journal.reading() as connection:
        sound = all(finding.state is not State.WRONG for finding in examine_associations(connection))
    while sound and (seqs := journal.seqs(last, _BATCH)):
        sound = _as_made(journal, seqs)
        last = seqs[-1]
        if progress:
            progress(last, total, "looking at associations")
    if not sound:
        _log.warning("what associations are made from does not agree with the messages; it is made anew")
        journal.reset_traces()


def _as_made(journal: Journal, seqs: list[int]) -> bool:
    """Whether these messages have the terms and names that are found in them, as far as they are traced."""
    traces = {seq: found for seq, found in journal.traces(seqs).items() if found.words >= 0}
    texts = journal.node_texts({int(key) for found in traces.values() for key in (*found.terms, *found.names)})
    for said in journal.said(list(traces)):
        made, kept = trace(said), traces[said.seq]
        terms, names = ([texts.get(int(key)) for key in keys] for keys in (kept.terms, kept.names))
        if (list(made.terms), list(made.names), made.words, made.marks) != (terms, names, kept.words, kept.marks):
            return False
    return True


def _drop_collection(  # noqa: PLR0917
    journal: Journal, folder: Path, store: str, options: Options, place: str, dimension: int
) -> None:
    """Remove the old collection from a server that many processes share; what it holds is in the new one."""
    from memory.registry import load_store

    kind = load_store(store).chosen(options)
    if not kind.capabilities.many_processes:
        return
    spec = vector_index.store_spec(kind, journal, folder, place=place, dimension=dimension, options=options)
    try:
        kind.open(spec).drop()
    except RecollectError as error:
        _log.warning("the old vectors are left in %s: %s", store, error)


def let_go(journal: Journal, folder: Path, waiting: Chosen) -> None:
    """Have the indexes that are being made let go of what was forgotten; a rebuild that runs does it itself."""
    with ProcessLock(folder / "rebuild.lock").held() as got:
        if got:
            _remove(folder, waiting.place, store_lock_path(folder, waiting.place))
            _remove(folder, waiting.words, word_index.lock_path(folder, waiting.words))
            journal.drop_index_states(vector_index.state_name(waiting.place), *word_index.state_names(waiting.words))


def remove_indexes(journal: Journal, folder: Path, old: Chosen, keep: Chosen | None = None) -> None:
    """Remove indexes that are not in use any more, those that another process has open excepted: it does it itself."""
    from memory.registry import store_names

    kept = (keep.place, keep.words) if keep else ()
    places = [old.place] if old.place else store_names()
    for place in [name for name in places if name not in kept]:
        _remove(folder, place, store_lock_path(folder, place))
        journal.drop_index_states(vector_index.state_name(place))
    if old.words not in kept:
        _remove(folder, old.words, word_index.lock_path(folder, old.words), wait=5.0)
        journal.drop_index_states(*word_index.state_names(old.words))


def _remove(folder: Path, place: str, lock_path: Path, wait: float = 0.0) -> None:
    path = folder / place
    if not path.exists() and not lock_path.exists():
        return
    try:
        with ProcessLock(lock_path).held(wait) as got:
            if not got:
                return
            for beside in (".seal", ".id"):
                (folder / f"{place}{beside}").unlink(missing_ok=True)
            if path.is_dir():
                shutil.rmtree(path)
            if place.partition("-")[2]:
                lock_path.unlink(missing_ok=True)
    except (OSError, RecollectError) as error:
        _log.warning("the old index %s is left: %s", path, error)
