"""Browsing: what is remembered, searched by meaning or by words, narrowed by time, session and scope, sorted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from memory.errors import UsageError
from memory.journal.browsing import ORDERS
from memory.recall.engine import Wish
from memory.types import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memory.memory import Memory
    from memory.types import Message, Verdict

MEANING, WORDS = "meaning", "words"
BEST = "best"
"""The order of a search: what fits best first."""

FOUND = 200
"""A search finds so many messages at most."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for.

    Attributes:
        text: searched for; empty lists everything.
        by: `MEANING` (as recall does, with everything that finds a memory) or `WORDS` (full text alone).
        scope: key of another scope than the memory's own (`profile` or `profile/project`); empty for its own.
        session: id of the only session to look in.
        month: `2024-03`, the only month to look in, in this machine's zone.
        order: `BEST` (newest first without a text) or one of `memory.journal.browsing.ORDERS`.
        pinned: only what is pinned.
        limit: how many messages at most.
    """

    text: str = ""
    by: str = MEANING
    scope: str = ""
    session: str = ""
    month: str = ""
    order: str = BEST
    pinned: bool = False
    limit: int = 500


@dataclass(frozen=True, slots=True)
class Page:
    """What was found.

    Attributes:
        query: what was looked for.
        messages: in their order.
        scores: id -> how well a message fits; of a search alone. By meaning it is how likely it is relevant, by words
            its part of what the best of them has.
        months: (`2024-03`, number of messages) of each month of the scope, or of what was found; earliest first.
        scopes: every scope with its number of messages.
        pins: ids of what is pinned.
        verdicts: id -> what was said of it last.
        more: whether there are more than the query's limit.
        own: whether it is the memory's own scope, in which things can be changed.
    """

    query: Query
    messages: tuple[Message, ...]
    scores: Mapping[str, float] = field(default_factory=dict)
    months: tuple[tuple[str, int], ...] = ()
    scopes: tuple[tuple[str, int], ...] = ()
    pins: frozenset[str] = frozenset()
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    more: bool = False
    own: bool = True

    @property
    def best(self) -> float:
        """The score of the best that is listed; 0 where nothing was searched for."""
        return max((self.scores.get(one.id, 0.0) for one in self.messages), default=0.0)


def browse(memory: Memory, query: Query) -> Page:
    """What `query` finds. Raises `UsageError` for a scope or a month that cannot be."""
    scope = _scope(query.scope) if query.scope else memory.scope
    since, until = month_bounds(query.month) if query.month else (None, None)
    searched = bool(query.text.strip())
    scores = _search(memory, query, scope) if searched else {}
    pins = {one.id for one in memory.journal.pinned(scope, FOUND)}
    ids: Sequence[str] | None = list(scores) if searched else None
    if query.pinned:
        ids = [id_ for id_ in (ids if ids is not None else pins) if id_ in pins]
    found = memory.journal.listed(
        scope,
        session=query.session,
        since=since,
        until=until,
        ids=ids,
        order=query.order if query.order in ORDERS else "newest",
        limit=query.limit + 1,
    )
    if query.order == BEST and scores:
        found.sort(key=lambda one: -scores[one.id])
    return Page(
        query,
        tuple(found[: query.limit]),
        scores,
        _months(memory, scope, ids) if ids is not None else tuple(memory.journal.months(scope)),
        tuple(memory.journal.scope_sizes()),
        frozenset(pins),
        {each.message_id: each.verdict for each in reversed(memory.journal.feedback(scope))},
        len(found) > query.limit,
        scope == memory.scope,
    )


def _search(memory: Memory, query: Query, scope: Scope) -> dict[str, float]:
    if query.by == WORDS:
        recall = memory._serving.current().controls.rank(query.text, "bm25", scope, FOUND, ())
        best = max((each.score for each in recall.recollections), default=1.0) or 1.0
        return {each.message.id: each.score / best for each in recall.recollections}
    recall = memory._recaller.recall(Wish(query.text, scope, FOUND))
    return {each.message.id: each.score for each in recall.recollections}


def _months(memory: Memory, scope: Scope, ids: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """How many of these messages were said in each month."""
    times = [one.time for one in memory.journal.listed(scope, ids=ids, limit=max(1, len(ids)))]
    return tuple(sorted(Counter(f"{time.astimezone():%Y-%m}" for time in times if time).items()))


def _scope(key: str) -> Scope:
    profile, _, project = key.partition("/")
    return Scope(profile, project)


def month_bounds(month: str) -> tuple[datetime, datetime]:
    """The first moment of a month (`2024-03`) and that of the next, in this machine's zone."""
    try:
        first = datetime.strptime(month, "%Y-%m").astimezone()
    except ValueError:
        raise UsageError(f"There is no month {month!r}.", "Write it as 2024-03.") from None
    after = (first + timedelta(days=32)).replace(day=1, tzinfo=None).astimezone()
    return first, after
