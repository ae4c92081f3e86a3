"""Recaller: from a cue to recollections. Candidates, their features, the model that weighs them, and a why for each."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memory.associations import Associations
from memory.associations.known import Known
from memory.errors import ArtifactError, JournalError, ModelError, StorageError
from memory.journal.rows import microseconds
from memory.recall.allowed import Allowed
from memory.recall.candidates import Gatherer
from memory.recall.cue import ends, make_cue
from memory.recall.features import ASKED, table
from memory.recall.judged import Judge
from memory.recall.learning import fingerprint
from memory.recall.model import FULL, WITHOUT_ASSOCIATION, Weights, WeightsError, shipped_weights
from memory.recall.plain import Plain
from memory.recall.ranking import ENOUGH, Placed, place, ranked_by, relevant
from memory.recall.reasons import recollections
from memory.types import Recall

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from memory.embeddings import Embedder
    from memory.indexer import Indexer
    from memory.journal import Journal
    from memory.recall.candidates import Scene
    from memory.recall.cue import Cue
    from memory.recall.features import Table
    from memory.recall.judged import Judged
    from memory.store import Vector
    from memory.types import Scope

_log = logging.getLogger(__name__)
_EMBED_IN_RECALL, _EMBED_SECONDS = 32, 0.2
_TRACE_IN_RECALL = 64


@dataclass(frozen=True, slots=True)
class Wish:
    """One recall as it was asked for.

    Attributes:
        cue: the text.
        scope: whose memory.
        k: how many recollections at most.
        exclude: ids of messages that must not be evoked.
        context: what was said just before the cue, the newest last.
        before: place of a message; only what stands before it may be evoked.
        as_of: only what had been said at this moment may be shown.
        associative: whether association is used.
        without: kinds of edge that are not used, to measure what each is worth; see `memory.associations.SHARES`.
    """

    cue: str
    scope: Scope
    k: int = 10
    exclude: Collection[str] = ()
    context: Sequence[str] = ()
    before: int | None = None
    as_of: datetime | None = None
    associative: bool = True
    without: frozenset[str] = frozenset()


class Recaller:
    """Answers cues from the journal, through the indexes as far as they have come and by scanning beyond.

    Args:
        journal, embedder, indexer: of one memory.
        weights: what weighs features; None takes those of the package. When these cannot be read, recall is by the
            plain sum of meaning and words, and says so.
        scope: whose memory associations are searched in.
    """

    def __init__(
        self, journal: Journal, embedder: Embedder, indexer: Indexer, scope: Scope, weights: Weights | None = None
    ) -> None:
        self._journal = journal
        self._indexer = indexer
        self._note = ""
        self.weights = weights
        if weights is None:
            try:
                self.weights = shipped_weights()
            except WeightsError as error:
                _log.warning("recall goes by the plain sum of meaning and words: %s", error)
                self._note = (
                    f"{error.message} Recall went by the plain sum of meaning and words;"
                    " installing recollect anew brings the weights back."
                )
        self._known = Known(journal, embedder.name, indexer.embedding.loose_vectors)
        self.associations = Associations(
            journal, self._known, lambda queries: indexer.search_each(queries, scope.key, [])
        )
        self._gatherer = Gatherer(journal, indexer, self._known, self.associations)
        self._plain = Plain(journal, embedder, indexer)
        self.version = fingerprint(self.weights) if self.weights else ""
        self._judge = Judge(journal, embedder.name, self.version)

    def forget_texts(self) -> None:
        """Drop what is kept in memory of the texts."""
        self._known.clear()
        self._plain.forget_texts()
        self._judge.forget_texts()

    def recall(self, wish: Wish) -> Recall:
        """The best recollections for a cue, each with its why; none when nothing is relevant.

        Where the embedder cannot be had they are found by the words that they share with the cue, and `notes` says so.
        """
        with self._journal.held():
            return self._recall(wish)

    def _recall(self, wish: Wish) -> Recall:
        clock = Clock()
        notes: list[str] = [self._note] if self._note else []
        if not wish.cue.strip() or self._journal.last_passage() == 0:
            return Recall(cue=wish.cue, recollections=(), timings=clock.parts())
        cue, vectors = self._begun(wish, notes)
        clock.lap("embed")
        judged = self._judge.of(ends(wish.cue), vectors, wish.scope.key, wish.as_of)
        notes.extend([judged.note] if judged.note else [])
        allowed = self._allowed(wish, judged.never)
        answerable = None
        if self.weights is None or cue is None:
            made, considered = self._plain.recollections(
                wish.cue, vectors, wish.scope, wish.k, allowed=allowed, judged=judged, notes=notes
            )
        else:
            scene = self._scene(wish, cue, allowed, notes, judged.useful)
            clock.lap("candidates")
            most = None if judged.changes else wish.k
            found, answerable = self._ranked(scene, judged, self.weights, most)
            ranked = judged.apply(found)[: wish.k]
            clock.lap("features")
            made, considered = recollections(self._journal, scene, ranked, allowed), scene.count
        clock.lap("rank")
        notes += allowed.notes()
        return Recall(
            wish.cue,
            judged.marked(made),
            clock.parts(),
            considered=considered,
            notes=tuple(dict.fromkeys(notes)),
            answerable=answerable,
        )

    def features(self, wish: Wish) -> tuple[Scene, Table] | None:
        """The candidates of a cue and their features, for fitting; None when there are none."""
        if not wish.cue.strip() or self._journal.last_passage() == 0:
            return None
        notes: list[str] = []
        cue = self._begin(wish, notes)
        scene = self._scene(wish, cue, self._allowed(wish, ()), notes)
        return (scene, table(scene)) if scene.count else None

    def _allowed(self, wish: Wish, never: Collection[str]) -> Allowed:
        return Allowed(self._journal, wish.exclude, never, wish.as_of, wish.before, owners=self._known.owners)

    def _begun(self, wish: Wish, notes: list[str]) -> tuple[Cue | None, list[Vector]]:
        """The cue taken apart, and its vectors; neither where the embedder fails, which is added to `notes`."""
        try:
            cue = self._begin(wish, notes)
        except JournalError:
            raise
        except (ArtifactError, ModelError, StorageError) as error:
            _log.warning("recall goes by words alone: %s", error)
            notes.append(f"Recall went by words alone, without meaning: {error}")
            return None, []
        return cue, list(cue.vectors)

    def _begin(self, wish: Wish, notes: list[str]) -> Cue:
        """Bring what lags forward a little, and take the cue apart."""
        self.catch_up(notes)
        scope = self._journal.scope_key(wish.scope.key)
        return make_cue(wish.cue, wish.context, self._indexer.embedding, self._journal, scope)

    def catch_up(self, notes: list[str]) -> None:
        """Bring what lags behind the journal forward a little; what cannot be written is added to `notes`."""
        self._indexer.embedding.embed_newest(_EMBED_IN_RECALL, _EMBED_SECONDS, notes)
        try:
            if not self._journal.looking:
                self._indexer.traces.catch_up(_TRACE_IN_RECALL)
                self._indexer.sum_sessions()
        except StorageError as error:
            _log.warning("associations are not brought forward: %s", error)
            notes.append(f"Associations could not be written: {error.message}")
        self._known.refresh()

    def _scene(self, wish: Wish, cue: Cue, allowed: Allowed, notes: list[str], wished: Iterable[int] = ()) -> Scene:
        now = microseconds(wish.as_of)
        return self._gatherer.gather(
            cue,
            wish.scope,
            allowed,
            notes,
            wished=wished,
            associative=wish.associative,
            without=wish.without,
            now=now,
        )

    def _ranked(
        self, scene: Scene, judged: Judged, weights: Weights, most: int | None
    ) -> tuple[list[Placed], float | None]:
        """The `most` best of the relevant candidates with their probabilities (None: all), best first.

        For a remark the best of each session come first. Beside them how probable it is that a question is answered by
        anything here (see `Recall.answerable`).
        """
        if not scene.count:
            return [], None
        found = table(scene)
        name = FULL if scene.associative else WITHOUT_ASSOCIATION
        about = {one: float(column[0]) for one, column in found.columns.items() if one.startswith(ASKED)}
        scores = weights.scores(name, found.matrix(weights.names))
        remark = not scene.cue.is_lookup and weights.is_remark(scene.cue.form)
        trust = weights.shapes.trust(about, remark=remark)
        scores = ranked_by(scores, found.columns, trust)
        calibration = weights.calibration[name]
        probable = calibration(scores, about)
        keep = relevant(scene, found, probable >= calibration.least, judged.useful)
        many = scene.count >= ENOUGH
        order = place(scores, scene.session[: scene.count], spread=many and remark)
        answerable, known = weights.answerable.get(name), None
        if answerable is not None and not remark and many:
            known = answerable(found.matrix(answerable.names), scores)
            probable = probable * (1 - trust * (1 - answerable.share(known)))
        order = order[keep[order]]
        falling = np.minimum.accumulate(probable[order])[:most].tolist() if len(order) else []
        seqs = scene.evidence.seqs[order[:most]].tolist()
        best = zip(seqs, falling, order[:most].tolist(), strict=True)
        return [Placed(seq, score, row, found) for seq, score, row in best], known if trust == 1.0 else None


class Clock:
    """Milliseconds by part of one recall."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._parts: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """The part that ends here is called `name`."""
        now = time.perf_counter()
        self._parts[name] = round((now - self._last) * 1000, 3)
        self._last = now

    def parts(self) -> dict[str, float]:
        """Each part, and the total."""
        return {**self._parts, "total": round((time.perf_counter() - self._start) * 1000, 3)}
