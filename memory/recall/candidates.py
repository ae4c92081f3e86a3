"""Candidates: which messages are looked at closely for a cue, and everything that is known around them.

They are what the searches find by meaning and by words, what was said beside the best of it, and what these lead to by
association: shared names and rare terms, meaning, links. Some 100 to 200 in all, whatever the size of the memory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import repeat
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from memory.associations.runs import numbered, places
from memory.associations.spread import strongest
from memory.associations.types import SHARES, Activated
from memory.journal.rows import moment
from memory.recall.anchors import anchors_in
from memory.recall.evidence import Evidence, Whole, asked_again, gather, rarity_of, scaled
from memory.recall.products import products
from memory.recall.when import span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from memory.associations import Associations
    from memory.associations.known import Known
    from memory.indexer import Indexer
    from memory.journal import Journal
    from memory.recall.allowed import Allowed
    from memory.recall.cue import Cue
    from memory.recall.timespan import TimeSpan
    from memory.store import Vector
    from memory.types import Scope

BY_MEANING, BY_WORDS, BY_CONTEXT = 60, 60, 30
"""How many messages each search gives."""

BY_PART = 15
"""How many messages each search for a part of a long cue gives, or for other wordings of a short one."""

SEEDS = 15
REACH = 3
"""How many messages before and after each candidate are looked at."""

T = TypeVar("T")

_PASSAGES_EACH = 2
_BESIDE = 2
_NEAREST = 7
_BY_NODES, _BY_OTHERS = 20, 10
_OTHER_KINDS = ("similar", "recalled_together", "linked", "same_time", "next", "previous")


@dataclass(frozen=True, slots=True)
class Scene:
    """The candidates and what stands around them, in arrays. The first `count` rows are the candidates.

    Attributes:
        cue: what did the evoking.
        whole: what is known of the whole scope.
        count: how many candidates there are.
        evidence: of every row: candidates, then what was said around them, then the openings of their sessions.
        session: key of the session of each row.
        sessions, group: keys of the candidates' sessions in ascending order, and for each candidate the place in these.
        near: shape (count, 2 * REACH): the rows of what was said before (furthest first) and after; -1 where nothing.
        place, length: of each candidate in its session, and the session's number of messages.
        opening: row of the first message of each candidate's session.
        session_vectors: unit vectors of these sessions, or 0; shape (sessions, dimension).
        seeds: rows from which activation spread.
        activated: what it reached; empty when it was not let spread.
        newest_session, now: key of the newest session, and the time of the recall in microseconds (None: unknown).
        associative: whether association is used at all.
        span: the time that the cue speaks of; None when it speaks of none.
        without: kinds of edge that are not used.
    """

    cue: Cue
    whole: Whole
    count: int
    evidence: Evidence
    session: NDArray[np.int64]
    sessions: NDArray[np.int64]
    group: NDArray[np.int64]
    near: NDArray[np.int64]
    place: NDArray[np.int64]
    length: NDArray[np.int64]
    opening: NDArray[np.int64]
    session_vectors: NDArray[np.float32]
    seeds: NDArray[np.int64]
    activated: Activated
    newest_session: int
    now: int | None
    associative: bool
    span: TimeSpan | None = None
    without: frozenset[str] = frozenset()


class Gatherer:
    """Finds the candidates of a cue."""

    def __init__(self, journal: Journal, indexer: Indexer, known: Known, associations: Associations) -> None:
        self._journal = journal
        self._indexer = indexer
        self._known = known
        self._associations = associations

    def gather(
        self,
        cue: Cue,
        scope: Scope,
        allowed: Allowed,
        notes: list[str],
        *,
        wished: Iterable[int] = (),
        associative: bool = True,
        without: frozenset[str] = frozenset(),
        now: int | None = None,
    ) -> Scene:
        """The scene of `cue`: its candidates are of `scope` and `allowed`. `wished` are candidates in any case."""
        key = self._journal.scope_key(scope.key)
        whole = self._whole(cue, key)
        wanted = self._may(wished, key, allowed)
        found = self._searched(cue, scope, allowed, notes)
        found = self._telling(cue, found) | wanted or found
        first = gather(self._known, cue, whole, _places(found))
        strength = _strength(first)
        best = np.argsort(-strength, kind="stable")[:SEEDS]
        seeds = {int(first.seqs[row]): float(strength[row]) ** 2 for row in best if strength[row] > 0}
        more = self._beside(first, best)
        activated = Activated()
        if associative and seeds:
            activated = self._activate(cue, seeds, first, best, without)
            more |= _reached(activated)
        found |= self._telling(cue, self._may(more - found, key, allowed))
        newest, latest = self._journal.newest(key)
        now = latest if now is None else now
        about = (newest, now, associative)
        scene = self._scene(cue, whole, found, seeds=seeds, activated=activated, allowed=allowed, about=about)
        return replace(scene, span=self._span(cue, now, scope, allowed, notes), without=without)

    def _span(self, cue: Cue, now: int | None, scope: Scope, allowed: Allowed, notes: list[str]) -> TimeSpan | None:
        """The time that the cue speaks of, as of the latest message: what is recalled lies in the past of that."""
        moment_now = moment(now)
        if moment_now is None:
            return None
        return span(cue.text, moment_now, anchors_in(self._journal, self._indexer.words, scope.key, allowed, notes))

    def _whole(self, cue: Cue, scope: int) -> Whole:
        messages, terms = self._journal.trace_totals(scope)
        messages = max(1, messages)
        frequency = self._known.nodes.frequencies(np.concatenate([cue.keys, cue.context_keys]))
        rarity = rarity_of(frequency, messages)
        many = len(cue.keys)
        return Whole(messages, max(1.0, terms / messages), rarity[:many], rarity[many:])

    def _searched(self, cue: Cue, scope: Scope, allowed: Allowed, notes: list[str]) -> set[int]:
        """Places of what the searches find, by meaning and by words, for the cue and for it in its context."""
        by_meaning: list[tuple[list[Vector], int]] = [(list(cue.vectors), BY_MEANING)]
        by_words: list[tuple[Sequence[str], int]] = [(cue.distinct, BY_WORDS)]
        if cue.has_context:
            by_meaning.append(([cue.context], BY_CONTEXT))
            by_words.append(([*cue.distinct, *cue.context_terms], BY_CONTEXT))
        for vector, terms in zip(cue.parts, cue.part_terms, strict=True):
            by_meaning.append(([vector], BY_PART))
            by_words.append(([cue.distinct[place] for place in terms], BY_PART))
        if len(cue.wordings):
            by_meaning.append((list(cue.wordings), BY_PART))
        hits = [
            *allowed.search_each(
                lambda queries: self._indexer.search_each(queries, scope.key, notes), _wide(by_meaning)
            ),
            *allowed.search_each(lambda queries: self._having(queries, scope, notes), _wide(by_words)),
        ]
        found: set[int] = set()
        for some, (_, most) in zip(hits, [*by_meaning, *by_words], strict=True):
            owners = dict.fromkeys(self._known.owners([passage for passage, _ in some]))
            owners.pop(0, None)
            found.update(list(owners)[:most])
        return found

    def _having(
        self, queries: Sequence[tuple[Sequence[str], int]], scope: Scope, notes: list[str]
    ) -> list[list[tuple[int, float]]]:
        return [self._indexer.words.search(terms, k, scope.key, notes) for terms, k in queries]

    def _may(self, seqs: Iterable[int], scope: int, allowed: Allowed) -> set[int]:
        """Which of these messages may come back."""
        return allowed.seqs(self._known.within(_places(set(seqs)), scope))

    def _telling(self, cue: Cue, seqs: Collection[int]) -> set[int]:
        """Without the questions of the user that say nothing but what the cue, a question too, says.

        The same was asked before. It would match best, make all else look far away and what stands next to it near, be
        it "You have not told me yet."; and it answers nothing.
        """
        if not cue.form["asks"]:
            return set(seqs)
        facts = self._known.facts(_places(seqs))
        return set(facts.seqs[~asked_again(facts, cue)].tolist())

    def _beside(self, evidence: Evidence, rows: NDArray[np.int64]) -> set[int]:
        """What was said one and two messages before and after these rows."""
        near = self._known.order.around(evidence.seqs[rows], evidence.facts.session[rows], _BESIDE).near
        return set(near[near > 0].tolist())

    def _activate(
        self, cue: Cue, seeds: dict[int, float], first: Evidence, best: NDArray[np.int64], without: frozenset[str]
    ) -> Activated:
        total = sum(seeds.values())
        near = _nearest(first, best)

        def similar(seqs: Sequence[int]) -> list[tuple[int, int, float]]:
            """Among the candidates so far; the two best seeds, which push first, search the whole memory."""
            here = [edge for seq in seqs for edge in near.get(seq, ())]
            far = self._associations.nearest(list(seqs)[:2]) if here else []
            return list({edge[:2]: edge for edge in [*here, *far]}.values())

        return self._associations.spread(
            {seq: amount / total for seq, amount in seeds.items()},
            similar=similar,
            avoid=cue.keys.tolist(),
            kinds=[kind for kind in SHARES if kind not in without],
            labels=False,
        )

    def _scene(
        self,
        cue: Cue,
        whole: Whole,
        found: Collection[int],
        *,
        seeds: dict[int, float],
        activated: Activated,
        allowed: Allowed,
        about: tuple[int, int | None, bool],
    ) -> Scene:
        facts = self._known.facts(_places(found))
        candidates, count = facts.seqs, len(facts)
        around = self._known.order.around(candidates, facts.session, REACH)
        shown = allowed.in_time({*around.near.ravel().tolist(), *around.opening.tolist()} - {0})
        beside = _places(self._telling(cue, shown.difference(candidates.tolist())))
        evidence = gather(self._known, cue, whole, np.concatenate([candidates, beside]), count)
        if len(evidence.seqs) < count + len(beside) and len(left := np.intersect1d(candidates, evidence.seqs)) < count:
            whose = left.tolist()  # something was forgotten in this very moment
            return self._scene(cue, whole, whose, seeds=seeds, activated=activated, allowed=allowed, about=about)
        row_of = _Rows(evidence.seqs)
        seed_rows = row_of(np.array([*seeds], dtype=np.int64))
        session = evidence.facts.session
        sessions, group = numbered(session[:count])
        return Scene(
            cue=cue,
            whole=whole,
            count=count,
            evidence=evidence,
            session=session,
            sessions=sessions,
            group=group,
            near=row_of(around.near),
            place=around.place,
            length=around.length,
            opening=row_of(around.opening),
            session_vectors=self._session_vectors(sessions, session[:count], evidence),
            seeds=seed_rows[(seed_rows >= 0) & (seed_rows < count)],
            activated=activated,
            newest_session=about[0],
            now=about[1],
            associative=about[2],
        )

    def _session_vectors(
        self, keys: NDArray[np.int64], session: NDArray[np.int64], evidence: Evidence
    ) -> NDArray[np.float32]:
        """The vectors of sessions; of those that have none yet the mean of their candidates."""
        table, there = self._known.sessions.of(keys, evidence.mean.shape[1])
        for row in np.flatnonzero(~there).tolist():
            total = evidence.mean[: len(session)][session == keys[row]].sum(axis=0)
            table[row] = total / (np.linalg.norm(total) + 1e-9)
        return table


def _wide(queries: Sequence[tuple[T, int]]) -> list[tuple[T, int]]:
    """Queries for so many messages as queries for passages."""
    return [(what, _PASSAGES_EACH * most) for what, most in queries]


def _places(seqs: Collection[int]) -> NDArray[np.int64]:
    """Places in ascending order."""
    return np.sort(np.fromiter(seqs, dtype=np.int64, count=len(seqs)))


def _strength(evidence: Evidence) -> NDArray[np.float32]:
    """How well messages match by themselves, from 0 to 1: meaning and words, and those of the context."""
    found: NDArray[np.float32] = (
        2 * scaled(evidence.cosine)
        + scaled(evidence.bm25)
        + 0.5 * scaled(evidence.context)
        + 0.5 * scaled(evidence.context_bm25)
    ) / 4
    return found


def _nearest(evidence: Evidence, rows: NDArray[np.int64]) -> dict[int, list[tuple[int, int, float]]]:
    """For each of some rows what is nearest to it in meaning among all of them, as (message, other, cosine)."""
    alike = products(evidence.mean, evidence.mean[rows])
    order = np.argsort(-alike, axis=0)[:_NEAREST]
    seqs, others = evidence.seqs[rows].tolist(), evidence.seqs[order.T].tolist()
    cosines = np.take_along_axis(alike, order, axis=0).T.tolist()
    return {seq: list(zip(repeat(seq), *near)) for seq, *near in zip(seqs, others, cosines, strict=True)}


def _reached(activated: Activated) -> set[int]:
    """The messages that activation made candidates of: the best by name, by term, by anything else, and by two hops."""
    parts = [(activated.by_kind.get(kind, {}), _BY_NODES) for kind in ("name", "term")]
    others: dict[int, float] = {}
    for kind in _OTHER_KINDS:
        for seq, amount in activated.by_kind.get(kind, {}).items():
            others[seq] = others.get(seq, 0.0) + amount
    parts += [(others, _BY_NODES), (activated.later, _BY_OTHERS)]
    return {seq for part, most in parts for seq in strongest(part, most)}


class _Rows:
    """Finds the rows of places."""

    def __init__(self, seqs: NDArray[np.int64]) -> None:
        self._order = np.argsort(seqs)
        self._ascending = seqs[self._order]

    def __call__(self, seqs: NDArray[np.int64]) -> NDArray[np.int64]:
        """The row of each of these places; -1 for one that is not there."""
        at = places(seqs.ravel(), self._ascending).reshape(seqs.shape)
        return np.where(at >= 0, self._order[at], -1) if len(self._order) else at
