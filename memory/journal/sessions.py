"""Reading and naming sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from memory.errors import UsageError
from memory.journal.rows import MESSAGES, Part, message, moment, storable
from memory.text import shorten
from memory.types import Session

if TYPE_CHECKING:
    from memory.types import Message, Scope

_TITLE_LENGTH = 60
_SESSIONS = """
    SELECT s.id, s.title, c.name, min(m.time), max(m.time), count(*), s.key
    FROM scopes c JOIN sessions s ON s.scope = c.key JOIN messages m ON m.session = s.key
    WHERE c.name = ? {} GROUP BY s.key ORDER BY max(m.time) DESC, max(m.seq) DESC LIMIT ?
"""
_OPENING = """
    SELECT substr(text, 1, 400) FROM messages WHERE session = ? ORDER BY role <> 'user', seq LIMIT 1
"""


class Sessions(Part):
    """The part of the journal that knows sessions."""

    def sessions(self, scope: Scope, limit: int) -> list[Session]:
        """The latest sessions of a scope, newest first; those of unknown time come last."""
        return self._sessions("", (scope.key, limit))

    def session(self, prefix: str, scope: Scope) -> Session:
        """The session of `scope` whose id is or starts with `prefix`. Raises `UsageError` for none or several."""
        wanted = storable(prefix.strip())
        if not wanted:
            raise UsageError("No session was named.", "`recollect sessions` lists them.")
        found = self._sessions("AND s.id = ?", (scope.key, wanted, 1)) or self._sessions(
            "AND substr(s.id, 1, length(?)) = ?", (scope.key, wanted, wanted, 2)
        )
        if not found:
            raise UsageError(
                f"There is no session whose id starts with {prefix!r}.", "`recollect sessions` lists them."
            )
        if len(found) > 1:
            raise UsageError(
                f"More than one session has an id that starts with {prefix!r}.",
                f"Give more of it: {found[0].id} and {found[1].id} are two of them.",
            )
        return found[0]

    def rename(self, session: str, title: str, scope: Scope) -> None:
        """Set a session's title by hand; an empty one is derived again. Raises `UsageError` when there is none."""
        with self._db.write() as connection:
            done = connection.execute(
                "UPDATE sessions SET title = ? WHERE id = ? AND scope = (SELECT key FROM scopes WHERE name = ?)",
                (shorten(self._writable(title), 200), storable(session), scope.key),
            ).rowcount
        if not done:
            raise UsageError(f"There is no session {session}.", "`recollect sessions` lists them.")

    def session_messages(self, session: str, scope: Scope, limit: int | None = None) -> list[Message]:
        """The messages of a session in the journal's order; with `limit` its last ones."""
        with self._db.read() as connection:
            rows = connection.execute(
                f"{MESSAGES} JOIN scopes c ON c.key = s.scope"
                " WHERE s.id = ? AND c.name = ? ORDER BY m.seq DESC LIMIT ?",
                (storable(session), scope.key, -1 if limit is None else limit),
            ).fetchall()
        return [message(row) for row in reversed(rows)]

    def _sessions(self, condition: str, values: tuple[Any, ...]) -> list[Session]:
        with self._db.read() as connection:
            rows = connection.execute(_SESSIONS.format(condition), values).fetchall()
            openings = [row[1] or connection.execute(_OPENING, (row[6],)).fetchone() for row in rows]
        return [
            Session(
                id=row[0],
                title=opening if isinstance(opening, str) else shorten(opening[0], _TITLE_LENGTH),
                scope=row[2],
                started=moment(row[3]),
                last=moment(row[4]),
                messages=row[5],
            )
            for row, opening in zip(rows, openings, strict=True)
        ]
