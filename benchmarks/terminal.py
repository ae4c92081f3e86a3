"""A terminal to run the program in, as a person has it, for measuring."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SIZE = (36, 120)


def compiled(environment: Mapping[str, str], folder: str) -> dict[str, str]:
    """`environment`, with Python's compiled modules kept in `folder`: as they are where a program was installed."""
    kept = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": folder}


class Terminal:
    """A pseudo-terminal of 36 rows and 120 columns with a program in it.

    Args:
        command: the program and its arguments.
        environment: its environment, whole.
        folder: where it is run; by itself, here.

    Attributes:
        pid: its process.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: str = ".") -> None:
        self.pid, self._fd = pty.fork()
        self._seen = b""
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], list(command), dict(environment))
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))

    def resize(self, rows: int, columns: int) -> None:
        """Give it another size."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, text: str) -> None:
        """Press keys. What was drawn before does not count for `until` any more."""
        self._seen = b""
        os.write(self._fd, text.encode())

    def until(self, word: str, timeout: float) -> float:
        """Seconds until `word` has been drawn, after what was waited for last. Raises `TimeoutError`."""
        start, wanted = time.monotonic(), word.encode()
        while (now := time.monotonic()) - start < timeout:
            before, found, after = self._seen.partition(wanted)
            if found:
                self._seen = after
                return now - start
            self._seen = before[-300:]
            if select.select([self._fd], [], [], 0.02)[0]:
                self._seen += os.read(self._fd, 65536)
        raise TimeoutError(f"{word!r} was not drawn within {now - start:.0f} s; last: {self._seen!r}")

    def rest(self, seconds: float) -> None:
        """Look for a while without doing anything. Raises `OSError` when the program has ended."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._fd], [], [], min(left, 0.05))[0]:
                os.read(self._fd, 65536)

    @property
    def weight(self) -> float:
        """Mebibytes resident."""
        return float(psutil.Process(self.pid).memory_info().rss) / 2**20

    def kill(self) -> None:
        """End it at once."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)

    def ended(self, timeout: float) -> int:
        """Read until the process has ended; its exit code, -9 when it had to be ended by force."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            with suppress(OSError):  # nothing is drawn any more
                if select.select([self._fd], [], [], 0.1)[0]:
                    os.read(self._fd, 65536)
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            if ended:
                os.close(self._fd)
                return os.waitstatus_to_exitcode(status)
        self.kill()
        return -signal.SIGKILL
