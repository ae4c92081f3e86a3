"""Allowed: what one recall may bring back. A hard filter, on every path from the cue to the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from memory.journal import Journal
    from memory.types import Message

    Hits = list[tuple[int, float]]
    Owners = Callable[[Sequence[int]], Sequence[int]]

T = TypeVar("T")


class Allowed:
    """Messages that may come back.

    Args:
        journal: who said what when.
        exclude: ids of messages that must not be evoked this time; they may still stand in an exchange.
        never: ids of messages that must not be shown at all.
        as_of: what was said after this moment is left out, also from exchanges and paths; None takes everything.
            For messages without a time see `Journal.known_by`.
        before: place of a message; only what stands before it may be evoked. None takes everything.
        owners: gives the place of the message that each passage was cut from (0: it is not there); None asks the
            journal.
    """

    def __init__(
        self,
        journal: Journal,
        exclude: Collection[str] = (),
        never: Collection[str] = (),
        as_of: datetime | None = None,
        before: int | None = None,
        *,
        owners: Owners | None = None,
    ) -> None:
        self._journal = journal
        self._owners = owners or self._read_owners
        self._before = before
        self._never = frozenset(never)
        exclude = self._never.union(exclude)
        self._exclude = journal.places(list(exclude)) if exclude else set()
        self._as_of = as_of
        self._known: dict[int, bool] = {}
        self._undated: set[int] = set()

    def search(self, search: Callable[[int], Hits], most: int) -> Hits:
        """The `most` best passages of a search that may come back, as (passage id, score), best first.

        `search` is given how many passages it shall find; see `search_each`.
        """
        return self.search_each(lambda queries: [search(depth) for _, depth in queries], [((), most)])[0]

    def search_each(
        self, search: Callable[[list[tuple[T, int]]], list[Hits]], queries: Sequence[tuple[T, int]]
    ) -> list[Hits]:
        """For each query (what, most) the `most` best passages that may come back, as (passage id, score), best first.

        `search` is given queries, and asked again for more until there are enough that may come back, or no more.
        """
        if not self._exclude and self._as_of is None and self._before is None:
            return search(list(queries))
        found: dict[int, Hits] = {}
        depths = {number: most + len(self._exclude) for number, (_, most) in enumerate(queries)}
        while depths:
            hits = search([(queries[number][0], depth) for number, depth in depths.items()])
            for (number, depth), some in zip(list(depths.items()), hits, strict=True):
                found[number] = self._passages(some)
                if len(found[number]) >= queries[number][1] or len(some) < depth:
                    del depths[number]
                else:
                    depths[number] = 2 * depth
        return [found[number][:most] for number, (_, most) in enumerate(queries)]

    def _passages(self, hits: Hits) -> Hits:
        owners = self._owners([id_ for id_, _ in hits])
        seqs = self.seqs(owners)
        return [hit for hit, owner in zip(hits, owners, strict=True) if owner in seqs]

    def _read_owners(self, passages: Sequence[int]) -> list[int]:
        owners = self._journal.owners(passages)
        return [owners.get(passage, 0) for passage in passages]

    def seqs(self, seqs: Iterable[int]) -> set[int]:
        """Which of these messages may be evoked."""
        return self.in_time({*seqs} - self._exclude - {0})

    def exchange(self, messages: Iterable[Message]) -> tuple[Message, ...]:
        """Those of these messages that may be shown beside one that was evoked."""
        shown = [message for message in messages if message.id not in self._never]
        known = self.in_time(message.seq for message in shown)
        return tuple(message for message in shown if message.seq in known)

    def in_time(self, seqs: Iterable[int]) -> set[int]:
        """Which of these messages had been said by then."""
        wanted = {seq for seq in seqs if self._before is None or seq < self._before}
        if self._as_of is None:
            return wanted
        fresh = [seq for seq in wanted if seq not in self._known]
        if fresh:
            known = self._journal.known_by(fresh, self._as_of)
            self._known |= {seq: seq in known for seq in fresh}
            self._undated |= self._journal.undatable([seq for seq in fresh if seq not in known])
        return {seq for seq in wanted if self._known[seq]}

    def notes(self) -> list[str]:
        """What to say of what was left out because nobody knows when it was said."""
        if not self._undated:
            return []
        many = len(self._undated)
        what = "One message that came up has" if many == 1 else f"{many} messages that came up have"
        return [f"{what} no time, nor has anything in its session, so nobody knows whether it was said by then."]
