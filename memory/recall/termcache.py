"""The terms of passages that were candidates lately; a passage never changes, so it is analysed once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from memory.text import terms

if TYPE_CHECKING:
    from collections.abc import Collection

    from memory.types import Passage

_KEPT = 4096


class TermCache:
    """Terms by passage id, the latest few thousand. Safe to use from several threads."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._terms: dict[int, frozenset[str]] = {}

    def of(self, passages: Collection[Passage]) -> dict[int, frozenset[str]]:
        """The terms of these passages, by passage id."""
        with self._guard:
            known = {passage.id: self._terms[passage.id] for passage in passages if passage.id in self._terms}
        fresh = {passage.id: frozenset(terms(passage.text)) for passage in passages if passage.id not in known}
        with self._guard:
            self._terms.update(fresh)
            while len(self._terms) > _KEPT:
                self._terms.pop(next(iter(self._terms)))
        return known | fresh

    def clear(self) -> None:
        """Drop everything."""
        with self._guard:
            self._terms.clear()
