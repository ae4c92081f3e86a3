"""Facts: what is known of messages without their texts, in arrays, so that a recall takes a thousand at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from memory.associations.room import with_room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from memory.journal.traces import Trace

    Ints = NDArray[np.int64]
    Keys = NDArray[np.int32]

MOST_NODES = 4 * 2**20
"""How many terms and names are kept at most, at four bytes each; after that all facts are read anew."""

_KINDS: dict[str, Any] = {
    "known": np.bool_, "session": np.int32, "scope": np.int32, "user": np.bool_, "speaker": np.int32,
    "time": np.float64, "words": np.int32, "marks": np.int8,
    "first_name": np.int32, "names": np.int32, "first_term": np.int32, "terms": np.int32,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """Facts of some messages; see `memory.journal.traces.Trace`.

    Attributes:
        seqs, session, scope: places, and keys of sessions and scopes.
        user: whether the user spoke.
        speaker: a number for each speaker, which `speakers` (its index) tells the name of.
        time: microseconds since 1970 (UTC), nan where it is not known.
        words, marks: as in a trace; words are 0 at least.
        names, terms: how many of each a message has.
    """

    seqs: Ints
    session: Ints
    scope: NDArray[np.int32]
    user: NDArray[np.bool_]
    speaker: NDArray[np.int32]
    time: NDArray[np.float64]
    words: NDArray[np.int32]
    marks: NDArray[np.int8]
    names: NDArray[np.int32]
    terms: NDArray[np.int32]
    speakers: Sequence[str]
    _first_name: NDArray[np.int32]
    _first_term: NDArray[np.int32]
    _nodes: Keys

    def __len__(self) -> int:
        return len(self.seqs)

    def all_terms(self, count: int | None = None) -> Keys:
        """The terms of the first `count` messages (None: of all) one after the other, each message's in their order."""
        return _runs(self._nodes, self._first_term[:count], self.terms[:count])

    def all_names(self, count: int | None = None) -> Keys:
        """The same for their names."""
        return _runs(self._nodes, self._first_name[:count], self.names[:count])


def _runs(values: Keys, first: NDArray[np.int32], many: NDArray[np.int32]) -> Keys:
    """Runs of `many` values from `first` on, one after the other."""
    ends = np.cumsum(many)
    found: Keys = values[np.repeat(first - ends + many, many) + np.arange(ends[-1] if len(ends) else 0)]
    return found


class Facts:
    """Facts by place: some 50 bytes a message of the journal, and four a term. Not safe for several threads alone."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._columns: dict[str, NDArray[Any]] = {name: np.zeros(0, dtype=kind) for name, kind in _KINDS.items()}
        self._speakers: dict[str, int] = {}
        self._nodes: Keys = np.zeros(0, dtype=np.int32)
        self._count = 0

    def unknown(self, seqs: Ints) -> Ints:
        """Which of these places nothing is known of."""
        self._reserve(int(seqs.max(initial=0)))
        found: Ints = seqs[~self._columns["known"][seqs]]
        return found

    def put(self, traces: Sequence[Trace], whole: Sequence[bool]) -> None:
        """Take the facts of traces; those that are not whole hold until they are asked for next."""
        if not traces:
            return
        seqs = np.array([one.seq for one in traces], dtype=np.int64)
        self._reserve(int(seqs.max()))
        known = self._speakers
        names, terms = ([len(one.names) for one in traces], [len(one.terms) for one in traces])
        values: dict[str, Any] = {
            "known": whole,
            "session": [one.session for one in traces],
            "scope": [one.scope for one in traces],
            "user": [one.role == "user" for one in traces],
            "speaker": [known.setdefault(one.speaker, len(known)) for one in traces],
            "time": [np.nan if one.time is None else one.time for one in traces],
            "words": [max(one.words, 0) for one in traces],
            "marks": [one.marks for one in traces],
            "first_name": self._add([one.names for one in traces], names),
            "names": names,
            "first_term": self._add([one.terms for one in traces], terms),
            "terms": terms,
        }
        for name, column in self._columns.items():
            column[seqs] = values[name]

    @property
    def is_full(self) -> bool:
        """Whether it is time to begin anew."""
        return self._count > MOST_NODES

    def of(self, seqs: Ints) -> Columns:
        """The facts of messages at these places, of which none is unknown."""
        found = {name: column[seqs] for name, column in self._columns.items()}
        return Columns(
            seqs,
            found["session"].astype(np.int64),
            found["scope"],
            found["user"],
            found["speaker"],
            found["time"],
            found["words"],
            found["marks"],
            found["names"],
            found["terms"],
            tuple(self._speakers),
            found["first_name"],
            found["first_term"],
            self._nodes,
        )

    def _add(self, runs: Sequence[Keys], lengths: Sequence[int]) -> Ints:
        """Keep runs of nodes; where each begins."""
        ends = self._count + np.cumsum(lengths)
        self._nodes = with_room(self._nodes, int(ends[-1]))
        self._nodes[self._count : ends[-1]] = np.concatenate(runs)
        self._count = int(ends[-1])
        return ends - np.array(lengths, dtype=np.int64)

    def _reserve(self, seq: int) -> None:
        if seq >= len(self._columns["known"]):
            self._columns = {name: with_room(column, seq) for name, column in self._columns.items()}
