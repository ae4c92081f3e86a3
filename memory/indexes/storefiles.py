"""StoreFiles: the files of an embedded store, looked at before they are opened, while they are, and when closed.

What is wrong with them ends in one way: they are removed, and the store is filled anew from the journal.
"""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING

from memory.errors import StorageError
from memory.indexes.locks import ProcessLock
from memory.indexes.probe import survives
from memory.indexes.proving import SAMPLE, sampled
from memory.indexes.seal import Seal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from memory.journal import Journal
    from memory.store import StoreSpec

_log = logging.getLogger(__name__)
_SMALL = 2000


def lock_path(folder: Path, place: str) -> Path:
    """The lock of the one process that may have the embedded store at `place` open."""
    return folder / f"{place}.lock"


class StoreFiles:
    """The folder of an embedded store.

    Args:
        data: the data folder.
        place: name of the store's folder there.
    """

    def __init__(self, data: Path, place: str) -> None:
        self._data = data
        self._place = place
        self.folder = data / place
        self._seal = Seal(self.folder)
        self.touched = False

    def are_whole(self, store: str, spec: StoreSpec, journal: Journal, embedder: str, position: int) -> bool:
        """Whether the files may be opened: they are those that the store was closed with, or they bear being tried.

        After a killed process the former is not known. A small store is then made anew, which takes no longer than
        looking; a large one is tried in a process of its own, as damaged files may end the one that opens them.
        """
        if not self.folder.exists():
            return False
        holds = self._seal.holds()
        if holds is False:
            _log.warning("files of the vector store in %s were changed or lost; it is made anew", self.folder)
        if holds is not None:
            return holds
        if journal.count_vectors(embedder, 0) <= _SMALL:
            return False
        return survives(store, spec, sampled(journal, embedder, position, SAMPLE)[1])

    def opening(self) -> None:
        """To be called before the store is opened: from now on only `closed` says that the files are good."""
        self.touched = False
        try:
            self._seal.lift()
        except OSError as error:
            raise StorageError(
                f"{error.filename} cannot be removed: {error.strerror or error}.", "Check its folder's permissions."
            ) from error

    def note(self) -> None:
        """Remember how the files are, when the store has written all that it was given."""
        self._seal.note()
        self.touched = False

    def disturbed(self) -> bool:
        """Whether somebody was at the files of the open store."""
        return self._seal.gone() if self.touched else self._seal.disturbed()

    def closed(self) -> None:
        """Seal the files as they are: the store was closed, and nobody else was at them."""
        self._seal.put()

    def remove(self) -> None:
        """Remove the files, and those that another store left here. Raises `StorageError`."""
        from memory.registry import store_names

        self._removed(self._place)
        for name in store_names():
            if name != self._place and (self._data / name).exists():
                with ProcessLock(lock_path(self._data, name)).held() as got:
                    if got:
                        self._removed(name)

    def _removed(self, place: str) -> None:
        folder = self._data / place
        try:
            Seal(folder).lift()
            shutil.rmtree(folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(
                f"The vector store in {folder} cannot be made anew: {error.strerror or error}.",
                "Check that the folder can be written.",
            ) from error

    def settle(self, search: Callable[[], object]) -> None:
        """Have the store write what it put off until a search, and remember how its files are."""
        search()
        self.note()
