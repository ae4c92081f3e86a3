"""Order: what was said before and after each message in its session, as far as this process has looked."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from memory.associations.room import with_room
from memory.associations.runs import distinct, opens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from memory.journal import Journal

    Ints = NDArray[np.int64]

_READ = 512


@dataclass(frozen=True, slots=True)
class Around:
    """Where some messages stand in their sessions.

    Attributes:
        near: shape (n, 2 * reach): places of what was said before (the furthest first) and after each; 0 where nothing.
        place: how many messages of its session came before each.
        length: how many messages its session has.
        opening: place of the first of them.
    """

    near: Ints
    place: Ints
    length: Ints
    opening: Ints


class Order:
    """Sessions as chains of messages. Each is read once, and what is said later is added at its end.

    It takes twelve bytes a message of the whole journal, and as much a session. Safe to use from several threads.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._guard = threading.RLock()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        with self._guard:
            nothing = np.zeros(1, dtype=np.int32)
            self._before, self._after, self._place = nothing, nothing.copy(), nothing.copy()
            self._first, self._last, self._length = nothing.copy(), nothing.copy(), nothing.copy()
            self._seen = 0

    def refresh(self) -> None:
        """Take in what was said since the last look."""
        newest = self._journal.last_message()
        with self._guard:
            if newest == self._seen:
                return
            rows = self._journal.sessions_after(self._seen, _READ) if self._seen else []
            if len(rows) == _READ or newest < self._seen:
                self.clear()
            for seq, session in rows if self._seen else ():
                if session < len(self._last) and 0 < self._last[session] < seq:
                    self._extend(seq, session)
            self._seen = newest

    def _extend(self, seq: int, session: int) -> None:
        self._reserve(seq, session)
        last = self._last[session]
        self._after[last], self._before[seq] = seq, last
        self._place[seq] = self._length[session]
        self._last[session] = seq
        self._length[session] += 1

    def around(self, seqs: Ints, sessions: Ints, reach: int) -> Around:
        """Where messages at these places, in the sessions with these keys, stand."""
        with self._guard:
            self._load(sessions)
            near = np.zeros((len(seqs), 2 * reach), dtype=np.int64)
            before: NDArray[np.integer[Any]] = seqs
            after: NDArray[np.integer[Any]] = seqs
            for step in range(reach):
                before, after = self._before[before], self._after[after]
                near[:, reach - 1 - step], near[:, reach + step] = before, after
            opening = self._first[sessions].astype(np.int64)
            return Around(
                near,
                self._place[seqs].astype(np.int64),
                np.maximum(self._length[sessions], 1).astype(np.int64),
                np.where(opening > 0, opening, seqs),
            )

    def _load(self, sessions: Ints) -> None:
        """Read those of these sessions that are not known yet."""
        self._reserve(0, int(sessions.max(initial=0)))
        unknown = sessions[self._last[sessions] == 0]
        if not len(unknown):
            return
        key, seq = self._journal.session_places(distinct(unknown).tolist()).T
        if not len(key):
            return
        self._reserve(int(seq.max()), 0)
        first = opens(key)
        starts = np.flatnonzero(first)
        lengths = np.diff(starts, append=len(key))
        self._place[seq] = np.arange(len(seq)) - np.repeat(starts, lengths)
        self._before[seq[1:]] = np.where(first[1:], 0, seq[:-1])
        self._before[seq[0]] = 0
        self._after[seq[:-1]] = np.where(first[1:], 0, seq[1:])
        self._after[seq[-1]] = 0
        self._first[key[starts]] = seq[starts]
        self._last[key[starts]] = seq[starts + lengths - 1]
        self._length[key[starts]] = lengths

    def _reserve(self, seq: int, session: int) -> None:
        """Make room for a place and a session's key."""
        if seq < len(self._place) and session < len(self._length):
            return
        by_place, by_session = (self._before, self._after, self._place), (self._first, self._last, self._length)
        self._before, self._after, self._place = (with_room(one, seq) for one in by_place)
        self._first, self._last, self._length = (with_room(one, session) for one in by_session)
