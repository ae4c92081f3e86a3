"""Facts: the numbers of messages' traces in arrays, so that a recall takes those of a thousand messages at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from memory.journal.traces import Trace

    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Columns:
    """Facts of some messages; see `memory.journal.traces.Trace`.

    Attributes:
        session, words, marks: as there; words are 0 at least.
        time: microseconds since 1970 (UTC), nan where it is not known.
        user: whether the user spoke.
        speaker: a number for each speaker, which `names` (its index) tells the name of.
    """

    session: Ints
    words: NDArray[np.int32]
    marks: NDArray[np.int8]
    time: NDArray[np.float64]
    user: NDArray[np.bool_]
    speaker: NDArray[np.int32]
    names: list[str]


class Facts:
    """Facts by place, in 22 bytes a message of the whole journal. Not safe to use from several threads by itself."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        kinds: dict[str, Any] = {
            "session": np.int32, "words": np.int32, "marks": np.int8, "time": np.float64, "user": np.bool_,
            "speaker": np.int32,
        }  # fmt: skip
        self._columns: dict[str, NDArray[Any]] = {name: np.zeros(0, dtype=kind) for name, kind in kinds.items()}
        self._speakers: dict[str, int] = {}

    def put(self, traces: Collection[Trace]) -> None:
        """Take the facts of traces; they must be there before `of` asks for them."""
        if not traces:
            return
        seqs = np.array([one.seq for one in traces], dtype=np.int64)
        self._reserve(int(seqs.max()))
        known = self._speakers
        rows = [
            (
                one.session,
                max(one.words, 0),
                one.marks,
                np.nan if one.time is None else one.time,
                one.role == "user",
                known.setdefault(one.speaker, len(known)),
            )
            for one in traces
        ]
        for column, values in zip(self._columns.values(), zip(*rows, strict=True), strict=True):
            column[seqs] = values

    def of(self, seqs: Ints) -> Columns:
        """The facts of messages at these places."""
        found = {name: column[seqs] for name, column in self._columns.items()}
        found["session"] = found["session"].astype(np.int64)
        return Columns(**found, names=list(self._speakers))

    def _reserve(self, seq: int) -> None:
        size = len(self._columns["session"])
        if seq >= size:
            for name, column in self._columns.items():
                more = np.zeros(max(seq + 1, 2 * size, 1024), dtype=column.dtype)
                more[:size] = column
                self._columns[name] = more
