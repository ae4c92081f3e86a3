"""How late the event loop of the interface is, and how long a key takes to be seen, with 10 and with 1,000 messages.

Keys are typed while models load, while it recalls and streams, while 400 messages are indexed, and while one reads.

The interface runs in a pseudo-terminal, as it does for a person, with the memory, the embedder and a model server that
streams; a second process types. Lateness is that of a tick every 5 ms in the loop. For whatever was later than 50 ms
it is said who had the processor: the loop's thread itself (and where it was), other threads of the process, or others.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assistant.app import Assistant
from benchmarks.report import Figure, quick, show
from benchmarks.streaming import environment, streaming
from benchmarks.talk import talk
from benchmarks.terminal import Terminal, compiled

_LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_STALL = 0.05
_PAUSE = 0.012
_WORDS = 400


@dataclass
class Run:
    """What one run with a session of a size gave.

    Attributes:
        keys: seconds from a key to its letter on the terminal, by phase.
        late: late ticks, by phase.
        ticks: ticks altogether.
        grown: mebibytes that it grew from the first answer's end to the last one's.
        collections: processor seconds of each collecting of garbage, by generation.
    """

    keys: dict[str, list[float]] = field(default_factory=dict)
    late: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ticks: int = 0
    grown: float = 0.0
    collections: list[list[float]] = field(default_factory=list)

    def lateness(self, phase: str) -> list[float]:
        """Milliseconds of the late ticks of a phase."""
        return [1000 * float(tick["late"]) for tick in self.late.get(phase, [])] or [0.0]


def _remember(environ: dict[str, str], messages: int) -> str:
    """Put a session of so many messages into a memory, indexed; its id."""
    with Assistant.open(environ) as assistant:
        session = assistant.memory.new_session()
        assistant.memory.remember_many([replace(one, session=session) for one in talk(messages)])
        assistant.memory.flush(3600)
    return session


def _type(terminal: Terminal, letters: str) -> list[float]:
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

    command = [sys.executable, "-m", "benchmarks.stalls.watched", str(report), session]
    terminal = Terminal([*command, *(["--where"] if "--where" in sys.argv else [])], environ)
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
        before = before or terminal.weight
    phase("indexing")
    os.kill(terminal.pid, signal.SIGUSR1)
    terminal.rest(0.1)
    run.keys["indexing"] = _type(terminal, _LETTERS)
    terminal.rest(2)
    phase("reading back")
    for _ in range(12):
        terminal.type("\x1b[5~")
        terminal.rest(0.15)
    run.keys["reading back"] = _type(terminal, _LETTERS)
    run.grown = terminal.weight - before
    phase("leaving")
    terminal.type("\x11")
    terminal.ended(30)
    found = json.loads(report.read_text())
    run.ticks, run.collections = found["ticks"], found["collections"]
    for tick in found["late"]:
        start, name = next(((at, name) for at, name in reversed(began) if at <= tick["at"]), began[0])
        run.late.setdefault(name, []).append({**tick, "since": tick["at"] - start})
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
    own = sum(tick["loop"] > _STALL for _, tick in stalls)
    print(f"  of these {own} in which the loop's thread itself computed for longer than that")
    for (name, blame), count in Counter((name, _blame(tick)) for name, tick in stalls).most_common():
        ticks = [tick for other, tick in stalls if other == name and _blame(tick) == blame]
        worst = max(ticks, key=lambda tick: float(tick["late"]))
        parts = ", ".join(f"{part} {1000 * worst[part]:.0f}" for part in ("loop", "process", "gc"))
        print(f"  {count:>4} x {name}: {blame}; worst {worst['late'] * 1000:.0f} ms ({parts})")
        if "--where" in sys.argv:
            print("         seconds into it:", *(f"{tick['since']:.2f}" for tick in ticks))
            for place, seen in Counter(place for tick in ticks for place in tick["places"]).most_common(6):
                print(f"         {seen:>3}  {place}")


def main() -> None:
    """Measure and print. `--where` also prints where the loop's thread was."""
    sizes = [10] if quick() else [10, 1000]
    runs: dict[int, Run] = {}
    with streaming(_WORDS, _PAUSE) as url, tempfile.TemporaryDirectory() as home:
        for size in sizes:
            environ = {**compiled(os.environ, f"{home}/compiled"), **environment(url, f"{home}/{size}")}
            session = _remember(environ, size)
            if not runs:  # once for nothing: modules are compiled
                _run(environ, session, Path(home) / "report.json", 1)
            runs[size] = _run(environ, session, Path(home) / "report.json", 1 if quick() else 6)
    for name in runs[sizes[0]].keys:
        figures = [Figure(f"{size:,} messages", [1000 * one for one in runs[size].keys[name]], "ms") for size in sizes]
        show(f"From a key to its letter on the terminal: {name}", figures, figures[0].name)
        _most(figures)
    for name in runs[sizes[0]].keys:
        figures = [Figure(f"{size:,} messages", runs[size].lateness(name), "ms") for size in sizes]
        show(f"Ticks later than 10 ms: {name}", figures, figures[0].name)
        _most(figures)
    for size in sizes:
        _tell(size, runs[size])
        most = [1000 * max(seconds, default=0.0) for seconds in runs[size].collections]
        print("  collecting garbage took at most " + ", ".join(f"{one:.0f}" for one in most) + " ms of the three kinds")
        print(f"  grown by {runs[size].grown:.1f} MiB from the first answer to the last")


def _most(figures: list[Figure]) -> None:
    for figure in figures:
        print(f"  {figure.name:<38} p99 {figure.quantile(0.99):.1f}, most {max(figure.values):.1f} ms")
