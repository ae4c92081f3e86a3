"""WordIndex: the full-text index brought up to the journal, and the scan of what it does not hold yet.

Any process may read it; whoever gets `words.lock` for a moment brings it forward.
"""

from __future__ import annotations

import logging
import shutil
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from memory.errors import StorageError
from memory.indexes.locks import ProcessLock
from memory.indexes.segments import damage, shrunk
from memory.indexes.wordscan import WordScan
from memory.journal import IndexState
from memory.journal.choices import LEXICON
from memory.lexicon import Lexicon
from memory.text import ANALYSIS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from memory.indexes.segments import Stamp
    from memory.journal import Journal
    from memory.types import Passage

_log = logging.getLogger(__name__)
_NAME = "words"
_CLEAN = "words-clean"
_BATCH = 2000
_LONG_TAIL = 500
_LOCK_SECONDS = 10.0
_LOOK_SECONDS = 1.0
_READ_AT_OPENING = 64 << 20


def state_names(place: str) -> tuple[str, str]:
    """Under which names the journal keeps how far the index at `place` is, and up to where its files are clean."""
    return (_NAME, _CLEAN) if place == LEXICON else (f"{_NAME}:{place}", f"{_CLEAN}:{place}")


def lock_path(folder: Path, place: str) -> Path:
    """The lock of whoever writes the index at `place`."""
    return folder / ("words.lock" if place == LEXICON else f"{place}.lock")


class WordIndex:
    """Finds passages by their words, ranked by BM25.

    Args:
        journal: where the text is.
        folder: the data folder.
        place: name of the index's folder there; another one after a rebuild.
    """

    def __init__(self, journal: Journal, folder: Path, place: str = LEXICON) -> None:
        self._journal = journal
        self.place = place
        self.path = folder / place
        self._mark = folder / f"{place}.id"
        self._lock = ProcessLock(lock_path(folder, place))
        self._name, self._clean = state_names(place)
        self._lexicon: Lexicon | None = None
        self._mark_seen, self._mark_ours = (0, 0, 0), False
        self._files: dict[str, Stamp] = {}
        self._read: dict[str, Stamp] = {}
        self._looked: tuple[float, int] = (0.0, 0)
        self._scan = WordScan(journal)
        self._identity = f"{journal.identity()} {ANALYSIS}"

    def _position(self) -> IndexState:
        """How far the index is; the start when the index on disk is not the one that was recorded."""
        state = self._journal.index_state(self._name)
        return state if state.identity == self._identity and self._marked() else IndexState(self._identity, 0, 0)

    def _marked(self) -> bool:
        try:
            seen = self._mark.stat()
            state = (seen.st_mtime_ns, seen.st_ino, seen.st_size)
            if state != self._mark_seen:
                self._mark_ours = self._mark.read_text(encoding="utf-8") == self._identity
                self._mark_seen = state
            return self._mark_ours and (self.path / "meta.json").exists()
        except (OSError, UnicodeDecodeError):
            return False

    @property
    def position(self) -> int:
        """The last passage that the index holds; 0 when there is no index that could be used."""
        return self._position().position

    def _reader(self) -> Lexicon:
        lexicon = self._lexicon
        if (self.path / "meta.json").exists():
            self._look()
        if lexicon is None:
            lexicon = self._lexicon = Lexicon(self.path)
        lexicon.reload()
        return lexicon

    def _look(self) -> None:
        """Look at the files before they are mapped into memory. Raises `StorageError` when one is damaged.

        Once a second at most while no writer has changed them; their lengths each time.
        """
        changed, now = self._changed(), time.monotonic()
        if self._lexicon is not None and self._looked[1] == changed and now - self._looked[0] < _LOOK_SECONDS:
            if complaint := shrunk(self.path, self._files):
                self._looked = (0.0, 0)
                raise StorageError(f"The full-text index at {self.path} is damaged: {complaint}.", "It is made anew.")
            return
        self._looked = (0.0, 0)
        while complaint := damage(self.path, self._files, _READ_AT_OPENING):
            before, changed = changed, self._changed()
            if before == changed:  # and not a writer who has let go of files meanwhile
                raise StorageError(f"The full-text index at {self.path} is damaged: {complaint}.", "It is made anew.")
        self._looked = (now, changed)

    def _changed(self) -> int:
        """When a writer last committed."""
        try:
            return (self.path / "meta.json").stat().st_mtime_ns
        except OSError:
            return 0

    def check(self) -> None:
        """Read every file of the index, once each; if one is damaged, it is made anew at the next catching up."""
        with self._lock.held() as got:
            if got and self.position and (complaint := damage(self.path, self._read)):
                _log.warning("the full-text index is damaged: %s", complaint)
                self._remove()

    def lag(self) -> int:
        """How many passages the index does not hold yet, at most (forgotten ones count in)."""
        return max(0, self._journal.last_passage() - self._position().position)

    def pending(self) -> bool:
        """Whether there is anything for `catch_up` to do."""
        state = self._position()
        newest = self._journal.last_passage()
        if not newest and not self.path.exists():
            return False  # no index is needed, and none is there
        return newest > state.position or bool(self._journal.tombstones(state.tombstone, 1)) or self._unclean(state)

    def catch_up(self, most: int = _BATCH) -> int:
        """Bring the index forward by at most `most` passages; 0 when it is up to date or another process is at it.

        Once it has let go of what was forgotten, its files are rewritten, so that they hold no word of it.
        """
        if not self.pending():
            return 0
        with self._lock.held() as got:
            return self._advance(most) if got else 0

    def forget(self) -> bool:
        """Let go of everything forgotten at once, waiting a little for another writer; whether that was done."""
        with self._lock.held(_LOCK_SECONDS) as got:
            while got and self._advance(_BATCH):
                pass
            return got

    def _advance(self, most: int) -> int:
        state = self._position()
        if state.position == 0:
            return self._begin(most)
        try:
            lexicon = self._reader()
            newest = self._journal.last_passage()
            passages = self._journal.passages(state.position, most)
            gone = self._journal.tombstones(state.tombstone, most)
            if passages or gone:
                lexicon.update(passages, [passage for _, passage in gone])
            elif self._unclean(state):
                lexicon.rewrite(self._batches(state.position))
                self._journal.set_index_state(self._clean, state)
                return 1
            else:
                return 0
        except StorageError:
            self._discard_damaged()
            raise
        last = passages[-1].id if passages else state.position
        position = last if len(passages) == most else max(last, newest)
        tombstone = gone[-1][0] if gone else state.tombstone
        self._journal.set_index_state(self._name, IndexState(self._identity, position, tombstone))
        return len(passages) + len(gone)

    def _begin(self, most: int) -> int:
        """Make the index anew from the first passages; what was forgotten before is not among them."""
        if self._journal.index_state(self._name).position:
            self.reset()
        tombstone = self._journal.last_tombstone()
        newest = self._journal.last_passage()
        passages = self._journal.passages(0, most)
        if passages or self.path.exists():
            try:
                self._reader().rewrite([passages])
                self._write_mark()
            except StorageError:
                self._discard_damaged()
                raise
        position = passages[-1].id if len(passages) == most else newest
        state = IndexState(self._identity, position, tombstone)
        self._journal.set_index_state(self._clean, state)
        self._journal.set_index_state(self._name, state)
        return len(passages)

    def _unclean(self, state: IndexState) -> bool:
        """Whether words of something forgotten may be left in the files."""
        return self._journal.index_state(self._clean).tombstone != state.tombstone and state.position > 0

    def _batches(self, until: int) -> Iterator[list[Passage]]:
        after = 0
        while passages := [one for one in self._journal.passages(after, _BATCH) if one.id <= until]:
            yield passages
            after = passages[-1].id

    def _write_mark(self) -> None:
        if self._marked():
            return
        try:
            self._mark.touch(mode=0o600)
            self._mark.write_text(self._identity, encoding="utf-8")
        except OSError as error:
            raise StorageError(
                f"The full-text index at {self.path} cannot be written: {error.strerror or error}.",
                "Check that the folder can be written and the disk is not full.",
            ) from error

    def search(self, cue: Sequence[str], k: int, scope: str, notes: list[str]) -> list[tuple[int, float]]:
        """The `k` best passages for the cue's terms, as (passage id, BM25 score), best first."""
        if not cue:
            return []
        position = self._search_from()
        if position == 0:
            return self._scan.search(cue, k, scope, 0)
        try:
            lexicon = self._reader()
            found = dict(lexicon.search(cue, scope, k))
            tail = self._scan.search(cue, k, scope, position, lexicon)
            if self._journal.index_state(self._name).position < position:
                return self._scan.search(cue, k, scope, 0)
        except StorageError as error:
            _log.warning("the full-text index is left aside: %s", error)
            notes.append("The full-text index failed and is made anew; the newest messages were searched directly.")
            if not self._journal.looking:
                with suppress(StorageError), self._lock.held() as got:
                    if got:
                        self._discard_damaged()
            return self._scan.search(cue, k, scope, 0)
        for passage, score in tail:
            found[passage] = max(score, found.get(passage, 0.0))
        return sorted(found.items(), key=lambda pair: -pair[1])[:k]

    def _search_from(self) -> int:
        """How far the index is, after bringing it forward a little when scanning the rest would be slow."""
        position = self._position().position
        if self._journal.last_passage() - position <= _LONG_TAIL or self._journal.looking:
            return position
        try:
            self.catch_up()
        except StorageError as error:
            _log.warning("the full-text index cannot be brought forward: %s", error)
        return self._position().position

    def doc_freqs(self, wanted: Sequence[str]) -> tuple[int, dict[str, int]]:
        """How many passages the index held when it was last searched, and in how many of them each term stood."""
        lexicon = self._lexicon
        if lexicon is None:
            return 0, dict.fromkeys(wanted, 0)
        try:
            return lexicon.num_docs, {term: lexicon.doc_freq(term) for term in wanted}
        except StorageError as error:
            _log.warning("the full-text index cannot be asked for term counts: %s", error)
            return 0, dict.fromkeys(wanted, 0)

    def reset(self) -> None:
        """Have the index made anew at the next catching up."""
        self._journal.set_index_state(self._name, IndexState("", 0, 0))

    def _discard_damaged(self) -> None:
        """Remove an index that cannot be read any more; one that could only not be written (a full disk) stays."""
        self._lexicon = None
        try:
            with suppress(StorageError):
                self._reader().search(["a"], "", 1)
                return
            _log.warning("the full-text index at %s is damaged and is made anew", self.path)
            self._remove()
        except (OSError, StorageError) as error:
            _log.warning("the damaged full-text index cannot be removed: %s", error)

    def _remove(self) -> None:
        """Remove a damaged index."""
        self._lexicon = None
        self._files.clear()
        self._read.clear()
        self._mark.unlink(missing_ok=True)
        shutil.rmtree(self.path, ignore_errors=True)
        self.reset()
