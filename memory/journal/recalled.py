"""What was recalled for each answer: ids, scores and signals, so that one can look back at it. No text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from memory.journal.rows import Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memory.types import Scope


@dataclass(frozen=True, slots=True)
class Recalled:
    """One recollection as it was when an answer was made.

    Attributes:
        message_id: the message that was recalled.
        used: whether it stood in the prompt.
        score, signals: as in `Recollection` and `Why`.
        path: the steps from the cue as (kind, id of the message it arrives at, weight).
    """

    message_id: str
    used: bool
    score: float
    signals: Mapping[str, float]
    path: tuple[tuple[str, str, float], ...]


class RecalledLog(Part):
    """The part of the journal that keeps what was recalled for an answer; it goes with either of the two."""

    def put_recalled(self, reply: str, recalled: Sequence[Recalled], scope: Scope) -> None:
        """Keep what was recalled for the answer with this id, best first, in place of what was kept for it before.

        What is not in `scope` is passed over.
        """
        with self._db.write(durable=False) as connection:
            connection.execute(
                "DELETE FROM recalled WHERE reply IN (SELECT m.seq FROM messages m JOIN scopes c ON c.key = m.scope"
                " WHERE m.id = ? AND c.name = ?)",
                (reply, scope.key),
            )
            connection.executemany(
                "INSERT INTO recalled (reply, place, message, used, score, signals, path)"
                " SELECT r.seq, ?, m.seq, ?, ?, ?, ? FROM messages r JOIN messages m ON m.scope = r.scope"
                " JOIN scopes c ON c.key = r.scope WHERE r.id = ? AND m.id = ? AND c.name = ?",
                [
                    (
                        place,
                        int(one.used),
                        one.score,
                        json.dumps(dict(one.signals)),
                        json.dumps(one.path),
                        reply,
                        one.message_id,
                        scope.key,
                    )
                    for place, one in enumerate(recalled)
                ],
            )

    def recalled(self, reply: str, scope: Scope) -> list[Recalled]:
        """What was recalled for an answer, best first; empty when that was not kept."""
        with self._db.read() as connection:
            rows = connection.execute(
                "SELECT m.id, k.used, k.score, k.signals, k.path FROM messages r JOIN recalled k ON k.reply = r.seq"
                " JOIN messages m ON m.seq = k.message JOIN scopes c ON c.key = r.scope"
                " WHERE r.id = ? AND c.name = ? ORDER BY k.place",
                (reply, scope.key),
            ).fetchall()
        return [as_recalled(row) for row in rows]


def as_recalled(row: Sequence[Any]) -> Recalled:
    """What was recalled, from (id of the message, used, score, signals, path) as they are stored."""
    message_id, used, score, signals, path = row
    steps = tuple((str(kind), str(id_), float(weight)) for kind, id_, weight in json.loads(path))
    return Recalled(message_id, bool(used), float(score), json.loads(signals), steps)
