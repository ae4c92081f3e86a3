"""Reading everything of a scope in pages, in an order that is always the same."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from memory.journal.feedback import GIVEN, as_feedback
from memory.journal.recalled import as_recalled
from memory.journal.records import Linked, Pinned, RecalledFor, Titled
from memory.journal.rows import MESSAGES, Part, instant, message
from memory.journal.selecting import chosen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from memory.journal.records import Record
    from memory.types import Message, Scope, Selection

_PAGE = 200
_SESSIONS = """
    SELECT s.key, s.id, s.title, s.made, s.pinned, s.parent, s.forked FROM scopes c JOIN sessions s ON s.scope = c.key
    WHERE c.name = :scope AND s.key > :after
    AND EXISTS (SELECT 1 FROM messages m WHERE m.session = s.key AND m.seq <= :last AND {mine}) ORDER BY s.key
"""
_MESSAGES = f"""
    {MESSAGES} JOIN scopes c ON c.key = m.scope
    WHERE c.name = :scope AND m.seq > :after AND m.seq <= :last AND {{mine}} ORDER BY m.seq
"""
_LINKS = """
    SELECT l.message, l.other, m.id, n.id FROM linked l
    JOIN messages m ON m.seq = l.message JOIN sessions s ON s.key = m.session JOIN scopes c ON c.key = m.scope
    JOIN messages n ON n.seq = l.other JOIN sessions t ON t.key = n.session
    WHERE l.message < l.other AND (l.message, l.other) > (:after, :beyond) AND c.name = :scope AND n.scope = m.scope
    AND m.seq <= :last AND {mine} AND n.seq <= :last AND {other} ORDER BY l.message, l.other
"""
_FEEDBACK = f"""
    {GIVEN} JOIN sessions s ON s.key = m.session
    WHERE c.name = :scope AND f.key > :after AND m.seq <= :last AND {{mine}} ORDER BY f.key
"""
_PINS = """
    SELECT m.seq, 0, m.id, p.time FROM pins p JOIN messages m ON m.seq = p.message
    JOIN sessions s ON s.key = m.session JOIN scopes c ON c.key = m.scope
    WHERE c.name = :scope AND m.seq > :after AND m.seq <= :last AND {mine} ORDER BY m.seq
"""
_RECALLED = """
    SELECT k.reply, k.place, m.id, n.id, k.used, k.score, k.signals, k.path
    FROM recalled k JOIN messages m ON m.seq = k.reply JOIN sessions s ON s.key = m.session
    JOIN scopes c ON c.key = m.scope JOIN messages n ON n.seq = k.message JOIN sessions t ON t.key = n.session
    WHERE (k.reply, k.place) > (:after, :beyond) AND c.name = :scope AND n.scope = m.scope
    AND m.seq <= :last AND {mine} AND n.seq <= :last AND {other} ORDER BY k.reply, k.place
"""


def _titled(row: tuple[Any, ...]) -> Titled:
    _, id_, title, made, pinned, parent, forked = row
    return Titled(id_, title, made, bool(pinned), parent, forked)


class Exporting(Part):
    """The part of the journal that hands everything over. What is said meanwhile is not among it."""

    def last_message(self) -> int:
        """The place of the newest message; 0 when there is none."""
        with self._db.read() as connection:
            return int(connection.execute("SELECT coalesce(max(seq), 0) FROM messages").fetchone()[0])

    def records(self, scope: Scope, selection: Selection) -> Iterator[Record]:
        """Sessions, messages and all that is about them of what is selected, each in the order in which it came to be.

        A link is among it when both its messages are, and so is what was recalled for an answer. At most a few hundred
        of them are in memory at a time.
        """
        yield from self._pages(_SESSIONS, scope, selection, _titled)
        yield from self._pages(_MESSAGES, scope, selection, message)
        yield from self._pages(_LINKS, scope, selection, lambda row: Linked(row[2], row[3]))
        yield from self._pages(_FEEDBACK, scope, selection, as_feedback)
        yield from self.pins(scope, selection)
        recalled = self._pages(_RECALLED, scope, selection, lambda row: row[2:])
        for reply, rows in groupby(recalled, key=itemgetter(0)):
            yield RecalledFor(reply, tuple(as_recalled(row[1:]) for row in rows))

    def titles(self, scope: Scope, selection: Selection) -> Iterator[Titled]:
        """The sessions of what is selected, in the order in which they began."""
        return self._pages(_SESSIONS, scope, selection, _titled)

    def messages(self, scope: Scope, selection: Selection) -> Iterator[Message]:
        """The messages that are selected, in the journal's order."""
        return self._pages(_MESSAGES, scope, selection, message)

    def pins(self, scope: Scope, selection: Selection) -> Iterator[Pinned]:
        """The pins on what is selected, in the order of the messages."""
        return self._pages(_PINS, scope, selection, lambda row: Pinned(row[2], instant(row[3])))

    def _pages(
        self, query: str, scope: Scope, selection: Selection, make: Callable[[tuple[Any, ...]], Any]
    ) -> Iterator[Any]:
        """What `make` makes of the rows of a query, page by page; the first columns of a row say where to go on."""
        mine, values = chosen(selection)
        other, _ = chosen(selection, "n", "t")
        query = f"{query.format(mine=mine, other=other)} LIMIT {_PAGE}"
        values |= {"scope": scope.key, "last": self.last_message(), "after": 0, "beyond": 0}
        while True:
            with self._db.read() as connection:
                rows = connection.execute(query, values).fetchall()
            yield from map(make, rows)
            if len(rows) < _PAGE:
                return
            values["after"], values["beyond"] = rows[-1][:2]
