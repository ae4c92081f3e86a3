"""Taking in again what was exported: messages with their own ids and all that belongs to them.

Ids are unique in a journal. One that is in use in another scope is changed for this one, always in the same way, so
that a second restoring knows it again; what refers to it is changed with it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from memory.journal.appending import Batch
from memory.journal.feedback import MOST_CUE
from memory.journal.forgotten import ForgottenIds
from memory.journal.ids import id_from
from memory.journal.records import Linked, Pinned, RecalledFor, Restored, Titled
from memory.journal.rows import Part, microseconds, storable
from memory.text import cut, shorten
from memory.types import Feedback, Message

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from memory.journal.recalled import Recalled
    from memory.journal.records import Record
    from memory.store import Vector
    from memory.types import Scope

_MOST_TITLE = 200
_ELSEWHERE = "SELECT 1 FROM messages WHERE (id = ? OR exchange = ?) AND scope <> ? LIMIT 1"
_KNOWN_RECALLED = "SELECT 1 FROM recalled WHERE reply = ? LIMIT 1"
_FEEDBACK = """
    INSERT OR IGNORE INTO feedback (message, cue, verdict, time, score, signals, embedder, vector)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""


class Importing(Part):
    """The part of the journal that takes in what was exported."""

    def take_in(
        self,
        records: Sequence[Record],
        scope: Scope,
        *,
        again: bool = False,
        aliases: dict[str, str] | None = None,
        embedder: str = "",
        vectors: Mapping[str, Vector] | None = None,
    ) -> Restored:
        """Write a batch of records, all of it or (when this raises) nothing. What is known is left as it is.

        Args:
            records: in the order in which they were exported.
            scope: whose they become.
            again: take in also what was forgotten.
            aliases: filled with the ids of messages that are known here by another one; the same for all batches of one
                restoring.
            embedder, vectors: the vectors of feedback's cues, by cue, and what made them.
        """
        done = Restored()
        cuts = {id(one): cut(storable(one.text)) for one in records if isinstance(one, Message)}
        with self._db.write() as connection:
            writing = _Writing(connection, scope, again, {} if aliases is None else aliases)
            for one in records:
                match one:
                    case Titled():
                        writing.title(one)
                    case Message():
                        writing.message(one, cuts[id(one)], done)
                    case Linked():
                        done.links += writing.link(one)
                    case Feedback():
                        vector = (vectors or {}).get(one.cue)
                        done.verdicts += writing.feedback(one, embedder, vector)
                    case Pinned():
                        done.pins += writing.pin(one)
                    case RecalledFor():
                        writing.recalled(one)
        return done


class _Writing:
    """One transaction of it."""

    def __init__(self, connection: sqlite3.Connection, scope: Scope, again: bool, aliases: dict[str, str]) -> None:
        self._connection = connection
        self._batch = Batch(connection, scope)
        self._forgotten = ForgottenIds(connection, scope.key)
        self._name = scope.key
        self._again = again
        self._aliases = aliases

    def title(self, one: Titled) -> None:
        """Make the session; its titles, pin and branching are taken where it has none."""
        key = self._batch.session(storable(one.id))
        titles = [shorten(storable(title), _MOST_TITLE) for title in (one.title, one.made)]
        forked = self._own(one.forked) if one.forked else ""
        self._connection.execute(
            "UPDATE sessions SET made = CASE WHEN made = '' THEN ? ELSE made END,"
            " title = CASE WHEN title = '' THEN ? ELSE title END, pinned = max(pinned, ?),"
            " forked = CASE WHEN parent = '' THEN ? ELSE forked END,"
            " parent = CASE WHEN parent = '' THEN ? ELSE parent END WHERE key = ?",
            (titles[1], titles[0], int(one.pinned), forked, storable(one.parent), key),
        )

    def message(self, one: Message, spans: Sequence[tuple[int, int]], done: Restored) -> None:
        """Write a message, unless it is known or was forgotten."""
        id_ = self._own(one.id)
        names = [(name, storable(one.source), storable(one.source_id)) for name in {one.id, id_}]
        if self._seq(id_) is not None:
            done.known += 1
            return
        if self._again:
            self._forgotten.drop(names)
        elif any(self._forgotten.has(*name) for name in names):
            done.forgotten += 1
            return
        own = replace(one, id=id_, exchange=self._own(one.exchange), used=tuple(self._own(used) for used in one.used))
        if self._batch.put(own, spans) is not None:
            done.added += 1
            return
        done.known += 1
        known = self._connection.execute(
            "SELECT id FROM messages WHERE scope = ? AND source = ? AND source_id = ?",
            (self._batch.scope, storable(one.source), storable(one.source_id)),
        ).fetchone()
        self._aliases[one.id] = known[0]

    def link(self, one: Linked) -> int:
        """Link two messages when both are here; whether that is new."""
        pair = (self._seq(self._own(one.one)), self._seq(self._own(one.other)))
        if None in pair or pair[0] == pair[1]:
            return 0
        return bool(
            self._connection.executemany("INSERT OR IGNORE INTO linked VALUES (?, ?)", [pair, pair[::-1]]).rowcount
        )

    def feedback(self, one: Feedback, embedder: str, vector: Vector | None) -> int:
        """Keep a verdict when its message is here and has none for this cue; whether that is new."""
        seq = self._seq(self._own(one.message_id))
        if seq is None:
            return 0
        return self._connection.execute(
            _FEEDBACK,
            (
                seq,
                storable(one.cue)[:MOST_CUE],
                str(one.verdict),
                microseconds(one.time),
                one.score,
                json.dumps(dict(one.signals)),
                embedder if vector is not None else "",
                None if vector is None else np.asarray(vector, dtype="<f2").tobytes(),
            ),
        ).rowcount

    def pin(self, one: Pinned) -> int:
        """Pin a message when it is here; whether that is new."""
        seq = self._seq(self._own(one.message_id))
        if seq is None:
            return 0
        return self._connection.execute(
            "INSERT OR IGNORE INTO pins VALUES (?, ?)", (seq, microseconds(one.time))
        ).rowcount

    def recalled(self, one: RecalledFor) -> None:
        """Keep what was recalled for an answer when that is here and nothing is known of it."""
        reply = self._seq(self._own(one.reply))
        if reply is None or self._connection.execute(_KNOWN_RECALLED, (reply,)).fetchone():
            return
        found = [(self._seq(self._own(each.message_id)), each) for each in one.recalled]
        self._connection.executemany(
            "INSERT INTO recalled (reply, place, message, used, score, signals, path) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (reply, place, seq, int(each.used), each.score, json.dumps(dict(each.signals)), self._path(each))
                for place, (seq, each) in enumerate(found)
                if seq is not None
            ],
        )

    def _path(self, one: Recalled) -> str:
        return json.dumps([(kind, self._own(id_), weight) for kind, id_, weight in one.path])

    def _own(self, id_: str) -> str:
        """The id that a message has, or is to have, in this scope."""
        if id_ in self._aliases:
            return self._aliases[id_]
        changed = id_from(hashlib.blake2b(f"{self._name}\n{id_}".encode(), digest_size=8).digest())
        if self._seq(changed) is not None:
            return changed
        elsewhere = self._connection.execute(_ELSEWHERE, (id_, id_, self._batch.scope)).fetchone()
        return changed if elsewhere else id_

    def _seq(self, id_: str) -> int | None:
        row = self._connection.execute(
            "SELECT seq FROM messages WHERE id = ? AND scope = ?", (id_, self._batch.scope)
        ).fetchone()
        return row[0] if row else None
