"""Examining what associations are made from: terms and names, in which messages each stands, how often."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.tracing import IDENTITY
from memory.upkeep.findings import Finding, Mend, fine, note, wrong

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

PART = "associations"
_TODO = "`recollect doctor --fix` makes them anew."
_SAMPLE = 2000


def examine_associations(connection: sqlite3.Connection) -> Iterator[Finding]:
    """What there is to say of them; `connection` reads a journal of this version."""
    state = connection.execute(
        "SELECT position FROM index_states WHERE name = 'associations' AND identity = ?", (IDENTITY,)
    ).fetchone()
    position = int(state[0]) if state else 0
    newest = int(connection.execute("SELECT coalesce(max(seq), 0) FROM messages").fetchone()[0])
    complaints = [
        (f"{count:,} {what}")
        for what, query in _COUNTS.items()
        if (count := connection.execute(query, {"position": position}).fetchone()[0])
    ]
    apart = _apart(connection)
    complaints += [f"{apart:,} messages do not stand where their terms say"] if apart else []
    if complaints:
        yield wrong(PART, "; ".join(complaints), _TODO, Mend.INDEXES)
    nodes = connection.execute("SELECT count(*) FROM nodes").fetchone()[0]
    if position < newest:
        lag = connection.execute("SELECT count(*) FROM messages WHERE seq > ?", (position,)).fetchone()[0]
        yield note(PART, f"{lag:,} messages are not linked yet", "It is done while recollect is used.")
    if not complaints:
        yield fine(PART, f"{nodes:,} terms and names")


_COUNTS = {
    "messages are not linked": (
        "SELECT count(*) FROM messages m WHERE m.seq <= :position"
        " AND NOT EXISTS (SELECT 1 FROM traces WHERE message = m.seq)"
    ),
    "terms or names are counted wrongly": (
        "SELECT count(*) FROM nodes n LEFT JOIN (SELECT node, count(*) AS found FROM node_links GROUP BY node) l"
        " ON l.node = n.key WHERE n.frequency <> coalesce(l.found, 0)"
    ),
    "links lead from a term that is not there": (
        "SELECT count(*) FROM node_links l WHERE NOT EXISTS (SELECT 1 FROM nodes WHERE key = l.node)"
    ),
    "links lead to a message that is not there": (
        "SELECT count(*) FROM node_links l WHERE NOT EXISTS (SELECT 1 FROM messages WHERE seq = l.message)"
    ),
    "totals are wrong": (
        "SELECT count(*) FROM (SELECT scope, count(*) AS messages, sum(length(terms) / 4) AS terms FROM traces"
        " GROUP BY scope) t LEFT JOIN trace_totals s ON s.scope = t.scope"
        " WHERE s.messages IS NOT t.messages OR s.terms IS NOT t.terms"
    ),
}


def _apart(connection: sqlite3.Connection) -> int:
    """In a sample of messages, how many are linked to other terms and names than were found in them."""
    rows = connection.execute(
        "SELECT message, names, terms FROM traces WHERE message IN"
        " (SELECT message FROM traces ORDER BY random() LIMIT ?)",
        (_SAMPLE,),
    ).fetchall()
    wanted = {
        message: {*np.frombuffer(names, "<i4").tolist(), *np.frombuffer(terms, "<i4").tolist()}
        for message, names, terms in rows
    }
    pairs = [[node, message] for message, nodes in wanted.items() for node in nodes]
    missing = connection.execute(
        "SELECT DISTINCT value ->> 1 FROM json_each(?) WHERE NOT EXISTS"
        " (SELECT 1 FROM node_links WHERE node = value ->> 0 AND message = value ->> 1)",
        (json.dumps(pairs),),
    ).fetchall()
    return len(missing)
