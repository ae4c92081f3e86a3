"""Memory: the one door to what is remembered.

A memory is a folder: `journal.db`, the truth, and beside it the indexes, which may be deleted at any time.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Self, Unpack

from memory.errors import RecollectError, UsageError
from memory.forgetting import Forgetter
from memory.journal import Journal
from memory.reading import Reading
from memory.recall.arms import limits
from memory.recall.engine import Wish
from memory.recall.personal import LearnedFile
from memory.serving import Opening, Serving
from memory.sparks import Sparks
from memory.types import (
    Feedback,
    Forgotten,
    Message,
    NewMessage,
    Recall,
    Remembered,
    Scope,
    Selection,
    Stats,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from memory.associations import Associations, Edge
    from memory.embeddings import Embedder
    from memory.indexer import Indexer
    from memory.recall.candidates import Scene
    from memory.recall.engine import Recaller
    from memory.recall.features import Table
    from memory.recall.learning import Learned
    from memory.recall.model import Weights
    from memory.recall.personal import Personal
    from memory.sparks import Spark
    from memory.store import Options
    from memory.types import Recollection

    Progress = Callable[[int, int, str], None]

_log = logging.getLogger(__name__)
_STORE_LAG = 2000
_CLOSING_SECONDS = 1.0
_LOOKED_FOR = 50


class Memory(Reading):
    """Remembers messages word for word and recalls by association. Safe to use from several threads.

    Args:
        folder: where the memory lives; made when it is not there, readable by the user alone.
        embedder: makes vectors of passages and cues.
        store: name of the vector store (entry-point group `recollect.stores`).
        store_options: settings of that store.
        scope: whose memory; nothing outside of it is ever recalled, listed or forgotten.
        background: keep the indexes up to date in a thread (for programs that stay open). Without it they are brought
            forward when the memory is closed, and what lags is scanned.
        adopt_embedder: open with another embedder than the indexes were made by, in order to `rebuild`.
        weights: what recall weighs features by; None takes those of the package.
        follow: makes the embedder of a name (as in the settings), for when another process changes over to it.
        look: only look at what is remembered, and write nothing to the disk.

    A memory that may only be read, or whose disk is full, still recalls; what cannot be written raises `StorageError`.

    Raises `JournalError`, `StorageError`, `UsageError` (unknown store) or `IndexMismatchError` (other embedder).
    """

    def __init__(
        self,
        folder: Path,
        *,
        embedder: Embedder,
        store: str = "chroma",
        store_options: Options | None = None,
        scope: Scope | None = None,
        background: bool = True,
        adopt_embedder: bool = False,
        weights: Weights | None = None,
        follow: Callable[[str], Embedder] | None = None,
        look: bool = False,
    ) -> None:
        from memory.registry import check_store

        check_store(store)
        self.scope = scope or Scope()
        self._dirty = False
        self.journal = (Journal.look if look else Journal.open)(folder / "journal.db")
        try:
            self._serving = Serving(
                self.journal,
                folder,
                embedder=embedder,
                store=store,
                options=store_options or {},
                scope=self.scope,
                weights=weights,
                background=background and not look,
                adopt=adopt_embedder,
                load=follow,
            )
            self._forgetter = Forgetter(self.journal, self._serving, self.scope)
        except BaseException:
            self.journal.close()
            raise
        self._serving.start()

    @classmethod
    def open(cls, folder: Path, **options: Unpack[Opening]) -> Self:
        """The memory in `folder`; see the class for the arguments and errors."""
        return cls(folder, **options)

    @property
    def embedder(self) -> Embedder:
        """What embeds; another one after a changeover."""
        return self._serving.parts.embedder

    @property
    def store(self) -> str:
        """Name of the vector store; another one after a changeover."""
        return self._serving.parts.store

    @property
    def _indexer(self) -> Indexer:
        return self._serving.parts.indexer

    @property
    def _recaller(self) -> Recaller:
        return self._serving.current().recaller

    def remember(self, message: NewMessage) -> Message:
        """Commit one message to the journal; when this returns it is kept, and any process recalls it."""
        kept = self.journal.append(message, self.scope)
        self.written()
        return kept

    def remember_many(
        self, messages: Iterable[NewMessage], progress: Callable[[int], None] | None = None, *, again: bool = False
    ) -> Remembered:
        """Commit many messages in batches; those known by (source, source_id) are passed over.

        What was forgotten here is not taken, unless it is wanted `again`.
        `progress` is called with the number of messages looked at so far.
        """
        done = self.journal.append_all(messages, self.scope, again=again, progress=progress)
        self.written()
        return done

    def written(self) -> None:
        """Tell that the journal was written to past this memory: the indexes are to be brought forward."""
        self._dirty = True
        self._indexer.wake()

    def recall(
        self,
        cue: str,
        *,
        k: int = 10,
        exclude: Collection[str] = (),
        context: Sequence[str] = (),
        before: int | None = None,
        as_of: datetime | None = None,
    ) -> Recall:
        """What `cue` evokes: at most `k` recollections, best first, none when nothing is relevant.

        Args:
            cue: the new message, or any text.
            k: how many recollections at most (at least 1).
            exclude: ids of messages that must not come back, such as those that stand in the prompt already.
            context: what was said just before the cue, the newest last; it says what a short cue is about.
            before: place (`seq`) of a message; only what stands before it comes back.
            as_of: answer from what was known at this moment (UTC when it has no zone): nothing that was said later
                comes back, not even beside what does.
        """
        if k < 1:
            raise UsageError(f"Cannot recall {k} memories.", "Ask for 1 or more.")
        found = self._recaller.recall(Wish(cue, self.scope, k, exclude, context, before, as_of))
        return replace(found, notes=(*found.notes, self._serving.note)) if self._serving.note else found

    def rank(
        self, cue: str, arm: str, *, k: int = 10, exclude: Collection[str] = (), context: Sequence[str] = ()
    ) -> Recall:
        """The `k` best messages by a plain search of the same indexes, as a control beside `recall`.

        `arm` is one of `CONTROLS` or `WITHOUT_EDGES` in `memory.recall.arms`; `UsageError` for another one. `context`
        counts for those of them that are recall with less.
        """
        if k < 1:
            raise UsageError(f"Cannot rank {k} messages.", "Ask for 1 or more.")
        if (less := limits(arm)) is not None:
            return self._recaller.recall(Wish(cue, self.scope, k, exclude, context, **less))
        return self._serving.current().controls.rank(cue, arm, self.scope, k, exclude)

    def features(
        self, cue: str, *, exclude: Collection[str] = (), context: Sequence[str] = (), associative: bool = True
    ) -> tuple[Scene, Table] | None:
        """The candidates of a cue and all that is measured of them, for fitting weights; None when there are none."""
        wish = Wish(cue, self.scope, exclude=exclude, context=context, associative=associative)
        return self._recaller.features(wish)

    def link(self, one: str, other: str) -> None:
        """Link two messages (by their ids) by hand: what evokes one will lead to the other. Raises `UsageError`."""
        self.journal.link(one, other, self.scope)

    def associations(self, message_id: str, most: int = 20) -> list[Edge]:
        """The strongest edges from a message to others, strongest first. Raises `UsageError` for an unknown id.

        What was never to come back is left out.
        """
        seq = self.find(message_id).seq
        hidden = self.journal.never(self.scope)
        found = self._recaller.associations.edges(seq, most + len(hidden))
        if hidden:
            ids = {seq: message.id for seq, message in self.journal.by_seq([edge.other_seq for edge in found]).items()}
            found = [edge for edge in found if ids.get(edge.other_seq) not in hidden]
        return found[:most]

    def spark(self, topic: str = "", *, count: int = 3, session: str = "") -> list[Spark]:
        """At most `count` pairs of memories, far in meaning and yet connected, best first; no chat model is asked.

        The walk begins with what `topic` evokes; without one with what is evoked by what the user said last in
        `session`, the one that goes on, and without that with what they said last. No part of a pair is of the sitting.
        """
        sparks = Sparks(self.journal, self._recaller, self._indexer.embedding.embed, self.scope)
        return sparks.find(topic, count, session)

    @property
    def spreading(self) -> Associations:
        """The edges of this memory, and spreading activation along them."""
        return self._recaller.associations

    def feedback(
        self, message_id: str, verdict: Verdict | None, cue: str = "", recollection: Recollection | None = None
    ) -> tuple[Feedback, ...]:
        """Say what a recollection was worth; it is heeded from the next recall on. See `memory.recall.judged`.

        Args:
            message_id: id of the message that was recalled.
            verdict: what it was worth; it takes the place of the one given before on the same message and cue. None
                takes that back, or without a cue all that was said of the message.
            cue: what it was recalled for; empty when the verdict is meant for every cue.
            recollection: as it was shown; without it the cue is recalled again to learn its score and signals.

        Returns the verdicts that no longer hold. Raises `UsageError` when there is no such message in this scope.
        """
        if verdict is None:
            return tuple(self.journal.drop_feedback(message_id, self.scope, cue))
        vector = self._indexer.embedding.embed([cue])[0] if cue.strip() else None
        if recollection is None and cue.strip():
            found = self.recall(cue, k=_LOOKED_FOR).recollections
            recollection = next((each for each in found if each.message.id == message_id), None)
        given = Feedback(
            message_id,
            verdict,
            cue if cue.strip() else "",
            score=recollection.score if recollection else None,
            signals=recollection.why.signals if recollection else {},
        )
        before = self.journal.put_feedback(given, self.scope, embedder=self.embedder.name, vector=vector)
        return (before,) if before else ()

    def feedback_of(self, message_id: str = "", limit: int | None = None) -> list[Feedback]:
        """The verdicts that hold on a message, or without one on any message of this scope; newest first."""
        return self.journal.feedback(self.scope, message_id, limit)

    def learn(self) -> Learned:
        """Learn from the verdicts given so far how recall should weigh; used from the next recall on.

        Raises `UsageError` when there are too few, and `NothingLearnedError` when what they ask for would make recall
        worse on public sets.
        """
        from memory.recall.learning import CheckTable, learn

        self.journal.check_writable()
        found = learn(self.feedback_of(), self._recaller.version, CheckTable.load())
        LearnedFile(self.journal.folder).add(self.scope.key, found.personal)
        return found

    def unlearn(self) -> Personal | None:
        """Go back to what held before the last `learn`; what no longer holds, None when nothing was learned."""
        self.journal.check_writable()
        return LearnedFile(self.journal.folder).undo(self.scope.key)

    def forget(
        self,
        *,
        messages: Sequence[str] = (),
        sessions: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        everything: bool = False,
        dry_run: bool = False,
        undoable: bool = False,
    ) -> Forgotten:
        """Remove messages from the journal and everything made of them; with `dry_run` only say what would go.

        What is meant is told as in `Selection.of`. What is `undoable` is held in the memory of this process until the
        next forgetting (up to 64 MB of it). The indexes are told at once when this process may write them, else by the
        process that may; a forgotten message is never recalled meanwhile.
        """
        wish = Selection.of(messages, sessions, everything, since, until)
        return self.forget_selected(wish, dry_run=dry_run, undoable=undoable)

    def forget_selected(self, wish: Selection, *, dry_run: bool = False, undoable: bool = False) -> Forgotten:
        """As `forget`, of what is selected."""
        gone = self._forgetter.forget(wish, dry_run=dry_run, undoable=undoable)
        self._dirty |= bool(gone.messages) and not dry_run
        return gone

    def undo_forget(self) -> tuple[str, ...]:
        """Put back what was forgotten last and undoable; the ids of its messages. Raises `UsageError` for nothing."""
        back = self._forgetter.undo()
        self.written()
        return back

    def rebuild(self, progress: Progress | None = None) -> None:
        """Make all indexes anew from the journal, then switch to them; the old ones serve until then.

        What has no vector of this embedder is embedded first. May be interrupted: the next one goes on from there.
        """
        self._serving.rebuild(progress)

    def stats(self) -> Stats:
        """How much is remembered and how far the indexes are."""
        messages, sessions, passages, size = self.journal.stats()
        indexer = self._indexer
        behind = max(indexer.words.lag(), indexer.vectors.lag() + indexer.embedding.missing())
        names = (self.embedder.name, self.store)
        return Stats(messages, sessions, passages, max(0, passages - behind), size, *names, indexer.trouble)

    def flush(self, timeout: float = 60.0, progress: Progress | None = None, store: bool = True) -> bool:
        """Bring the indexes up to the journal now; whether that was done within `timeout` seconds."""
        done = self._serving.catch_up(progress, time.monotonic() + timeout, store)
        self._dirty = not done
        return done

    def close(self) -> None:
        """Bring the indexes forward for about a second, and let go of everything; doing it twice is allowed.

        The vector store is opened for that only when it lags far behind; what is left is done by whoever comes next.
        """
        try:
            if self._dirty:
                self._dirty = False
                vectors = self._serving.current().indexer.vectors
                far = vectors.is_open or vectors.lag() > _STORE_LAG
                self._serving.catch_up(deadline=time.monotonic() + _CLOSING_SECONDS, store=far)
                self.journal.scrub()
        except RecollectError as error:
            _log.warning("the indexes were not brought forward: %s", error)
        finally:
            self._serving.close()
            self.journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dirty = self._dirty and error is None
        self.close()
