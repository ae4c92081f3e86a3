"""How threads share the interpreter with the loop of the interface, and when garbage is collected."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import weakref
from collections.abc import Iterator

import pytest

from assistant.tui import pace


@pytest.mark.skipif(sys.platform == "win32", reason="there the loop is the usual one")
def test_threads_give_way_at_once_while_the_loop_waits_and_late_while_it_works() -> None:
    before = sys.getswitchinterval()
    seen: list[float] = []

    async def work() -> tuple[float, str]:
        loop, waited = asyncio.get_running_loop(), asyncio.Event()

        def look() -> None:  # in a thread: the loop can do nothing but wait for it
            while sys.getswitchinterval() >= before:
                pass
            seen.append(sys.getswitchinterval())
            loop.call_soon_threadsafe(waited.set)

        threading.Thread(target=look).start()
        await waited.wait()
        return sys.getswitchinterval(), await asyncio.to_thread(lambda: threading.current_thread().name)

    working, name = pace.run(work())
    assert seen[0] < before < working
    assert name != threading.current_thread().name
    assert sys.getswitchinterval() == before


class Knot:
    """Garbage that only collecting finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def _collector() -> Iterator[None]:
    """The collector of garbage is afterwards as it was."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
    gc.enable()


@pytest.mark.usefixtures("_collector")
def test_garbage_is_collected_when_it_is_swept_and_not_before() -> None:
    gc.collect()
    pace.begin()
    knot = weakref.ref(Knot())
    pace.sweep()
    assert knot() is not None, "nothing is collected before everything is loaded"
    pace.settle()
    knot = weakref.ref(Knot())
    kept = [[] for _ in range(10_000)]
    assert knot() is not None, "much that is made collects nothing by itself"
    pace.sweep()
    assert knot() is None
    assert len(kept) == 10_000
