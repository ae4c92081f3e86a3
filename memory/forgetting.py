"""Forgetting in a memory: the journal first, then everything that was made of it, in this process and in the others."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from memory.associations.tracing import IDENTITY, trace
from memory.errors import StorageError, UsageError
from memory.recall.personal import LearnedFile

if TYPE_CHECKING:
    from memory.journal import Journal
    from memory.journal.undoing import Kept
    from memory.serving import Serving
    from memory.types import Forgotten, Scope, Selection

_log = logging.getLogger(__name__)


class Forgetter:
    """Forgets in one scope, and puts back what it forgot last when that was kept.

    Args:
        journal, serving: of one memory.
        scope: whose memory.
    """

    def __init__(self, journal: Journal, serving: Serving, scope: Scope) -> None:
        self._journal = journal
        self._serving = serving
        self._scope = scope
        self._kept: Kept | None = None

    def forget(self, wish: Selection, *, dry_run: bool = False, undoable: bool = False) -> Forgotten:
        """Remove what is selected from the journal and everything made of it; see `Memory.forget`."""
        if undoable and not dry_run:
            while self._serving.parts.indexer.traces.catch_up():
                pass
        gone, kept = self._journal.forget_selected(wish, self._scope, dry_run=dry_run, undoable=undoable)
        if not gone.messages or dry_run:
            return gone
        self._kept = kept
        self._serving.parts.indexer.embedding.forget_texts()
        self._serving.parts.recaller.forget_texts()
        if wish.everything and wish.since is None and wish.until is None:
            LearnedFile(self._journal.folder).clear(self._scope.key)
        self._let_go()
        return gone

    @property
    def can_undo(self) -> bool:
        """Whether there is something to put back."""
        return self._kept is not None

    def undo(self) -> tuple[str, ...]:
        """Put back what was forgotten last; the ids of its messages. Raises `UsageError` when nothing was kept."""
        kept, self._kept = self._kept, None
        if kept is None:
            raise UsageError(
                "There is nothing to put back.", "Only what was forgotten last, and since the program began, can be."
            )
        back = self._journal.put_back(kept, IDENTITY, trace)
        self._serving.parts.recaller.forget_texts()
        return back

    def _let_go(self) -> None:
        """Have the indexes let go at once where this process may write them; the thread does it else."""
        try:
            self._serving.let_go()
        except StorageError as error:
            _log.warning("an index lets go of what was forgotten later: %s", error)
        self._serving.parts.indexer.wake()
