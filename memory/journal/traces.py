"""Traces: which terms and names each message has, and in which messages each stands.

Written by the indexer, a batch in a transaction together with the position that it brings the index to; so a batch is
there as a whole or not at all, and two processes never write one twice.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from memory.journal.kept import kept
from memory.journal.rows import Part

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Keys = NDArray[np.int32]

TERM, NAME = 0, 1
"""Kinds of node."""

_STATE = "associations"
_TOGETHER = 6


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it is traced: its place, the key of its scope, who said what, and what was recalled for it."""

    seq: int
    scope: int
    speaker: str
    text: str
    used: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Traced:
    """What is to be kept of one message.

    Attributes:
        terms: its terms in order, repeated as they are.
        names: its names, each once.
        words: how many words it has.
        marks: what else is to be seen of it, in bits; see `memory.associations.tracing`.
    """

    terms: tuple[str, ...]
    names: tuple[str, ...]
    words: int
    marks: int


@dataclass(frozen=True, slots=True)
class Trace:
    """What is known of one message without reading its text.

    Attributes:
        seq, session, scope: its place, and keys of its session and scope.
        role, speaker: who spoke.
        time: microseconds since 1970 (UTC), or None.
        words, marks: as in `Traced`; -1 words when the message is not traced yet.
        names, terms: keys of nodes.
    """

    seq: int
    session: int
    scope: int
    role: str
    speaker: str
    time: int | None
    words: int
    marks: int
    names: Keys
    terms: Keys


class Traces(Part):
    """The part of the journal that knows terms and names."""

    def trace_some(self, identity: str, most: int, make: Callable[[Said], Traced]) -> int:
        """Trace the next `most` messages by `make`; returns how many there were.

        What was traced under another `identity` is dropped first.
        """
        with self._db.write(durable=False) as connection:
            state = connection.execute(
                "SELECT identity, position, tombstone FROM index_states WHERE name = ?", (_STATE,)
            ).fetchone()
            if state is None or state[0] != identity:
                _clear(connection)
                state = (identity, 0, state[2] + 1 if state else 0)
            rows = connection.execute(
                "SELECT seq, scope, speaker, text, used FROM messages WHERE seq > ? ORDER BY seq LIMIT ?",
                (state[1], most),
            ).fetchall()
            if not rows:
                return 0
            batch = [_said(row) for row in rows]
            _write(connection, [(said, make(said)) for said in batch])
            for said in batch:
                _strengthen(connection, said.scope, said.used, 1.0)
            connection.execute(
                "INSERT OR REPLACE INTO index_states VALUES (?, ?, ?, ?)", (_STATE, identity, batch[-1].seq, state[2])
            )
        return len(rows)

    @kept
    def untraced(self, identity: str) -> int:
        """How many messages are not traced yet, at most."""
        with self._db.read() as connection:
            newest = connection.execute("SELECT coalesce(max(seq), 0) FROM messages").fetchone()[0]
            row = connection.execute(
                "SELECT position FROM index_states WHERE name = ? AND identity = ?", (_STATE, identity)
            ).fetchone()
            return max(0, int(newest) - (row[0] if row else 0))

    @kept
    def traced(self) -> tuple[int, int]:
        """How often all messages were traced anew (which gives nodes other keys), and up to which they are traced."""
        query = "SELECT tombstone, position FROM index_states WHERE name = ?"
        with self._db.read() as connection:
            row = connection.execute(query, (_STATE,)).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def reset_traces(self) -> None:
        """Have every message traced anew."""
        with self._db.write(durable=False) as connection:
            connection.execute("UPDATE index_states SET identity = '' WHERE name = ?", (_STATE,))

    def traces(self, seqs: Sequence[int]) -> dict[int, Trace]:
        """The traces of these messages by place; of those that are not traced yet, who said them when."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT m.seq, m.session, m.scope, m.role, m.speaker, m.time, t.words, t.marks, t.names, t.terms"
                " FROM messages m LEFT JOIN traces t ON t.message = m.seq"
                " WHERE m.seq IN (SELECT value FROM json_each(?))",
                (json.dumps(list(seqs)),),
            ).fetchall()
        return {row[0]: _trace(row) for row in rows}

    def said(self, seqs: Sequence[int]) -> list[Said]:
        """These messages as they are traced."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT seq, scope, speaker, text, used FROM messages WHERE seq IN (SELECT value FROM json_each(?))",
                (json.dumps(list(seqs)),),
            ).fetchall()
        return [_said(row) for row in rows]

    def node_keys(self, scope: int, kind: int, texts: Iterable[str]) -> dict[str, int]:
        """The keys of terms (or names) of a scope, without those that no message has."""
        with self._db.read() as connection:
            return dict(
                connection.execute(
                    "SELECT text, key FROM nodes WHERE scope = ? AND kind = ?"
                    " AND text IN (SELECT value FROM json_each(?))",
                    (scope, kind, json.dumps(list(texts))),
                ).fetchall()
            )

    def node_texts(self, nodes: Iterable[int]) -> dict[int, str]:
        """The texts of nodes."""
        with self._db.read() as connection:
            return dict(
                connection.execute(
                    "SELECT key, text FROM nodes WHERE key IN (SELECT value FROM json_each(?))",
                    (json.dumps([int(node) for node in nodes]),),
                ).fetchall()
            )

    def node_frequencies(self, nodes: NDArray[np.integer]) -> NDArray[np.int64]:
        """In how many messages each of these nodes stands; 0 for one that is not there. `nodes` ascend."""
        found = np.zeros(len(nodes), dtype=np.int64)
        if not len(nodes):
            return found
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT key, frequency FROM nodes WHERE key IN (SELECT value FROM json_each(?))",
                (json.dumps(nodes.tolist()),),
            ).fetchall()
        if rows:
            pairs = np.array(rows, dtype=np.int64)
            found[np.searchsorted(nodes, pairs[:, 0])] = pairs[:, 1]
        return found

    def node_messages(self, nodes: Sequence[int]) -> NDArray[np.int64]:
        """Where these nodes stand, as rows of (node, message) in ascending order, shape (n, 2)."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT node, message FROM node_links WHERE node IN (SELECT value FROM json_each(?))"
                " ORDER BY node, message",
                (json.dumps([int(node) for node in nodes]),),
            ).fetchall()
        return np.array(rows, dtype=np.int64).reshape(len(rows), 2)

    def nodes_after(self, seq: int, most: int) -> list[Keys]:
        """The terms and names of each of the first `most` traced messages after a place."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT names, terms FROM traces WHERE message > ? ORDER BY message LIMIT ?", (seq, most)
            ).fetchall()
        return [keys(names + terms) for names, terms in rows]

    @kept
    def trace_totals(self, scope: int) -> tuple[int, int]:
        """How many messages of a scope are traced, and how many terms they have together."""
        with self._db.read() as connection:
            row = connection.execute("SELECT messages, terms FROM trace_totals WHERE scope = ?", (scope,)).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    @kept
    def scope_key(self, name: str) -> int:
        """The key of a scope; 0 when nothing was said in it."""
        with self._db.read() as connection:
            row = connection.execute("SELECT key FROM scopes WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0


def _said(row: tuple[Any, ...]) -> Said:
    seq, scope, speaker, text, used = row
    return Said(seq, scope, speaker, text, tuple(used.split()))


def _trace(row: tuple[Any, ...]) -> Trace:
    seq, session, scope, role, speaker, time, words, marks, names, terms = row
    untraced = words is None
    return Trace(
        seq, session, scope, role, speaker, time, -1 if untraced else words, marks or 0, keys(names), keys(terms)
    )


def keys(blob: bytes | None) -> Keys:
    """Keys of nodes as they are stored."""
    return np.frombuffer(blob or b"", dtype="<i4").astype(np.int32, copy=False)


def _clear(connection: sqlite3.Connection) -> None:
    for table in ("nodes", "node_links", "traces", "trace_totals", "together"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the line above


def _write(connection: sqlite3.Connection, batch: Sequence[tuple[Said, Traced]]) -> None:
    counts: Counter[tuple[int, int, str]] = Counter()
    for said, traced in batch:
        counts.update((said.scope, TERM, text) for text in set(traced.terms))
        counts.update((said.scope, NAME, text) for text in traced.names)
    known = {
        node: connection.execute(
            "INSERT INTO nodes (scope, kind, text, frequency) VALUES (?, ?, ?, ?) ON CONFLICT (scope, kind, text)"
            " DO UPDATE SET frequency = frequency + excluded.frequency RETURNING key",
            (*node, count),
        ).fetchone()[0]
        for node, count in counts.items()
    }
    totals: Counter[int] = Counter()
    rows, links = [], []
    for said, traced in batch:
        terms = [known[said.scope, TERM, text] for text in traced.terms]
        names = [known[said.scope, NAME, text] for text in traced.names]
        rows.append((said.seq, said.scope, traced.words, traced.marks, _blob(names), _blob(terms)))
        links += [(node, said.seq) for node in {*terms, *names}]
        totals[said.scope] += len(terms)
    connection.executemany("INSERT INTO traces VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.executemany("INSERT INTO node_links VALUES (?, ?)", links)
    messages = Counter(said.scope for said, _ in batch)
    connection.executemany(
        "INSERT INTO trace_totals VALUES (?, ?, ?) ON CONFLICT (scope)"
        " DO UPDATE SET messages = messages + excluded.messages, terms = terms + excluded.terms",
        [(scope, messages[scope], terms_) for scope, terms_ in totals.items()],
    )


def forget_traces(connection: sqlite3.Connection, ids: str) -> None:
    """Take the messages with these ids (a JSON list) out of every node, and out of what was recalled with them.

    To be called in the transaction that deletes the messages, before it does. Nodes that no message has any more go,
    and with them the last copy of their text.
    """
    rows = connection.execute(
        "SELECT t.message, t.scope, t.names, t.terms, m.used FROM traces t JOIN messages m ON m.seq = t.message"
        " WHERE m.id IN (SELECT value FROM json_each(?))",
        (ids,),
    ).fetchall()
    counts: Counter[int] = Counter()
    links: list[tuple[int, int]] = []
    for seq, scope, names, terms, used in rows:
        ordered = keys(terms)
        nodes = np.unique(np.concatenate([ordered, keys(names)])).tolist()
        counts.update(nodes)
        links += [(node, seq) for node in nodes]
        connection.execute(
            "UPDATE trace_totals SET messages = messages - 1, terms = terms - ? WHERE scope = ?", (len(ordered), scope)
        )
        _strengthen(connection, scope, used.split(), -1.0)
    connection.executemany("DELETE FROM node_links WHERE node = ? AND message = ?", links)
    connection.executemany(
        "UPDATE nodes SET frequency = frequency - ? WHERE key = ?", [(count, node) for node, count in counts.items()]
    )
    connection.executemany("DELETE FROM nodes WHERE key = ? AND frequency <= 0", [(node,) for node in counts])
    connection.execute("DELETE FROM trace_totals WHERE messages <= 0")


def trace_again(
    connection: sqlite3.Connection, identity: str, seqs: Sequence[int], make: Callable[[Said], Traced]
) -> None:
    """Trace messages that are put back into their old places, as far as tracing has come under this `identity`."""
    rows = connection.execute(
        "SELECT m.seq, m.scope, m.speaker, m.text, m.used FROM messages m JOIN index_states i ON i.name = ?"
        " WHERE i.identity = ? AND m.seq <= i.position AND m.seq IN (SELECT value FROM json_each(?)) ORDER BY m.seq",
        (_STATE, identity, json.dumps(list(seqs))),
    ).fetchall()
    batch = [_said(row) for row in rows]
    _write(connection, [(said, make(said)) for said in batch])
    for said in batch:
        _strengthen(connection, said.scope, said.used, 1.0)


def _strengthen(connection: sqlite3.Connection, scope: int, used: Sequence[str], sign: float) -> None:
    """Add to (or take from) the links among what was recalled together for one answer, the first few of it.

    Together they weigh 1, however many they are; those of a message that is forgotten are simply gone, and what is of
    another scope than the answer is passed over.
    """
    first = list(dict.fromkeys(used))[:_TOGETHER]
    if len(first) < 2:
        return
    places = connection.execute(
        "SELECT seq FROM messages WHERE id IN (SELECT value FROM json_each(?)) AND scope = ? ORDER BY seq",
        (json.dumps(first), scope),
    ).fetchall()
    pairs = list(combinations([row[0] for row in places], 2))
    weight = sign / comb(len(first), 2)
    connection.executemany(
        "INSERT INTO together VALUES (?, ?, ?) ON CONFLICT (message, other) DO UPDATE SET"
        " weight = weight + excluded.weight",
        [(a, b, weight) for pair in pairs for a, b in (pair, pair[::-1])],
    )
    if sign < 0:
        connection.executemany(
            "DELETE FROM together WHERE message = ? AND other = ? AND weight < 1e-9",
            [(a, b) for pair in pairs for a, b in (pair, pair[::-1])],
        )


def _blob(nodes: Sequence[int]) -> bytes:
    return np.array(nodes, dtype="<i4").tobytes()
