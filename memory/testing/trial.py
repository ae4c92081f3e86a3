"""A store on trial: opened as often as a check wants, in a folder and under collection names of its own."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from memory.journal.ids import new_id
from memory.store import Entry, MemoryStore, StoreSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from memory.store import Options, Plain, Vector

DIMENSION = 8
_log = logging.getLogger(__name__)
_CHILD_SECONDS = 120


class ConformanceError(AssertionError):
    """A store does not do what it must; the message says what was expected, and what came."""


class NotApplicable(Exception):  # noqa: N818 - it is no error
    """A check that says nothing about stores of this kind; the message says why."""


class Trial:
    """What a check works with.

    Args:
        kind: the store's class, as registered.
        folder: an empty folder for it.
        options: its options.
    """

    def __init__(self, kind: type[MemoryStore], folder: Path, options: Options | None = None) -> None:
        self._registered = kind
        self._folder = folder
        self._options = dict(options or {})
        self._unique = new_id()
        self._opened: list[tuple[MemoryStore, StoreSpec]] = []
        self.kind = kind.chosen(self._options)

    def open(self, collection: str = "", dimension: int = DIMENSION) -> MemoryStore:
        """The store with this collection: the same one again for the same name. It need not be closed."""
        spec = self._spec(collection, dimension)
        store = self.kind.open(spec)
        self._opened.append((store, spec))
        return store

    def write_elsewhere(self, entries: Sequence[Entry], identity: str) -> None:
        """Have another process open the store, write this, and die without closing it."""
        spec = self._spec("", DIMENSION)
        wish = {
            "kind": f"{self._registered.__module__}:{self._registered.__qualname__}",
            "folder": str(spec.folder),
            "collection": spec.collection,
            "dimension": spec.dimension,
            "options": self._options,
            "identity": identity,
            "entries": [[entry.id, entry.vector.tolist(), dict(entry.metadata)] for entry in entries],
        }
        done = subprocess.run(
            [sys.executable, "-m", "memory.testing.elsewhere"],
            input=json.dumps(wish),
            capture_output=True,
            text=True,
            timeout=_CHILD_SECONDS,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or "." for path in sys.path)},
            check=False,
        )
        require(done.returncode == DIED, f"another process could not write: {done.stderr.strip()[-2000:]}")

    def end(self) -> None:
        """Close whatever is open, and leave nothing behind on a server. For use after a check, failed or not."""
        opened, self._opened = self._opened, []
        for store, _ in opened:
            _quietly(store.close)
        if self.kind.capabilities.persistent:
            for spec in {spec.collection: spec for _, spec in opened}.values():
                _quietly(partial(self._drop, spec))

    def _drop(self, spec: StoreSpec) -> None:
        self.kind.open(spec).drop()

    def _spec(self, collection: str, dimension: int) -> StoreSpec:
        name = f"recollect-check-{self._unique}" + (f"-{collection}" if collection else "")
        return StoreSpec(self._folder / "store", name, dimension, self._options)


DIED = 9
"""Exit code of the other process, which ends itself as if it had been killed."""


def require(holds: bool, what: str) -> None:
    """Raises `ConformanceError` unless it holds. `what` says what does not."""
    if not holds:
        raise ConformanceError(what)


def same(found: object, expected: object, what: str) -> None:
    """Raises `ConformanceError` unless both are equal. `what` names what was found."""
    require(found == expected, f"{what}: expected {_short(expected)}, found {_short(found)}")


def sample(count: int, start: int = 0, dimension: int = DIMENSION) -> list[Entry]:
    """Entries with vectors of length one, the same for the same numbers; ids are four digits, in order."""
    rng = np.random.default_rng(start + 1)
    rows = rng.normal(size=(count, dimension)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return [
        Entry(f"{start + n:04}", row, {"scope": "even" if n % 2 == 0 else "odd", "third": n % 3 == 0, "number": n})
        for n, row in enumerate(rows)
    ]


def cue(start: int = 500) -> Vector:
    """A vector to search with that is none of those of `sample(…)` below its number."""
    return sample(1, start)[0].vector


def ranked(entries: Sequence[Entry], vector: Vector, where: Mapping[str, Plain] | None = None) -> list[str]:
    """The ids that an exact search would give, best first."""
    found = [e for e in entries if all(e.metadata.get(name) == value for name, value in (where or {}).items())]
    return [entry.id for entry in sorted(found, key=lambda entry: -float(entry.vector @ vector))]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:200]} … ({len(text):,} characters)"


def _quietly(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:  # noqa: BLE001 - a store may raise anything, and what its check found comes first
        _log.warning("a store that was on trial did not end well", exc_info=True)
