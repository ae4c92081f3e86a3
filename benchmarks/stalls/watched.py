"""The interface with a clock in its event loop, for `benchmarks stalls`.

    python -m benchmarks.stalls.watched REPORT SESSION [--where]

When it ends it writes to REPORT, as JSON, every tick of the loop that was late, with the processor time that the loop's
thread and the whole process used meanwhile, and what the collector of garbage took of it. With `--where` also where the
thread was; looking takes time of its own. On SIGUSR1 it remembers 400 messages, which are then indexed.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from assistant.tui import pace
from assistant.tui.app import RecollectApp
from benchmarks.talk import talk

_TICK = 0.005
_NOTED = 0.010
_LOOK = 0.008
_MUCH = 400


class _Watch:
    """Ticks in the loop, and a thread that looks where the loop's thread is while a tick is late."""

    def __init__(self) -> None:
        self.late: list[dict[str, Any]] = []
        self.ticks = 0
        self.collections: list[list[float]] = [[], [], []]
        self._due = time.monotonic()
        self._gc = self._gc_began = self._gc_used = 0.0
        self._places: list[str] = []
        self._main = threading.get_ident()
        gc.callbacks.append(self._collecting)
        if "--where" in sys.argv:
            threading.Thread(target=self._look, daemon=True).start()

    def _collecting(self, phase: str, told: dict[str, int]) -> None:
        if phase == "start":
            self._gc_began, self._gc_used = time.perf_counter(), time.thread_time()
        else:
            self._gc += time.perf_counter() - self._gc_began
            self.collections[told["generation"]].append(time.thread_time() - self._gc_used)

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK)
            if time.monotonic() - self._due > 2 * _LOOK and (frame := sys._current_frames().get(self._main)):
                stack = traceback.extract_stack(frame)[-14:]
                self._places.append(" < ".join(f"{_short(one.filename)}:{one.name}" for one in reversed(stack)))

    async def run(self) -> None:
        """Tick for ever."""
        while True:
            self._gc, self._places = 0.0, []
            thread, process, waits = time.thread_time(), time.process_time(), _preempted()
            self._due = time.monotonic() + _TICK
            await asyncio.sleep(_TICK)
            lateness = time.monotonic() - self._due
            self.ticks += 1
            if lateness >= _NOTED:
                self.late.append(
                    {
                        "at": self._due,
                        "late": lateness,
                        "loop": time.thread_time() - thread,
                        "process": time.process_time() - process,
                        "gc": self._gc,
                        "preempted": _preempted() - waits,
                        "places": self._places[:40],
                    }
                )


def _preempted() -> int:
    """How often the system took the processor from the loop's thread."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw


def _short(path: str) -> str:
    return "/".join(Path(path).parts[-2:]).removesuffix(".py")


class _Watched(RecollectApp):
    CSS_PATH = str(Path(sys.modules[RecollectApp.__module__].__file__ or "").with_name("recollect.tcss"))
    clock: _Watch

    def on_mount(self) -> None:
        super().on_mount()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self._take_in)
        self.clock = _Watch()
        self.ticking = asyncio.create_task(self.clock.run())

    def _take_in(self) -> None:
        """Have much to index: in a thread, as all that the interface does with the memory."""
        memory = self.core.assistant.memory
        threading.Thread(target=memory.remember_many, args=(talk(_MUCH),), daemon=True).start()


def main() -> None:
    """Run it as `recollect` does, and write the report."""
    pace.begin()
    app = _Watched(os.environ, session=sys.argv[2])
    pace.run(app.run_async())
    report = {"ticks": app.clock.ticks, "late": app.clock.late, "collections": app.clock.collections}
    Path(sys.argv[1]).write_text(json.dumps(report), encoding="utf-8")
    os._exit(0)


if __name__ == "__main__":
    main()
