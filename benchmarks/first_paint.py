"""When the first frame is on the terminal, against a bare Textual app, and what the UI weighs at rest.

Both run in a pseudo-terminal of the same size, with their modules compiled, as they are where they were installed; a
frame is there when a word of it has come out. Both are started in turn, and once before anything counts. What the
processor did until then says more than the clock where other programs run.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from typing import NamedTuple

import psutil

from assistant.locations import locations
from benchmarks.report import Figure, quick, show
from benchmarks.terminal import compiled

_RUNS = 11
_BARE = (
    "from textual.app import App\nfrom textual.widgets import Static\n"
    "class Bare(App):\n    def compose(self):\n        yield Static('barepaint')\nBare().run()\n"
)


def _spawn(command: list[str], environment: dict[str, str]) -> tuple[int, int]:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 36, 120, 0, 0))
    return pid, terminal


def _until(terminal: int, word: bytes, timeout: float) -> float:
    """Seconds until `word` has come out of the terminal. Raises `TimeoutError`."""
    start, seen = time.perf_counter(), b""
    while time.perf_counter() - start < timeout:
        if select.select([terminal], [], [], 0.05)[0]:
            seen += os.read(terminal, 65536)
            if word in seen:
                return time.perf_counter() - start
    raise TimeoutError(f"{word!r} did not come out within {timeout} s; last: {seen[-500:]!r}")


def _rest(terminal: int, seconds: float) -> None:
    """Let it run for a while, reading what it draws."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        if select.select([terminal], [], [], 0.05)[0]:
            os.read(terminal, 65536)


class _Start(NamedTuple):
    """Seconds to the first frame, processor seconds until then, mebibytes resident after some rest."""

    seconds: float
    computed: float
    weight: float


def _run(command: list[str], word: bytes, environment: dict[str, str], rest: float = 0.0) -> _Start:
    pid, terminal = _spawn(command, environment)
    try:
        seconds = _until(terminal, word, 60)
        used = psutil.Process(pid).cpu_times()
        _rest(terminal, rest)
        return _Start(seconds, used.user + used.system, psutil.Process(pid).memory_info().rss / 2**20)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        environment = compiled(os.environ, f"{home}/compiled")
        environment |= {"TERM": "xterm-256color", "RECOLLECT_HOME": f"{home}/home"}
        environment["RECOLLECT_MODELS"] = str(locations(os.environ).models)
        bare, ours = [], []
        for run in range(2 if quick() else _RUNS + 1):
            one = _run([sys.executable, "-c", _BARE], b"barepaint", environment)
            two = _run([sys.executable, "-m", "assistant.cli"], b"recollect", environment)
            if run:
                bare.append(one)
                ours.append(two)
        for title, part in (("First frame", "seconds"), ("Processor until the first frame", "computed")):
            shown = [
                Figure(name, [1000 * float(getattr(start, part)) for start in starts], "ms")
                for name, starts in (("bare Textual app", bare), ("recollect", ours))
            ]
            show(title, shown, "bare Textual app")
        weight_bare = _run([sys.executable, "-c", _BARE], b"barepaint", environment, 1 if quick() else 5).weight
        weight = _run([sys.executable, "-m", "assistant.cli"], b"recollect", environment, 1 if quick() else 25).weight
        show(
            "Resident at rest",
            [Figure("bare Textual app", [weight_bare], "MiB"), Figure("recollect", [weight], "MiB")],
            "bare Textual app",
        )
