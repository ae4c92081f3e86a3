"""Reading messages: by place, by id, by exchange, and what was said around them."""

# ruff: noqa: S608 - queries are put together from constants of this package alone

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING

from memory.errors import UsageError
from memory.journal.kept import kept
from memory.journal.rows import MESSAGES, Part, message, microseconds, storable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from memory.types import Message, Scope

_NEIGHBOUR = "(SELECT seq FROM messages WHERE session = m.session AND seq {} m.seq ORDER BY seq {} LIMIT 1 OFFSET {})"
_TIMED = (
    "(SELECT time FROM messages WHERE session = m.session AND seq {} m.seq AND time NOT NULL ORDER BY seq {} LIMIT 1)"
)
_KNOWN = f"coalesce(m.time, {_TIMED.format('>', 'ASC')}, {_TIMED.format('<', 'DESC')})"


class Messages(Part):
    """The part of the journal that reads messages."""

    def by_seq(self, seqs: Sequence[int]) -> dict[int, Message]:
        """The messages at these places, without those that are not there."""
        with self._db.read() as connection:
            rows = connection.execute(
                f"{MESSAGES} WHERE m.seq IN (SELECT value FROM json_each(?))", (json.dumps(list(seqs)),)
            ).fetchall()
        return {row[0]: message(row) for row in rows}

    def with_exchanges(self, seqs: Sequence[int], others: Collection[int] = ()) -> dict[int, Message]:
        """The messages at these places with all of their exchanges, and at other places by themselves, in order."""
        places, alone = json.dumps(list(seqs)), json.dumps(list(others))
        with self._db.read() as connection:
            rows = connection.execute(
                f"{MESSAGES} WHERE m.seq IN (SELECT value FROM json_each(?) UNION SELECT e.seq FROM messages e"
                " WHERE e.exchange IN (SELECT exchange FROM messages WHERE seq IN (SELECT value FROM json_each(?))))"
                " ORDER BY m.seq",
                (alone, places),
            ).fetchall()
        return {row[0]: message(row) for row in rows}

    def outlines(self, seqs: Sequence[int]) -> dict[int, tuple[int, str]]:
        """For each of these places a number that its session alone has, and the last few characters of the text."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT seq, session, substr(text, -8) FROM messages WHERE seq IN (SELECT value FROM json_each(?))",
                (json.dumps(list(seqs)),),
            ).fetchall()
        return {seq: (session, ending) for seq, session, ending in rows}

    def known_by(self, seqs: Sequence[int], moment: datetime) -> set[int]:
        """Which of these messages had been said at `moment`.

        A message without a time counts as said when the next message of its session that has one was, or the last
        before it when none follows. In a session without any time nothing is sure, and nothing counts as said.
        """
        with self._db.read() as connection:
            rows = connection.execute(
                f"SELECT m.seq FROM messages m WHERE m.seq IN (SELECT value FROM json_each(?)) AND {_KNOWN} <= ?",
                (json.dumps(list(seqs)), microseconds(moment)),
            ).fetchall()
        return {row[0] for row in rows}

    def undatable(self, seqs: Sequence[int]) -> set[int]:
        """Which of these messages have no time, nor has anything in their session: `known_by` never counts them."""
        with self._db.read() as connection:
            rows = connection.execute(
                f"SELECT m.seq FROM messages m WHERE m.seq IN (SELECT value FROM json_each(?)) AND {_KNOWN} IS NULL",
                (json.dumps(list(seqs)),),
            ).fetchall()
        return {row[0] for row in rows}

    def owners(self, passages: Sequence[int]) -> dict[int, int]:
        """The place of the message that each of these passages was cut from."""
        with self._db.read() as connection:
            return dict(
                connection.execute(
                    "SELECT id, message FROM passages WHERE id IN (SELECT value FROM json_each(?))",
                    (json.dumps(list(passages)),),
                ).fetchall()
            )

    def places(self, ids: Sequence[str]) -> set[int]:
        """The places of the messages with these ids, without those that are not there."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT seq FROM messages WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
            ).fetchall()
        return {row[0] for row in rows}

    @kept
    def last_message(self) -> int:
        """The place of the newest message; 0 when there is none."""
        with self._db.read() as connection:
            return int(connection.execute("SELECT coalesce(max(seq), 0) FROM messages").fetchone()[0])

    def exchange(self, ids: Sequence[str]) -> dict[str, tuple[Message, ...]]:
        """The messages of each exchange, in order; an exchange is named by the id of the message that opens it."""
        with self._db.read() as connection:
            rows = connection.execute(
                f"{MESSAGES} WHERE m.exchange IN (SELECT value FROM json_each(?)) ORDER BY m.exchange, m.seq",
                (json.dumps(list(ids)),),
            ).fetchall()
        return {name: tuple(messages) for name, messages in groupby(map(message, rows), lambda one: one.exchange)}

    def neighbours(self, seqs: Sequence[int], distance: int) -> dict[int, list[tuple[int, int]]]:
        """What was said up to `distance` messages around each in its session, as (place, distance).

        Distances are negative before and positive after; the nearest come first.
        """
        steps = [sign * step for step in range(1, distance + 1) for sign in (-1, 1)]
        columns = ", ".join(
            _NEIGHBOUR.format("<" if step < 0 else ">", "DESC" if step < 0 else "ASC", abs(step) - 1) for step in steps
        )
        with self._db.read() as connection:
            rows = connection.execute(
                f"SELECT m.seq, {columns} FROM messages m WHERE m.seq IN (SELECT value FROM json_each(?))",
                (json.dumps(list(seqs)),),
            ).fetchall()
        return {
            row[0]: [(seq, step) for step, seq in zip(steps, row[1:], strict=True) if seq is not None] for row in rows
        }

    def find(self, prefix: str, scope: Scope) -> Message:
        """The message of `scope` whose id starts with `prefix`. Raises `UsageError` when there is none, or several."""
        wanted = storable(prefix.strip().lower())
        if not wanted:
            raise UsageError("No message was named.", "Give the id of a message, or its first characters.")
        with self._db.read() as connection:
            rows = connection.execute(
                f"{MESSAGES} JOIN scopes c ON c.key = m.scope"
                " WHERE m.id >= ? AND m.id < ? || '~' AND c.name = ? ORDER BY m.id LIMIT 2",
                (wanted, wanted, scope.key),
            ).fetchall()
        if not rows:
            raise UsageError(
                f"There is no message whose id starts with {prefix!r}.", "Ids are shown by `recollect recall`."
            )
        if len(rows) > 1 and rows[0][1] != wanted:
            raise UsageError(f"More than one message has an id that starts with {prefix!r}.", "Give more of it.")
        return message(rows[0])
