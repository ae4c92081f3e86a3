"""Serving: what indexes and answers, made of one embedder and one store; made anew when another process has switched.

A changeover (`memory.upkeep.changeover`) ends with a record in the journal. Every memory that is open looks at that
record before it recalls, and its indexer now and then, and goes over to the new indexes.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Required, TypedDict

from memory.errors import IndexMismatchError, RecollectError
from memory.indexer import Indexer
from memory.journal.choices import LEXICON, Chosen
from memory.recall.arms import Controls
from memory.recall.engine import Recaller

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from memory.embeddings import Embedder
    from memory.journal import Journal
    from memory.recall.model import Weights
    from memory.store import Options
    from memory.types import Scope

    Progress = Callable[[int, int, str], None]

_log = logging.getLogger(__name__)


class Opening(TypedDict, total=False):
    """How a memory is opened; see `memory.memory.Memory`."""

    embedder: Required[Embedder]
    store: str
    store_options: Options | None
    scope: Scope | None
    background: bool
    adopt_embedder: bool
    weights: Weights | None
    follow: Callable[[str], Embedder] | None
    look: bool


@dataclass(frozen=True, slots=True)
class Parts:
    """What was made of one choice."""

    chosen: Chosen | None
    embedder: Embedder
    store: str
    indexer: Indexer
    recaller: Recaller
    controls: Controls


class Serving:
    """The parts in use. Safe to use from several threads.

    Args:
        journal, folder, scope, weights: as of the memory.
        embedder: makes the vectors.
        store, options: name and settings of the vector store.
        background: keep the indexes up to date in a thread.
        adopt: go on with an embedder other than the one in use; its indexes are then prepared beside the others.
        load: makes the embedder of a name, to follow a switch to it; without it such a switch cannot be followed.

    Raises `IndexMismatchError` when the memory was indexed by another embedder.
    """

    def __init__(
        self,
        journal: Journal,
        folder: Path,
        *,
        embedder: Embedder,
        store: str,
        options: Options,
        scope: Scope,
        weights: Weights | None,
        background: bool,
        adopt: bool,
        load: Callable[[str], Embedder] | None,
    ) -> None:
        self._journal, self._folder, self._scope = journal, folder, scope
        self._options, self._weights = options, weights
        self._background, self._load = background, load
        self._guard = threading.RLock()
        self._closed = False
        self.note = ""
        chosen = journal.chosen()
        self._parts = self._made(self._fitting(chosen, embedder, store, adopt), embedder, store, chosen)

    def _fitting(self, chosen: Chosen | None, embedder: Embedder, store: str, adopt: bool) -> Chosen:
        """The indexes that an embedder and a store have here. Raises `IndexMismatchError` when they have none."""
        known = {chosen.embedder: 0} if chosen else self._journal.embedders()
        if known and embedder.name not in known:
            if adopt:
                from memory.upkeep.changeover import fresh

                return fresh(self._journal, embeddings=embedder.name, embedder=embedder.name, store=store)
            made = ", ".join(known)
            first = chosen.embeddings if chosen else next(iter(known))
            raise IndexMismatchError(
                f"This memory was indexed with {made}, and {embedder.name} was asked for.",
                f"Go on with `--embeddings {first}`, or change over with "
                f"`recollect rebuild --embeddings {embedder.name}`.",
            )
        if chosen and chosen.store == store:
            return chosen
        words = chosen.words if chosen else LEXICON
        return Chosen(embedder.name, embedder.name, store, store, words)

    def _made(self, fitting: Chosen, embedder: Embedder, store: str, chosen: Chosen | None) -> Parts:
        indexer = Indexer(
            self._journal,
            embedder,
            store,
            self._options,
            self._folder,
            place=fitting.place,
            words=fitting.words,
            outdated=self._outdated,
        )
        recaller = Recaller(self._journal, embedder, indexer, self._scope, self._weights)
        return Parts(chosen, embedder, store, indexer, recaller, Controls(self._journal, embedder, indexer))

    @property
    def parts(self) -> Parts:
        """What is in use, without a look at whether another process has switched."""
        return self._parts

    def start(self) -> None:
        """Keep the indexes up to date in a thread from now on."""
        if self._background:
            self._parts.indexer.start()

    def current(self) -> Parts:
        """What is in use now; after a switch by another process that is what it switched to."""
        if self._journal.chosen() != self._parts.chosen:
            self.follow()
        return self._parts

    def _outdated(self) -> bool:
        """Asked by the indexer's thread: whether it is to end, because others take its place."""
        if self._journal.chosen() == self._parts.chosen:
            return False
        threading.Thread(target=self.follow, name="recollect-follow", daemon=True).start()
        return True

    def follow(self) -> None:
        """Go over to the indexes that the journal says are in use."""
        with self._guard:
            chosen, old = self._journal.chosen(), self._parts
            if self._closed or chosen is None or chosen == old.chosen:
                return
            try:
                same = chosen.embedder == old.embedder.name
                embedder = old.embedder if same else self._load(chosen.embeddings) if self._load else None
                dimension = self._journal.embedders().get(chosen.embedder)
                if embedder is None or (embedder.name, embedder.dimension) != (chosen.embedder, dimension):
                    self._stay(chosen, "this one was given its own")
                    return
                self._parts = self._made(chosen, embedder, chosen.store, chosen)
            except RecollectError as error:
                self._stay(chosen, error.message)
                return
            _log.info("the indexes in use are now those of %s in %s", chosen.embedder, chosen.store)
            self.note = ""
            old.indexer.close()
            old.recaller.forget_texts()
            self._remove_indexes_of(old, chosen)
            self.start()

    def rebuild(self, progress: Progress | None = None) -> None:
        """Make all indexes anew beside those in use, and switch to them."""
        from memory.upkeep.changeover import change_over

        parts = self.current()
        waiting = self._journal.prepared()
        if waiting and waiting.place == parts.indexer.vectors.place:
            parts.indexer.vectors.close()  # this memory adopts what is now to be completed
        change_over(
            self._journal,
            self._folder,
            parts.embedder,
            parts.store,
            self._options,
            embeddings=parts.chosen.embeddings if parts.chosen else "",
            progress=progress,
        )
        self.follow()

    def catch_up(self, progress: Progress | None = None, deadline: float | None = None, store: bool = True) -> bool:
        """Bring the indexes up to the journal; whether that was done before the deadline. See `Indexer.catch_up`."""
        indexer = self.current().indexer
        if not self.note:
            return indexer.catch_up(progress, deadline, store)
        while indexer.words.catch_up():
            pass
        return not indexer.words.pending()

    def let_go(self) -> None:
        """Have the indexes let go of what was forgotten: those in use, and those that are being made."""
        parts = self._parts
        parts.indexer.words.forget()
        parts.indexer.vectors.forget()
        waiting = self._journal.prepared()
        if waiting and waiting.place != parts.indexer.vectors.place:
            from memory.upkeep.changeover import let_go

            let_go(self._journal, self._folder, waiting)

    def _stay(self, chosen: Chosen, why: str) -> None:
        """Stay with an embedder whose vectors are gone: by words and association alone, and every recall says so."""
        old = self._parts
        old.indexer.close()
        mine = Chosen(old.embedder.name, old.embedder.name, old.store, old.indexer.vectors.place, chosen.words)
        self._parts = self._made(mine, old.embedder, old.store, chosen)
        self.note = (
            f"Another process has changed this memory over to the embedder {chosen.embedder} ({why.rstrip('.')});"
            " open it anew to search what was said before by its meaning."
        )
        _log.warning("%s", self.note)
        self._remove_indexes_of(old, chosen)

    def _remove_indexes_of(self, old: Parts, chosen: Chosen) -> None:
        from memory.upkeep.changeover import remove_indexes

        if self._journal.looking:
            return
        remove_indexes(self._journal, self._folder, _indexes_of(old), keep=chosen)

    def close(self) -> None:
        """Stop the indexer; what a changeover has taken out of use is removed. Doing it twice is allowed."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
            parts = self._parts
        parts.indexer.close()
        try:
            chosen = self._journal.chosen()
        except RecollectError as error:
            _log.warning("whether the indexes are in use cannot be seen: %s", error)
            return
        if chosen and chosen != parts.chosen:
            self._remove_indexes_of(parts, chosen)


def _indexes_of(parts: Parts) -> Chosen:
    indexer = parts.indexer
    return Chosen("", parts.embedder.name, parts.store, indexer.vectors.place, indexer.words.place)
