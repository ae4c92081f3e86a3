"""Reading the journal as one leafs through it: by time, by session, by scope; and how much was said in each month."""

# ruff: noqa: S608 - queries are put together from constants of this package alone

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from memory.journal.rows import MESSAGES, Part, message, microseconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from memory.types import Message, Scope

ORDERS = {
    "newest": "m.time IS NULL, m.time DESC, m.seq DESC",
    "oldest": "m.time IS NULL, m.time, m.seq",
    "longest": "length(m.text) DESC, m.seq DESC",
    "session": "m.session DESC, m.seq",
}
"""The orders in which messages can be listed."""

_SAID_IN = f"""
    SELECT * FROM ({MESSAGES} JOIN scopes c ON c.key = m.scope WHERE c.name = ? AND m.time >= ? AND m.time < ?
    AND m.role = 'user' AND m.speaker = '' AND m.status = 'complete' AND length(m.text) BETWEEN ? AND ?
    AND NOT EXISTS (SELECT 1 FROM feedback f WHERE f.message = m.seq AND f.verdict IN ('never', 'outdated'))
    ORDER BY m.time LIMIT ?)
"""


class Browsing(Part):
    """The part of the journal that lists messages."""

    def listed(
        self,
        scope: Scope,
        *,
        session: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        ids: Sequence[str] | None = None,
        order: str = "newest",
        limit: int = 200,
        offset: int = 0,
    ) -> list[Message]:
        """Messages of a scope in one of `ORDERS`: of a session, from `since` on and before `until`, or these alone."""
        query = f"{MESSAGES} JOIN scopes c ON c.key = m.scope WHERE c.name = ?"
        values: list[object] = [scope.key]
        for condition, value in (
            ("s.id = ?", session or None),
            ("m.time >= ?", microseconds(since)),
            ("m.time < ?", microseconds(until)),
            ("m.id IN (SELECT value FROM json_each(?))", None if ids is None else json.dumps(list(ids))),
        ):
            if value is not None:
                query += f" AND {condition}"
                values.append(value)
        with self._db.read() as connection:
            rows = connection.execute(f"{query} ORDER BY {ORDERS[order]} LIMIT ? OFFSET ?", (*values, limit, offset))
            return [message(row) for row in rows.fetchall()]

    def said_in(
        self, scope: Scope, spans: Sequence[tuple[datetime, datetime]], length: tuple[int, int], most: int
    ) -> list[Message]:
        """What the user said (nobody by name) in some spans of time, each from its beginning and before its end.

        Args:
            scope: whose.
            spans: at least one.
            length: of a text in characters, at least and at most.
            most: how many messages of each span at most, the earliest first.

        What is called outdated or must never come back is left out.
        """
        values = [
            value
            for since, until in spans
            for value in (scope.key, microseconds(since), microseconds(until), *length, most)
        ]
        with self._db.read() as connection:
            rows = connection.execute(" UNION ALL ".join([_SAID_IN] * len(spans)), values).fetchall()
        return [message(row) for row in rows]

    def months(self, scope: Scope) -> list[tuple[str, int]]:
        """How many messages were said in each month that has some, as (`2024-03`, count), the earliest first.

        Months are those of this machine's zone.
        """
        with self._db.read() as connection:
            return connection.execute(
                "SELECT strftime('%Y-%m', m.time / 1000000, 'unixepoch', 'localtime') AS month, count(*)"
                " FROM messages m JOIN scopes c ON c.key = m.scope"
                " WHERE c.name = ? AND m.time IS NOT NULL AND month IS NOT NULL GROUP BY month ORDER BY month",
                (scope.key,),
            ).fetchall()

    def scope_sizes(self) -> list[tuple[str, int]]:
        """Every scope with its number of messages, by name; those that hold nothing are left out."""
        with self._db.read() as connection:
            return connection.execute(
                "SELECT c.name, count(*) FROM scopes c JOIN messages m ON m.scope = c.key"
                " GROUP BY c.key ORDER BY c.name"
            ).fetchall()
