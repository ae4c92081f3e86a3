"""Seal: says whether an embedded store's files are as they were when it was last closed.

Some stores read damaged files without a word and find nonsense, or end the process (Chroma does both). So their files
are looked at before they are opened: when a store closes well, the size and CRC-32 of each file are written down, and
when it is opened that is compared and removed. Without a seal the process before was killed in the midst of it.
While a store is open, a file that is gone or that changes though nothing was written shows that somebody was at it.
"""

from __future__ import annotations

import json
import os
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = 1 << 20
_PASSING = ("-wal", "-shm", "-journal")


class Seal:
    """The seal of one folder.

    Args:
        folder: whose files are sealed; what lies in its own folders counts too.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder.with_name(f"{folder.name}.seal")
        self._seen: dict[str, tuple[int, int, int]] | None = None

    def holds(self) -> bool | None:
        """Whether the files are those that were sealed; None when there is no seal."""
        try:
            sealed = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            return False
        try:
            return bool(sealed == self._sums())
        except OSError:
            return False

    def lift(self) -> None:
        """Take the seal away, before the files are opened. Raises `OSError`."""
        self.path.unlink(missing_ok=True)

    def put(self) -> None:
        """Seal the files as they are now; left undone where that cannot be written."""
        part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        try:
            with os.fdopen(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
                json.dump(self._sums(), file)
            part.replace(self.path)
        except OSError:
            part.unlink(missing_ok=True)

    def note(self) -> None:
        """Remember how the files are now, after all that was asked of the store was done."""
        self._seen = self._stamps()

    def disturbed(self) -> bool:
        """Whether a file is gone or another than it was at the last `note`."""
        return self._seen is not None and self._stamps() != self._seen

    def gone(self) -> bool:
        """Whether what lay topmost at the last `note` has been removed, or another was put in its place.

        Deeper down a store may do as it likes while it writes.
        """
        if not self._seen:
            return False
        top = min(name.count(os.sep) for name in self._seen)
        now = self._stamps()
        return any(
            name not in now or now[name][0] != stamp[0]
            for name, stamp in self._seen.items()
            if name.count(os.sep) == top
        )

    def _files(self) -> list[Path]:
        return sorted(path for path in self._folder.rglob("*") if path.is_file() and not path.name.endswith(_PASSING))

    def _sums(self) -> dict[str, list[int]]:
        return {str(path.relative_to(self._folder)): [path.stat().st_size, _crc(path)] for path in self._files()}

    def _stamps(self) -> dict[str, tuple[int, int, int]]:
        found = {}
        for path in self._files():
            try:
                about = path.stat()
            except OSError:
                continue
            found[str(path.relative_to(self._folder))] = (about.st_ino, about.st_size, about.st_mtime_ns)
        return found


def _crc(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found = zlib.crc32(block, found)
    return found
