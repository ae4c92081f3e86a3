"""Facts: what is known of messages without their texts, in arrays, so that a recall takes a thousand at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.room import with_room
from memory.text import is_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from memory.journal.traces import Trace

    Ints = NDArray[np.int64]
    Keys = NDArray[np.int32]

MOST_NODES = 4 * 2**20
"""How many terms and names are kept at most, at four bytes each; after that all facts are read anew."""

_KNOWN, _SESSION, _SCOPE, _USER, _SPEAKER, _WORDS, _MARKS, _FIRST_NAME, _NAMES, _FIRST_TERM, _TERMS = range(11)


@dataclass(frozen=True, slots=True)
class Columns:
    """Facts of some messages; see `memory.journal.traces.Trace`.

    Attributes:
        seqs, session, scope: places, and keys of sessions and scopes.
        user: 1 where the user spoke, else 0.
        speaker: a number for each speaker, which `speakers` (its index) tells the name of.
        time: microseconds since 1970 (UTC), nan where it is not known.
        words, marks: as in a trace; words are 0 at least.
        names, terms: how many of each a message has.
    """

    seqs: Ints
    session: Ints
    scope: Ints
    user: Ints
    speaker: Ints
    time: NDArray[np.float64]
    words: Ints
    marks: Ints
    names: Ints
    terms: Ints
    speakers: Sequence[str]
    _first_name: Ints
    _first_term: Ints
    _nodes: Keys
    _flat: dict[str, Keys] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.seqs)

    def named(self) -> NDArray[np.bool_]:
        """Whether the speaker of each message has a name of their own."""
        return np.array([is_named(one) for one in self.speakers], dtype=bool)[self.speaker]

    def all_terms(self, count: int | None = None) -> Keys:
        """The terms of the first `count` messages (None: of all) one after the other, each message's in their order."""
        return self._runs("terms", self._first_term, self.terms, count)

    def all_names(self, count: int | None = None) -> Keys:
        """The same for their names."""
        return self._runs("names", self._first_name, self.names, count)

    def _runs(self, kind: str, first: Ints, many: Ints, count: int | None) -> Keys:
        """Runs of `many` nodes from `first` on, one after the other; put together once, when first asked for."""
        if kind not in self._flat:
            ends = np.cumsum(many)
            places = np.repeat(first - ends + many, many)
            places += np.arange(len(places))
            self._flat[kind] = self._nodes.take(places)
        return self._flat[kind] if count is None else self._flat[kind][: int(many[:count].sum())]


class Facts:
    """Facts by place: 52 bytes a message of the journal, and four a term. Not safe for several threads alone."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._table: NDArray[np.int32] = np.zeros((0, _TERMS + 1), dtype=np.int32)
        self._time: NDArray[np.float64] = np.zeros(0)
        self._speakers: dict[str, int] = {}
        self._nodes: Keys = np.zeros(0, dtype=np.int32)
        self._count = 0

    def unknown(self, seqs: Ints) -> Ints:
        """Which of these places nothing is known of."""
        self._reserve(int(seqs.max(initial=0)))
        found: Ints = seqs[self._table[seqs, _KNOWN] == 0]
        return found

    def put(self, traces: Sequence[Trace], whole: Sequence[bool]) -> None:
        """Take the facts of traces; those that are not whole hold until they are asked for next."""
        if not traces:
            return
        seqs = np.array([one.seq for one in traces], dtype=np.int64)
        self._reserve(int(seqs.max()))
        known = self._speakers
        first_names = self._add([one.names for one in traces])
        first_terms = self._add([one.terms for one in traces])
        self._table[seqs] = [
            (
                is_whole,
                one.session,
                one.scope,
                one.role == "user",
                known.setdefault(one.speaker, len(known)),
                max(one.words, 0),
                one.marks,
                first_name,
                len(one.names),
                first_term,
                len(one.terms),
            )
            for one, is_whole, first_name, first_term in zip(traces, whole, first_names, first_terms, strict=True)
        ]
        self._time[seqs] = [np.nan if one.time is None else one.time for one in traces]

    @property
    def is_full(self) -> bool:
        """Whether it is time to begin anew."""
        return self._count > MOST_NODES

    def of(self, seqs: Ints) -> Columns:
        """The facts of messages at these places, of which none is unknown."""
        column = np.array(self._table.take(seqs, axis=0).T, dtype=np.int64, order="C")
        return Columns(
            seqs=seqs,
            session=column[_SESSION],
            scope=column[_SCOPE],
            user=column[_USER],
            speaker=column[_SPEAKER],
            time=self._time[seqs],
            words=column[_WORDS],
            marks=column[_MARKS],
            names=column[_NAMES],
            terms=column[_TERMS],
            speakers=tuple(self._speakers),
            _first_name=column[_FIRST_NAME],
            _first_term=column[_FIRST_TERM],
            _nodes=self._nodes,
        )

    def within(self, seqs: Ints, scope: int) -> list[int]:
        """Those of these places that something is known of and that are of a scope."""
        table = self._table.take(seqs, axis=0)
        found: list[int] = seqs[(table[:, _SCOPE] == scope) & (table[:, _SESSION] > 0)].tolist()
        return found

    def _add(self, runs: Sequence[Keys]) -> list[int]:
        """Keep runs of nodes; where each begins."""
        lengths = [len(run) for run in runs]
        ends = self._count + np.cumsum(lengths)
        self._nodes = with_room(self._nodes, int(ends[-1]))
        self._nodes[self._count : ends[-1]] = np.concatenate(runs)
        self._count = int(ends[-1])
        starts: list[int] = (ends - lengths).tolist()
        return starts

    def _reserve(self, seq: int) -> None:
        self._table, self._time = with_room(self._table, seq), with_room(self._time, seq)
