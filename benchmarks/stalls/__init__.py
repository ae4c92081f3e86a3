"""How late the event loop of the interface is, and how long a key takes to be seen, with 10 and with 1,000 messages.

The interface runs in a pseudo-terminal, as it does for a person, with the memory, the embedder and a model server that
streams; a second process types. Lateness is that of a tick every 5 ms in the loop. For whatever was later than 50 ms
it is said who had the processor: the loop's thread itself (and where it was), other threads of the process, or others.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from assistant.app import Assistant
from assistant.locations import locations
from benchmarks.report import Figure, quick, show
from benchmarks.talk import talk

_LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_STALL = 0.05
_SIZE = (36, 120)
_PAUSE = 0.012
_WORDS = "400"


@dataclass
class Run:
    """What one run with a session of a size gave.

    Attributes:
        keys: seconds from a key to its letter on the terminal, by phase.
        late: late ticks, by phase.
        ticks: ticks altogether.
        grown: mebibytes that it grew from the first answer's end to the last one's.
    """

    keys: dict[str, list[float]] = field(default_factory=dict)
    late: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ticks: int = 0
    grown: float = 0.0


class _Terminal:
    """The terminal that a person sits at."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environment)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", *_SIZE, 0, 0))

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._fd, text.encode())

    def until(self, word: str, timeout: float) -> float:
        """Seconds until `word` has been drawn. Raises `TimeoutError`."""
        start, seen, wanted = time.monotonic(), b"", word.encode()
        while (now := time.monotonic()) - start < timeout:
            if select.select([self._fd], [], [], 0.02)[0]:
                seen = seen[-200:] + os.read(self._fd, 65536)
                if wanted in seen:
                    return time.monotonic() - start
        raise TimeoutError(f"{word!r} was not drawn within {now - start:.0f} s; last: {seen[-300:]!r}")

    def rest(self, seconds: float) -> None:
        """Look for a while without doing anything."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self._fd], [], [], min(left, 0.05))[0]:
                os.read(self._fd, 65536)

    def ended(self, timeout: float) -> None:
        """Read until the process has ended."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            try:
                if select.select([self._fd], [], [], 0.1)[0]:
                    os.read(self._fd, 65536)
            except OSError:
                break
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _remember(environ: dict[str, str], messages: int) -> str:
    """Put a session of so many messages into a memory, indexed; its id."""
    with Assistant.open(environ) as assistant:
        session = assistant.memory.new_session()
        assistant.memory.remember_many([replace(one, session=session) for one in talk(messages)])
        assistant.memory.flush(3600)
    return session


def _type(terminal: _Terminal, letters: str) -> list[float]:
    """Type letters at the pace of a quick typist, and say how long each took to be seen."""
    seconds = []
    for letter in letters:
        terminal.type(letter)
        took = terminal.until(letter, 20)
        seconds.append(took)
        terminal.rest(max(0.0, 0.11 - took))
    terminal.type("\x7f" * len(letters))
    return seconds


def _run(environ: dict[str, str], session: str, report: Path, answers: int) -> Run:
    run = Run()
    began: list[tuple[float, str]] = []

    def phase(name: str) -> None:
        began.append((time.monotonic(), name))

    terminal = _Terminal(
        [sys.executable, "-m", "benchmarks.stalls.watched", str(report), session], {**os.environ, **environ}
    )
    phase("opening, models loading")
    terminal.until("recollect", 60)
    run.keys["opening, models loading"] = _type(terminal, _LETTERS)
    terminal.rest(3)
    before = 0.0
    for answer in range(answers):
        terminal.type(f"What about the old piano, for the {answer}th time?\r")
        phase("recalling and streaming")
        terminal.rest(0.1)
        run.keys.setdefault("recalling and streaming", []).extend(_type(terminal, _LETTERS))
        terminal.until("takes it back", 60)
        before = before or psutil.Process(terminal.pid).memory_info().rss
    phase("reading back")
    for _ in range(12):
        terminal.type("\x1b[5~")
        terminal.rest(0.15)
    run.keys["reading back"] = _type(terminal, _LETTERS)
    run.grown = (psutil.Process(terminal.pid).memory_info().rss - before) / 2**20
    phase("leaving")
    terminal.type("\x11")
    terminal.ended(30)
    found = json.loads(report.read_text())
    run.ticks = found["ticks"]
    for tick in found["late"]:
        name = next((name for at, name in reversed(began) if at <= tick["at"]), began[0][1])
        run.late.setdefault(name, []).append(tick)
    run.late.pop("leaving", None)
    return run


def _blame(tick: dict[str, Any]) -> str:
    """Who had the processor while a tick was late."""
    if tick["gc"] > tick["late"] / 2:
        return "collecting garbage"
    if tick["loop"] > tick["late"] / 2:
        return "the loop's own work"
    return "other threads of the process" if tick["process"] > tick["late"] / 2 else "other processes"


def _tell(size: int, run: Run) -> None:
    stalls = [(name, tick) for name, ticks in run.late.items() for tick in ticks if tick["late"] > _STALL]
    print(f"\nStalls over {_STALL * 1000:.0f} ms with {size:,} messages: {len(stalls)} of {run.ticks:,} ticks")
    for (name, blame), count in Counter((name, _blame(tick)) for name, tick in stalls).most_common():
        ticks = [tick for other, tick in stalls if other == name and _blame(tick) == blame]
        worst = max(ticks, key=lambda tick: float(tick["late"]))
        print(f"  {count:>4} x {name}: {blame}; worst {worst['late'] * 1000:.0f} ms "
              f"(loop {worst['loop'] * 1000:.0f}, process {worst['process'] * 1000:.0f}, gc {worst['gc'] * 1000:.0f})")  # fmt: skip
        if "--where" in sys.argv:
            for place, seen in Counter(place for tick in ticks for place in tick["places"]).most_common(6):
                print(f"         {seen:>3}  {place}")


def main() -> None:
    """Measure and print. `--where` also prints where the loop's thread was."""
    sizes = [10] if quick() else [10, 1000]
    runs: dict[int, Run] = {}
    command = [sys.executable, "-m", "benchmarks.stalls.model", _WORDS, str(_PAUSE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as model, tempfile.TemporaryDirectory() as home:
        try:
            assert model.stdout is not None
            url = model.stdout.readline().strip()
            for size in sizes:
                environ = {
                    "TERM": "xterm-256color",
                    "RECOLLECT_HOME": f"{home}/{size}",
                    "RECOLLECT_MODELS": str(locations(os.environ).models),
                    "RECOLLECT_BASE_URL": url,
                    "RECOLLECT_MODEL": "scripted",
                    "RECOLLECT_UI_TITLES": "false",
                }
                session = _remember(environ, size)
                runs[size] = _run(environ, session, Path(home) / "report.json", 1 if quick() else 6)
        finally:
            model.terminate()
    for name in runs[sizes[0]].keys:
        figures = [Figure(f"{size:,} messages", [1000 * one for one in runs[size].keys[name]], "ms") for size in sizes]
        show(f"From a key to its letter on the terminal: {name}", figures, figures[0].name)
        _most(figures)
    for name in runs[sizes[0]].keys:
        figures = [
            Figure(f"{size:,} messages", [1000 * tick["late"] for tick in runs[size].late.get(name, [{"late": 0.0}])], "ms")
            for size in sizes
        ]  # fmt: skip
        show(f"Ticks later than 10 ms: {name}", figures, figures[0].name)
        _most(figures)
    for size in sizes:
        _tell(size, runs[size])
        print(f"  grown by {runs[size].grown:.1f} MiB from the first answer to the last")


def _most(figures: list[Figure]) -> None:
    for figure in figures:
        print(f"  {figure.name:<38} p99 {figure.quantile(0.99):.1f}, most {max(figure.values):.1f} ms")
