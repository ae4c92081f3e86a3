"""Pins: messages that are to stand before the model whenever there is room. Forgotten with the message."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from memory.errors import UsageError
from memory.journal.rows import MESSAGES, Part, message, microseconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memory.types import Message, Scope


class Pins(Part):
    """The part of the journal that knows what is pinned."""

    def pin(self, ids: Sequence[str], scope: Scope, pinned: bool = True) -> None:
        """Pin messages, or let go of them. Raises `UsageError` when one is not in `scope`, and then changes nothing."""
        wanted = json.dumps(list(ids))
        with self._db.write() as connection:
            rows = connection.execute(
                "SELECT m.id, m.seq FROM messages m JOIN scopes c ON c.key = m.scope"
                " WHERE c.name = ? AND m.id IN (SELECT value FROM json_each(?))",
                (scope.key, wanted),
            ).fetchall()
            known = dict(rows)
            if missing := [id_ for id_ in ids if id_ not in known]:
                raise UsageError(f"There is no message {missing[0]} to pin.", "Ids are shown by `recollect recall`.")
            places = [(seq,) for seq in known.values()]
            if pinned:
                now = microseconds(datetime.now(UTC))
                connection.executemany("INSERT OR IGNORE INTO pins VALUES (?, ?)", [(*one, now) for one in places])
            else:
                connection.executemany("DELETE FROM pins WHERE message = ?", places)

    def pinned(self, scope: Scope, most: int = 100) -> list[Message]:
        """The messages pinned in a scope, the latest pin first."""
        with self._db.read() as connection:
            rows = connection.execute(
                f"{MESSAGES} JOIN pins p ON p.message = m.seq JOIN scopes c ON c.key = m.scope"
                " WHERE c.name = ? ORDER BY p.time DESC, m.seq DESC LIMIT ?",
                (scope.key, most),
            ).fetchall()
        return [message(row) for row in rows]
