"""Vector stores by name: ours and those of other packages, all through the entry-point group `recollect.stores`.

Names are listed without importing anything; the one that is asked for is loaded, and no other.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from memory.errors import UsageError
from memory.store import MemoryStore

GROUP = "recollect.stores"
_OWN = {
    "chroma": "memory.stores.chroma:ChromaStore",
    "langchain": "memory.stores.langchain:LangChainStore",
    "memory": "memory.stores.inmemory:InMemoryStore",
}


@dataclass(frozen=True, slots=True)
class Registered:
    """A store that could be loaded.

    Attributes:
        name: what it is called by.
        path: `package.module:Class`.
        package: name and version of the package that brings it.
    """

    name: str
    path: str
    package: str


def registered_stores() -> list[Registered]:
    """All stores there are, in alphabetical order. Imports none."""
    return [
        Registered(name, found[0].value, " and ".join(dict.fromkeys(map(_package, found))))
        for name, found in sorted(_entries().items())
    ]


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
    except Exception as error:  # whatever the module of another package raises
        raise UsageError(
            f"The store {name!r} ({entry.value}) cannot be loaded: {type(error).__name__}: {error}.",
            "Install it again, or choose another store.",
        ) from error
    if not (isinstance(kind, type) and issubclass(kind, MemoryStore)):
        raise UsageError(f"The store {name!r} ({entry.value}) is not a MemoryStore.", "Choose another store.")
    if lacking := sorted(getattr(kind, "__abstractmethods__", ())):
        raise UsageError(
            f"The store {name!r} ({entry.value}) lacks {', '.join(lacking)}.",
            "It was made for another version of recollect: bring it up to date, or choose another store.",
        )
    return kind


def _entries() -> dict[str, list[EntryPoint]]:
    """By name. Ours stand in for themselves, so that a checkout that was never installed has them, and come first."""
    found = {name: [EntryPoint(name, value, GROUP)] for name, value in _OWN.items()}
    for entry in entry_points(group=GROUP):
        if entry.name not in _OWN and entry not in (there := found.setdefault(entry.name, [])):
            there.append(entry)
    return found


def _entry(name: str) -> EntryPoint:
    entries = _entries()
    if name not in entries:
        near = difflib.get_close_matches(name, entries, 1)
        raise UsageError(
            f"There is no store called {name!r}; there are: {', '.join(sorted(entries))}.",
            f"Did you mean {near[0]!r}?" if near else "Choose one of these, or install the package that brings it.",
        )
    if len(entries[name]) > 1:
        packages = " and ".join(dict.fromkeys(map(_package, entries[name])))
        raise UsageError(f"More than one store is called {name!r}, by {packages}.", "Uninstall one of them.")
    return entries[name][0]


def _package(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "recollect"
