"""Reading, naming, pinning and branching sessions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from memory.errors import UsageError
from memory.journal.ids import new_id
from memory.journal.rows import MESSAGES, Part, message, microseconds, moment, storable
from memory.text import shorten
from memory.types import Session

if TYPE_CHECKING:
    import sqlite3

    from memory.types import Message, Scope

_TITLE_LENGTH = 60
_EVER = 2**62
_DEEPEST = 100
_SESSIONS = """
    SELECT g.*, CASE WHEN g.last <= :now THEN g.last WHEN g.last > :now THEN coalesce(
        (SELECT n.time FROM messages n WHERE n.seq > g.seq AND n.scope = g.scope AND n.time <= :now
         ORDER BY n.seq LIMIT 1), :now) END AS said
    FROM (
        SELECT s.id, s.title, s.made, c.name, min(m.time), max(m.time) AS last, count(*), s.pinned, s.parent,
               s.key AS key, max(m.seq) AS seq, s.scope AS scope
        FROM scopes c JOIN sessions s ON s.scope = c.key JOIN messages m ON m.session = s.key
        WHERE c.name = :name {} GROUP BY s.key
    ) g ORDER BY said DESC, g.seq DESC LIMIT :most
"""
"""The newest first. What a clock that was ahead dated was said before what follows it."""
_LAST_SAID = """
    SELECT s.id FROM scopes c JOIN meta m ON m.name = 'last/' || c.key
    JOIN sessions s ON s.key = CAST(m.value AS INTEGER) AND s.scope = c.key
    WHERE c.name = ? AND EXISTS (SELECT 1 FROM messages WHERE session = s.key)
"""
_OPENING = """
    SELECT substr(text, 1, 400) FROM messages WHERE session = ? ORDER BY role <> 'user', seq LIMIT 1
"""


class Sessions(Part):
    """The part of the journal that knows sessions."""

    def sessions(self, scope: Scope, limit: int) -> list[Session]:
        """The latest sessions of a scope, newest first; those of unknown time come last."""
        return self._sessions("", scope, limit)

    def last_said(self, scope: Scope) -> str:
        """The id of the session in which something was said here last, whatever the clock showed; "" for none."""
        with self._db.read() as connection:
            row = connection.execute(_LAST_SAID, (scope.key,)).fetchone()
        return str(row[0]) if row else ""

    def session(self, prefix: str, scope: Scope) -> Session:
        """The session of `scope` whose id is or starts with `prefix`. Raises `UsageError` for none or several."""
        wanted = storable(prefix.strip())
        if not wanted:
            raise UsageError("No session was named.", "`recollect sessions` lists them.")
        found = self._sessions("AND s.id = :id", scope, 1, wanted) or self._sessions(
            "AND substr(s.id, 1, length(:id)) = :id", scope, 2, wanted
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

    def is_branch(self, session: str, scope: Scope) -> bool:
        """Whether this is the id of a branch, also of one that has no message of its own yet."""
        with self._db.read() as connection:
            return len(self._line(connection, storable(session), scope)) > 1

    def rename(self, session: str, title: str, scope: Scope) -> None:
        """Set a session's title by hand; an empty one is derived again. Raises `UsageError` when there is none."""
        with self._db.write() as connection:
            done = connection.execute(
                "UPDATE sessions SET title = ? WHERE id = ? AND scope = (SELECT key FROM scopes WHERE name = ?)",
                (shorten(self._writable(title), 200), storable(session), scope.key),
            ).rowcount
        if not done:
            raise UsageError(f"There is no session {session}.", "`recollect sessions` lists them.")

    def entitle(self, session: str, title: str, scope: Scope) -> bool:
        """Give a session a title that was made for it, unless one was set by hand; whether it was given."""
        with self._db.write() as connection:
            return bool(
                connection.execute(
                    "UPDATE sessions SET made = ? WHERE id = ? AND title = '' AND scope = (SELECT key FROM scopes"
                    " WHERE name = ?)",
                    (shorten(self._without(title), _TITLE_LENGTH), storable(session), scope.key),
                ).rowcount
            )

    def pin_session(self, session: str, pinned: bool, scope: Scope) -> None:
        """Keep a session at the head of the list, or no longer. Raises `UsageError` when there is none."""
        with self._db.write() as connection:
            done = connection.execute(
                "UPDATE sessions SET pinned = ? WHERE id = ? AND scope = (SELECT key FROM scopes WHERE name = ?)",
                (int(pinned), storable(session), scope.key),
            ).rowcount
        if not done:
            raise UsageError(f"There is no session {session}.", "`recollect sessions` lists them.")

    def branch(self, before: Message, scope: Scope) -> str:
        """A new session that begins with what was said before a message in its session; the new session's id.

        It has no message of its own yet, and is listed once it has. Messages that the branch shares stay where they
        are, and are read through it by `thread`.
        """
        made = new_id()
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO sessions (scope, id, parent, forked) SELECT c.key, ?, s.id, coalesce((SELECT m.id"
                " FROM messages m WHERE m.session = s.key AND m.seq < ? ORDER BY m.seq DESC LIMIT 1), '')"
                " FROM sessions s JOIN scopes c ON c.key = s.scope WHERE s.id = ? AND c.name = ?",
                (made, before.seq, storable(before.session), scope.key),
            )
        return made

    def thread(self, session: str, scope: Scope, limit: int | None = None) -> list[Message]:
        """What was said in a session, for a branch with what it shares; with `limit` the last messages of it."""
        with self._db.read() as connection:
            parts: list[Message] = []
            for id_, upto in self._line(connection, storable(session), scope):
                rows = connection.execute(
                    f"{MESSAGES} JOIN scopes c ON c.key = s.scope"
                    " WHERE s.id = ? AND c.name = ? AND m.seq <= ? ORDER BY m.seq DESC LIMIT ?",
                    (id_, scope.key, upto, -1 if limit is None else limit - len(parts)),
                ).fetchall()
                parts.extend(message(row) for row in rows)
                if limit is not None and len(parts) >= limit:
                    break
        return parts[::-1]

    def aside(self, session: str, scope: Scope, most: int = 1000) -> list[str]:
        """Ids of what was said in the sessions that a branch came from, after it left them: at most `most` of each."""
        with self._db.read() as connection:
            line = self._line(connection, storable(session), scope)[1:]
            return [
                row[0]
                for id_, upto in line
                for row in connection.execute(
                    "SELECT m.id FROM messages m JOIN sessions s ON s.key = m.session JOIN scopes c ON c.key = s.scope"
                    " WHERE s.id = ? AND c.name = ? AND m.seq > ? ORDER BY m.seq LIMIT ?",
                    (id_, scope.key, upto, most),
                )
            ]

    @staticmethod
    def _line(connection: sqlite3.Connection, session: str, scope: Scope) -> list[tuple[str, int]]:
        """A session and those it branched from, as (id, last place that is shared)."""
        line = [(session, _EVER)]
        while len(line) < _DEEPEST:
            row = connection.execute(
                "SELECT parent, coalesce((SELECT seq FROM messages WHERE id = s.forked), 0)"
                " FROM sessions s JOIN scopes c ON c.key = s.scope WHERE s.id = ? AND c.name = ?",
                (line[-1][0], scope.key),
            ).fetchone()
            if row is None or not row[0]:
                break
            line.append((row[0], row[1]))
        return line

    def session_messages(self, session: str, scope: Scope, limit: int | None = None) -> list[Message]:
        """The messages of a session in the journal's order; with `limit` its last ones."""
        with self._db.read() as connection:
            rows = connection.execute(
                f"{MESSAGES} JOIN scopes c ON c.key = s.scope"
                " WHERE s.id = ? AND c.name = ? ORDER BY m.seq DESC LIMIT ?",
                (storable(session), scope.key, -1 if limit is None else limit),
            ).fetchall()
        return [message(row) for row in reversed(rows)]

    def _sessions(self, condition: str, scope: Scope, most: int, id_: str = "") -> list[Session]:
        values = {"name": scope.key, "most": most, "id": id_, "now": microseconds(datetime.now(UTC))}
        with self._db.read() as connection:
            rows = connection.execute(_SESSIONS.format(condition), values).fetchall()
            openings = [row[1] or row[2] or connection.execute(_OPENING, (row[9],)).fetchone() for row in rows]
        return [
            Session(
                id=row[0],
                title=opening if isinstance(opening, str) else shorten(opening[0], _TITLE_LENGTH),
                scope=row[3],
                started=moment(row[4]),
                last=moment(row[5]),
                messages=row[6],
                titled=bool(row[1] or row[2]),
                pinned=bool(row[7]),
                parent=row[8],
            )
            for row, opening in zip(rows, openings, strict=True)
        ]
