"""When the first frame is on the terminal, against a bare Textual app, and what the UI weighs at rest.

Both run in a pseudo-terminal of the same size; a frame is there when a word of it has come out.
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

import psutil

from assistant.locations import locations
from benchmarks.report import Figure, quick, show

_RUNS = 7
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


def _run(command: list[str], word: bytes, environment: dict[str, str], rest: float) -> tuple[float, float]:
    """Seconds to the first frame, and mebibytes resident after `rest` seconds."""
    pid, terminal = _spawn(command, environment)
    try:
        seconds = _until(terminal, word, 60)
        _rest(terminal, rest)
        return seconds, psutil.Process(pid).memory_info().rss / 2**20
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "TERM": "xterm-256color", "RECOLLECT_HOME": home}
        environment["RECOLLECT_MODELS"] = str(locations(os.environ).models)
        bare, ours = [], []
        for run in range(2 if quick() else _RUNS + 1):
            one, _ = _run([sys.executable, "-c", _BARE], b"barepaint", environment, 0)
            two, _ = _run([sys.executable, "-m", "assistant.cli"], b"recollect", environment, 0)
            if run:
                bare.append(one * 1000)
                ours.append(two * 1000)
        frames = [Figure("bare Textual app", bare, "ms"), Figure("recollect", ours, "ms")]
        show("First frame", frames, "bare Textual app")
        _, weight_bare = _run([sys.executable, "-c", _BARE], b"barepaint", environment, 1 if quick() else 5)
        _, weight = _run([sys.executable, "-m", "assistant.cli"], b"recollect", environment, 1 if quick() else 25)
        show(
            "Resident at rest",
            [Figure("bare Textual app", [weight_bare], "MiB"), Figure("recollect", [weight], "MiB")],
            "bare Textual app",
        )
