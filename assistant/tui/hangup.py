"""What is left when the terminal goes away: output that nobody sees is dropped, so that the end can come in order.

A terminal that was closed fails every write and has every read end at once. The writes are Textual's: one that fails
kills its writing thread, whose full queue then blocks the interface, or (inline) leaves its reading thread going round
for ever. And that it is gone is not always told by SIGHUP.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

_STANDARD = (0, 1, 2)


class Outlet:
    """A text stream to a terminal that goes on taking what is written when the terminal has gone.

    Args:
        stream: the stream; what is not about writing is asked of it.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._watch = Watch()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a stream has
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write; raises `OSError` where it fails and the terminal is still there."""
        try:
            return self._stream.write(text)
        except OSError:
            self._drop()
            return len(text)

    def flush(self) -> None:
        """Hand on what was written; raises as `write` does."""
        try:
            self._stream.flush()
        except OSError:
            self._drop()

    def _drop(self) -> None:
        """From here on all goes nowhere; in an `except` that is raised again where the terminal is still there."""
        gone = self._watch.lost()
        if self._stream.fileno() not in gone:
            raise  # noqa: PLE0704
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in gone:
            os.dup2(nowhere, number)
        os.close(nowhere)
        with suppress(OSError):
            self._stream.flush()  # what it still holds


def _terminals() -> set[int]:
    """Which of input, output and errors are terminals now."""
    return {number for number in _STANDARD if os.isatty(number)}


class Watch:
    """Notices that a terminal which was there at the beginning has gone."""

    def __init__(self) -> None:
        self._terminals = set() if sys.platform == "win32" else _terminals()

    def gone(self) -> bool:
        """Whether input, output or errors have lost their terminal."""
        return bool(self.lost())

    def lost(self) -> set[int]:
        """Which of them have, by their numbers."""
        return self._terminals - _terminals()


@contextmanager
def outlived() -> Iterator[None]:
    """Meanwhile what Textual writes to outlives the terminal."""
    before = sys.__stderr__
    if before is None or sys.platform == "win32":
        yield
        return
    sys.__stderr__ = Outlet(before)  # type: ignore[misc,assignment]
    try:
        yield
    finally:
        sys.__stderr__ = before  # type: ignore[misc]
