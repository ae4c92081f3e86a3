"""WordIndex: the full-text index brought up to the journal, and the scan of what it does not hold yet.

Any process may read it; whoever gets `words.lock` for a moment brings it forward.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from memory.errors import StorageError
from memory.indexes.locks import held, lock_at
from memory.indexes.scan import WordScan
from memory.journal import IndexState
from memory.lexicon import Lexicon

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from memory.journal import Journal

_log = logging.getLogger(__name__)
_NAME = "words"
_BATCH = 2000
_FORMAT = "1"


class WordIndex:
    """Finds passages by their words, ranked by BM25.

    Args:
        journal: where the text is.
        folder: the data folder; the index lives in `lexicon/` there.
    """

    def __init__(self, journal: Journal, folder: Path) -> None:
        self._journal = journal
        self._path = folder / "lexicon"
        self._mark = folder / "lexicon.id"
        self._lock = lock_at(folder / "words.lock")
        self._lexicon: Lexicon | None = None
        self._scan = WordScan(journal)

    def _identity(self) -> str:
        return f"{self._journal.identity()} {_FORMAT}"

    def _position(self) -> IndexState:
        """How far the index is; the start when the index on disk is not the one that was recorded."""
        state = self._journal.index_state(_NAME)
        return state if state.identity == self._identity() and self._marked() else IndexState(self._identity(), 0, 0)

    def _marked(self) -> bool:
        try:
            return self._mark.read_text(encoding="utf-8") == self._identity() and (self._path / "meta.json").exists()
        except (OSError, UnicodeDecodeError):
            return False

    def _reader(self) -> Lexicon:
        if self._lexicon is None:
            self._lexicon = Lexicon(self._path)
        self._lexicon.reload()
        return self._lexicon

    def lag(self) -> int:
        """How many passages the index does not hold yet, at most (forgotten ones count in)."""
        return self._journal.last_passage() - self._position().position

    def catch_up(self, most: int = _BATCH) -> int:
        """Bring the index forward by at most `most` passages; 0 when it is up to date or another process is at it."""
        state = self._position()
        if self._journal.last_passage() <= state.position and not self._journal.tombstones(state.tombstone, 1):
            return 0
        with held(self._lock) as got:
            return self._advance(most) if got else 0

    def _advance(self, most: int) -> int:
        state = self._position()
        try:
            lexicon = self._reader()
            if state.position == 0:
                lexicon.clear()
            newest = self._journal.last_passage()
            passages = self._journal.passages(state.position, most)
            gone = self._journal.tombstones(state.tombstone, most)
            if passages:
                lexicon.add(passages)
            if gone:
                lexicon.remove([passage for _, passage in gone])
            lexicon.commit()
            self._mark.touch(mode=0o600)
            self._mark.write_text(self._identity(), encoding="utf-8")
        except StorageError:
            self.discard()
            raise
        except OSError as error:
            raise StorageError(f"The full-text index at {self._path} cannot be written: {error.strerror or error}.") from error
        last = passages[-1].id if passages else state.position
        newest = last if len(passages) == most else max(last, newest)
        tombstone = gone[-1][0] if gone else state.tombstone
        self._journal.set_index_state(_NAME, IndexState(self._identity(), newest, tombstone))
        return len(passages) + len(gone)

    def search(self, cue: Sequence[str], k: int, scope: str, notes: list[str]) -> list[tuple[int, float]]:
        """The `k` best passages for the cue's terms, as (passage id, BM25 score), best first."""
        if not cue:
            return []
        position = self._position().position
        if position == 0:
            return self._scan.search(cue, k, scope, 0, lambda _: 0, 0)
        try:
            lexicon = self._reader()
            found = dict(lexicon.search(cue, scope, k))
            tail = self._scan.search(cue, k, scope, position, lexicon.doc_freq, lexicon.num_docs)
        except StorageError as error:
            _log.warning("the full-text index failed and is left aside: %s", error)
            notes.append("The full-text index failed and is being made anew; the newest messages were searched directly.")
            self.reset()
            return self._scan.search(cue, k, scope, 0, lambda _: 0, 0)
        for passage, score in tail:
            found[passage] = max(score, found.get(passage, 0.0))
        return sorted(found.items(), key=lambda pair: -pair[1])[:k]

    def doc_freqs(self, wanted: Sequence[str]) -> tuple[int, dict[str, int]]:
        """How many passages the index holds, and in how many of them each term stands; zeros where it cannot say."""
        try:
            if not self._position().position:
                return 0, dict.fromkeys(wanted, 0)
            lexicon = self._reader()
            return lexicon.num_docs, {term: lexicon.doc_freq(term) for term in wanted}
        except StorageError as error:
            _log.warning("the full-text index cannot be asked for term counts: %s", error)
            return 0, dict.fromkeys(wanted, 0)

    def reset(self) -> None:
        """Have the index made anew at the next catching up."""
        self._lexicon = None
        self._mark.unlink(missing_ok=True)
        self._journal.set_index_state(_NAME, IndexState("", 0, 0))

    def discard(self) -> None:
        """Remove the files of an index that cannot be read or written, under the lock."""
        import shutil

        self.reset()
        shutil.rmtree(self._path, ignore_errors=True)

    def compact(self) -> None:
        """Rewrite the index so that no forgotten text is left in its files."""
        with held(self._lock) as got:
            if got and self._position().position:
                self._reader().compact()
