"""Feedback: verdicts on recollections, each with the cue it was recalled for. Forgotten with the message."""

# ruff: noqa: S608 - queries are put together from constants of this package alone

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from memory.errors import UsageError
from memory.journal.kept import kept
from memory.journal.rows import Part, microseconds, moment, storable
from memory.types import Feedback, Verdict

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from memory.store import Vector
    from memory.types import Scope

MOST_CUE = 8000
"""Of a cue so many characters are kept."""

GIVEN = """
    SELECT f.key, f.verdict, f.cue, f.time, f.score, f.signals, m.id, m.seq, f.vector, f.embedder
    FROM feedback f JOIN messages m ON m.seq = f.message JOIN scopes c ON c.key = m.scope
"""
"""All feedback; `as_feedback` makes of a row what it says."""

_FEEDBACK = f"{GIVEN} WHERE c.name = ?"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with what recall needs to apply it.

    Attributes:
        seq: place of the message it is about.
        given: the verdict with its cue.
        vector: the cue's vector by the embedder that was asked for, None when there is none.
    """

    seq: int
    given: Feedback
    vector: Vector | None


class FeedbackLog(Part):
    """The part of the journal that keeps what the user said of recollections."""

    @property
    def folder(self) -> Path:
        """The folder that the journal lies in."""
        return self._db.path.parent

    def put_feedback(
        self, given: Feedback, scope: Scope, *, embedder: str = "", vector: Vector | None = None
    ) -> Feedback | None:
        """Keep a verdict in place of the one on the same message and cue, which is returned.

        Of the cue the first 8000 characters are kept; the vector of one that held a secret is not. Raises `UsageError`
        when the message is not in `scope`.
        """
        cue = self._writable(given.cue)[:MOST_CUE]
        vector = vector if cue == storable(given.cue)[:MOST_CUE] else None
        with self._db.write() as connection:
            seq = _seq(connection, given.message_id, scope)
            before = self._of(connection, scope, "AND f.message = ? AND f.cue = ?", (seq, cue))
            connection.execute("DELETE FROM feedback WHERE message = ? AND cue = ?", (seq, cue))
            connection.execute(
                "INSERT INTO feedback (message, cue, verdict, time, score, signals, embedder, vector)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    seq,
                    cue,
                    str(given.verdict),
                    microseconds(given.time or datetime.now(UTC)),
                    given.score,
                    json.dumps(dict(given.signals)),
                    embedder if vector is not None else "",
                    None if vector is None else np.asarray(vector, dtype="<f2").tobytes(),
                ),
            )
        return before[0] if before else None

    def drop_feedback(self, message_id: str, scope: Scope, cue: str = "") -> list[Feedback]:
        """Take back the verdict on a message for `cue`, or with an empty one all on that message; what is gone.

        Raises `UsageError` when the message is not in `scope`.
        """
        with self._db.write() as connection:
            values = (_seq(connection, message_id, scope), cut := self._without(cue)[:MOST_CUE], cut)
            gone = self._of(connection, scope, "AND f.message = ? AND (? = '' OR f.cue = ?)", values)
            connection.execute("DELETE FROM feedback WHERE message = ? AND (? = '' OR cue = ?)", values)
        return gone

    def feedback(self, scope: Scope, message_id: str = "", limit: int | None = None) -> list[Feedback]:
        """The verdicts that hold in a scope, or on one message of it, newest first."""
        with self._db.read() as connection:
            wanted = (message_id, message_id, -1 if limit is None else limit)
            return self._of(connection, scope, "AND (? = '' OR m.id = ?)", wanted, limited=True)

    def judgements(self, scope: str, embedder: str) -> list[Judgement]:
        """Everything that recall heeds in the scope of this key, oldest first."""
        with self._db.read() as connection:
            rows = connection.execute(f"{_FEEDBACK} ORDER BY f.key", (scope,)).fetchall()
        return [
            Judgement(
                row[7],
                as_feedback(row),
                np.frombuffer(row[8], dtype="<f2").astype(np.float32) if row[8] and row[9] == embedder else None,
            )
            for row in rows
        ]

    @kept
    def feedback_state(self) -> tuple[int, int, int]:
        """Three numbers, of which one differs after any change to the verdicts; all 0 when there are none."""
        query = "SELECT coalesce(max(key), 0), count(*), coalesce(sum(cue = ''), 0) FROM feedback"
        with self._db.read() as connection:
            newest, count, bare = connection.execute(query).fetchone()
        return newest, count, bare

    @kept
    def never(self, scope: Scope) -> frozenset[str]:
        """Ids of the messages that must never come back."""
        return frozenset(each.message_id for each in self.feedback(scope) if each.verdict is Verdict.NEVER)

    def _of(
        self,
        connection: sqlite3.Connection,
        scope: Scope,
        condition: str,
        values: tuple[object, ...],
        *,
        limited: bool = False,
    ) -> list[Feedback]:
        query = f"{_FEEDBACK} {condition} ORDER BY f.key DESC {'LIMIT ?' if limited else ''}"
        return [as_feedback(row) for row in connection.execute(query, (scope.key, *values)).fetchall()]


def forget_cues(connection: sqlite3.Connection, messages: str) -> None:
    """Before messages (a JSON list of ids) go: take their words out of the feedback in which they are the cue.

    What holds for any cue (never, outdated) stays without its cue; the rest means nothing without it, and goes.
    """
    said = f"SELECT substr(text, 1, {MOST_CUE}) FROM messages WHERE id IN (SELECT value FROM json_each(?))"
    bound = f"cue <> '' AND cue IN ({said})"
    connection.execute(
        f"DELETE FROM feedback WHERE verdict NOT IN ('{Verdict.NEVER}', '{Verdict.OUTDATED}') AND {bound}", (messages,)
    )
    connection.execute(
        f"UPDATE OR REPLACE feedback SET cue = '', vector = NULL, embedder = '' WHERE {bound}", (messages,)
    )


def _seq(connection: sqlite3.Connection, message_id: str, scope: Scope) -> int:
    row = connection.execute(
        "SELECT m.seq FROM messages m JOIN scopes c ON c.key = m.scope WHERE m.id = ? AND c.name = ?",
        (message_id, scope.key),
    ).fetchone()
    if row is None:
        raise UsageError(f"There is no message {message_id}.", "Ids are shown by `recollect recall`.")
    return int(row[0])


def as_feedback(row: tuple[Any, ...]) -> Feedback:
    """The feedback in a row of `GIVEN`."""
    _, verdict, cue, time, score, signals, message_id, *_ = row
    return Feedback(
        message_id=message_id,
        verdict=Verdict(verdict),
        cue=cue,
        time=moment(time),
        score=score,
        signals=json.loads(signals),
    )
