"""What was forgotten and is not to come back by an import: known by digests of its ids, and by nothing else.

A message is named by its own id, and by the id that it had where it came from. The latter may tell something (a name,
an address), so both are kept as keyed BLAKE2 digests of 16 bytes, each together with the scope that forgot it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable


class ForgottenIds:
    """The digests of one scope, within a transaction.

    Args:
        connection: of the transaction.
        scope: the scope's key.
    """

    def __init__(self, connection: sqlite3.Connection, scope: str) -> None:
        self._connection = connection
        self._scope = scope
        row = connection.execute("SELECT value FROM meta WHERE name = 'forgotten'").fetchone()
        self._key = bytes.fromhex(row[0])
        self._any = connection.execute("SELECT 1 FROM forgotten LIMIT 1").fetchone() is not None

    def add(self, names: Iterable[tuple[str, str, str]]) -> None:
        """Keep that the messages of these (id, source, source id) were forgotten; an empty id names nothing."""
        self._connection.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", self._rows(names))

    def drop(self, names: Iterable[tuple[str, str, str]]) -> None:
        """Let these come back."""
        if self._any:
            self._connection.executemany("DELETE FROM forgotten WHERE digest = ?", self._rows(names))

    def has(self, id_: str, source: str, source_id: str) -> bool:
        """Whether a message of this id, or of this id at its source, was forgotten."""
        return self._any and any(
            self._connection.execute("SELECT 1 FROM forgotten WHERE digest = ?", row).fetchone()
            for row in self._rows([(id_, source, source_id)])
        )

    def _rows(self, names: Iterable[tuple[str, str, str]]) -> list[tuple[bytes]]:
        rows = []
        for id_, source, source_id in names:
            if id_:
                rows.append((self._digest("id", id_),))
            if source_id:
                rows.append((self._digest("source", source, source_id),))
        return rows

    def _digest(self, *parts: str) -> bytes:
        made = hashlib.blake2b(key=self._key, digest_size=16)
        for part in (self._scope, *parts):
            data = part.encode()
            made.update(len(data).to_bytes(8, "big") + data)
        return made.digest()
