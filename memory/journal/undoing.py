"""Putting back what was forgotten last. It is held in the memory of the process that forgot it, and nowhere else.

Messages come back to their old places with all that was about them. Their passages get new numbers, so that every index
takes them in as new ones, here and in other processes.
"""

# ruff: noqa: S608 - queries are put together from constants of this package alone

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from memory.journal.appending import Batch
from memory.journal.feedback import MOST_CUE
from memory.journal.forgotten import ForgottenIds
from memory.journal.rows import MESSAGES, Part, message
from memory.journal.traces import trace_again
from memory.text import cut
from memory.types import Scope

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from memory.journal.traces import Said, Traced

    Rows = list[tuple[Any, ...]]

_MOST_BYTES = 64 * 1024 * 1024
_DOOMED = "IN (SELECT value FROM json_each(?))"
_SEQS = f"(SELECT seq FROM messages WHERE id {_DOOMED})"
_CUES = f"(SELECT substr(text, 1, {MOST_CUE}) FROM messages WHERE id {_DOOMED})"


@dataclass(slots=True)
class Kept:
    """What was forgotten, as rows of its tables.

    Attributes:
        scope: the key of the scope.
        sessions: (key, id, title, made, pinned, parent, forked).
        forks: (key of a branch, the message of these that it left from).
        messages: as in `MESSAGES`.
        vectors: (message, ordinal of the passage, embedder, vector).
        linked, together: as in their tables.
        feedback: on these messages, and that whose cue they were, as in its table.
        pins, recalled: as in their tables; what was recalled for these messages, or was one of these.
    """

    scope: str
    sessions: Rows = field(default_factory=list)
    forks: Rows = field(default_factory=list)
    messages: Rows = field(default_factory=list)
    vectors: Rows = field(default_factory=list)
    linked: Rows = field(default_factory=list)
    together: Rows = field(default_factory=list)
    feedback: Rows = field(default_factory=list)
    pins: Rows = field(default_factory=list)
    recalled: Rows = field(default_factory=list)


def keep(connection: sqlite3.Connection, ids: str, scope: str) -> Kept | None:
    """What is needed to put messages (a JSON list of ids) back; None when it is more than 64 MB of text.

    To be called in the transaction that forgets, before it does.
    """
    size = connection.execute(f"SELECT sum(length(text)) FROM messages WHERE id {_DOOMED}", (ids,)).fetchone()[0]
    if (size or 0) > _MOST_BYTES:
        return None

    def rows(query: str, *values: str) -> Rows:
        return connection.execute(query, values).fetchall()

    return Kept(
        scope,
        rows(
            "SELECT key, id, title, made, pinned, parent, forked FROM sessions"
            f" WHERE key IN {_SEQS.replace('seq', 'session', 1)}",
            ids,
        ),
        rows(f"SELECT key, forked FROM sessions WHERE forked {_DOOMED}", ids),
        rows(f"{MESSAGES} WHERE m.id {_DOOMED} ORDER BY m.seq", ids),
        rows(
            "SELECT p.message, p.ordinal, v.embedder, v.vector FROM passages p JOIN vectors v ON v.passage = p.id"
            f" WHERE p.message IN {_SEQS} ORDER BY v.seq",
            ids,
        ),
        rows(f"SELECT message, other FROM linked WHERE message IN {_SEQS} OR other IN {_SEQS}", ids, ids),
        rows(f"SELECT message, other, weight FROM together WHERE message IN {_SEQS} OR other IN {_SEQS}", ids, ids),
        rows(
            "SELECT key, message, cue, verdict, time, score, signals, embedder, vector FROM feedback"
            f" WHERE message IN {_SEQS} OR (cue <> '' AND cue IN {_CUES})",
            ids,
            ids,
        ),
        rows(f"SELECT message, time FROM pins WHERE message IN {_SEQS}", ids),
        rows(
            "SELECT reply, message, place, used, score, signals, path FROM recalled"
            f" WHERE reply IN {_SEQS} OR message IN {_SEQS}",
            ids,
            ids,
        ),
    )


class Undoing(Part):
    """The part of the journal that puts back."""

    def put_back(self, kept: Kept, identity: str, make: Callable[[Said], Traced]) -> tuple[str, ...]:
        """Put back what was forgotten; the ids of the messages that are there again.

        What has come back by itself meanwhile (by an import) is left as it is.

        Args:
            kept: from `forget_selected`.
            identity, make: as in `trace_some`.
        """
        messages = [message(row) for row in kept.messages]
        cuts = [cut(one.text) for one in messages]
        with self._db.write() as connection:
            batch = Batch(connection, Scope.of(kept.scope))
            connection.executemany(
                "INSERT OR IGNORE INTO sessions (key, scope, id, title, made, pinned, parent, forked)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(key, batch.scope, *rest) for key, *rest in kept.sessions],
            )
            connection.executemany(
                "UPDATE sessions SET forked = ? WHERE key = ?", [(forked, key) for key, forked in kept.forks]
            )
            connection.executemany(
                "UPDATE sessions SET made = ? WHERE key = ? AND made = ''", [(row[3], row[0]) for row in kept.sessions]
            )
            there = _there(connection, [one.id for one in messages])
            back = [
                one
                for one, spans in zip(messages, cuts, strict=True)
                if one.id not in there and batch.put(one, spans, one.seq) is not None
            ]
            seqs = [one.seq for one in back]
            trace_again(connection, identity, seqs, make)
            _put_rows(connection, kept, set(seqs))
            names = [(one.id, one.source, one.source_id) for one in back]
            ForgottenIds(connection, kept.scope).drop(names)
            connection.execute("INSERT INTO tombstones (passage, message) VALUES (0, '')")
        return tuple(one.id for one in back)


def _there(connection: sqlite3.Connection, ids: Sequence[str]) -> set[str]:
    found = connection.execute(f"SELECT id FROM messages WHERE id {_DOOMED}", (json.dumps(list(ids)),))
    return {row[0] for row in found.fetchall()}


def _put_rows(connection: sqlite3.Connection, kept: Kept, back: set[int]) -> None:
    """Put back what is about messages that are `back`, where the other end of it is still there."""
    connection.executemany(
        "INSERT OR IGNORE INTO vectors (embedder, passage, vector) SELECT e.key, p.id, ? FROM embedders e, passages p"
        " WHERE e.key = ? AND p.message = ? AND p.ordinal = ?",
        [(vector, embedder, seq, ordinal) for seq, ordinal, embedder, vector in kept.vectors if seq in back],
    )
    both = "EXISTS (SELECT 1 FROM messages WHERE seq = ?1) AND EXISTS (SELECT 1 FROM messages WHERE seq = ?2)"
    connection.executemany(f"INSERT OR IGNORE INTO linked SELECT ?1, ?2 WHERE {both}", kept.linked)
    connection.executemany(f"INSERT OR REPLACE INTO together SELECT ?1, ?2, ?3 WHERE {both}", kept.together)
    connection.executemany(
        "INSERT OR IGNORE INTO pins (message, time) VALUES (?, ?)", [row for row in kept.pins if row[0] in back]
    )
    connection.executemany(
        "INSERT OR IGNORE INTO recalled (reply, message, place, used, score, signals, path)"
        f" SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE {both}",
        kept.recalled,
    )
    connection.executemany("DELETE FROM feedback WHERE key = ?", [(row[0],) for row in kept.feedback])
    connection.executemany(
        "INSERT OR IGNORE INTO feedback SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9"
        " WHERE EXISTS (SELECT 1 FROM messages WHERE seq = ?2)",
        kept.feedback,
    )
