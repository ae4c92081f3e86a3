"""Vector stores by name: ours and those of other packages, all through the entry-point group `recollect.stores`.

Names are listed without importing anything; the one that is asked for is loaded, and no other.
"""

from __future__ import annotations

import difflib
from importlib.metadata import EntryPoint, entry_points

from memory.errors import UsageError
from memory.store import MemoryStore

GROUP = "recollect.stores"
_OWN = {"chroma": "memory.stores.chroma:ChromaStore", "memory": "memory.stores.inmemory:InMemoryStore"}


def store_names() -> list[str]:
    """The names of all stores there are, in alphabetical order."""
    return sorted(_entries())


def check_store(name: str) -> None:
    """Raises `UsageError` with the names there are when no store is called `name`. Imports none."""
    _entry(name)


def load_store(name: str) -> type[MemoryStore]:
    """The store called `name`. Raises `UsageError` when there is none, or when it cannot be loaded."""
    entry = _entry(name)
    try:
        kind = entry.load()
    except (ImportError, AttributeError) as error:
        raise UsageError(
            f"The store {name!r} ({entry.value}) cannot be loaded: {error}.",
            "Install it again, or choose another store.",
        ) from error
    if not (isinstance(kind, type) and issubclass(kind, MemoryStore)):
        raise UsageError(f"The store {name!r} ({entry.value}) is not a MemoryStore.", "Choose another store.")
    return kind


def _entries() -> dict[str, EntryPoint]:
    """Ours stand in for themselves, so that a checkout that was never installed has them too."""
    own = {name: EntryPoint(name, value, GROUP) for name, value in _OWN.items()}
    return own | {entry.name: entry for entry in entry_points(group=GROUP)}


def _entry(name: str) -> EntryPoint:
    entries = _entries()
    if name not in entries:
        near = difflib.get_close_matches(name, entries, 1)
        raise UsageError(
            f"There is no store called {name!r}; there are: {', '.join(sorted(entries))}.",
            f"Did you mean {near[0]!r}?" if near else "Choose one of these, or install the package that brings it.",
        )
    return entries[name]
