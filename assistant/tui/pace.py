"""Keeps Python's own housekeeping, and the threads that load and recall, out of the way of the keyboard."""

from __future__ import annotations

import asyncio
import gc
import selectors
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from concurrent.futures import Executor
    from typing import Any, TypeVar, TypeVarTuple

    T = TypeVar("T")
    Ts = TypeVarTuple("Ts")

_RESTING_SECONDS = 0.0002
_WORKING_SECONDS = 0.02
_M_ARENA_MAX = -8
_MUCH, _YOUNG, _MIDDLE, _OLD = 50_000, 2_000, 4, 1_250


@contextmanager
def _resting() -> Iterator[None]:
    """Meanwhile the loop's thread lets go of the interpreter, and wants it back at once.

    Threads take turns with it, each for `sys.getswitchinterval()` when others want it. With two that import or recall,
    the loop would get a third of the time: 20 ms of drawing would take 60.
    """
    sys.setswitchinterval(_RESTING_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(_WORKING_SECONDS)


class _Selector(selectors.DefaultSelector):
    """Waits for keys: what is computed elsewhere gives way to one at once, and gets its turn when that is done."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; waits for it at most `timeout` seconds."""
        with _resting():
            return super().select(timeout)


class _Loop(asyncio.SelectorEventLoop):
    """A loop whose thread comes before all others, and waits for none of them where it has to do with them."""

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        """Hand work to a thread; one that is started for it is waited for."""
        with _resting():
            return super().run_in_executor(executor, func, *args)

    def _read_from_self(self) -> None:
        """Take note that another thread has posted something."""
        with _resting():
            super()._read_from_self()  # type: ignore[misc]


def _loop() -> asyncio.AbstractEventLoop:
    return _Loop(_Selector())


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, done in a loop in which keys come first.

    Windows has no such loop that can do all that is asked of one; there it is the usual one.
    """
    before = sys.getswitchinterval()
    try:
        with asyncio.Runner(loop_factory=None if sys.platform == "win32" else _loop) as runner:
            return runner.run(work)
    finally:
        sys.setswitchinterval(before)


def begin() -> None:
    """At the start of the program: no collecting of garbage until `settle`.

    Collecting while modules are imported finds nothing and takes a tenth of the time.
    """
    gc.disable()


def few_arenas() -> None:
    """Have the C library share memory among threads: by itself it keeps some for each, and gives none of it back."""
    if sys.platform == "linux":
        import ctypes

        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc has it, musl does not need it
        if mallopt:
            mallopt(_M_ARENA_MAX, 2)


def settle() -> None:
    """Once the first answer is there and everything is loaded: what is there is never looked through again.

    Modules, style sheets and models are some hundred thousand objects; to look through them took up to a quarter of a
    second, in the middle of whatever was done. From here on garbage is collected. Does nothing unless `begin` did.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(_MUCH, _MIDDLE, _OLD)
        gc.enable()


def sweep() -> None:
    """Now and then, from the loop: collect what has become garbage lately, if there may be some.

    By itself the collecting begins in whatever thread makes the next object, which then gives way to nobody until it is
    done; that is left for when very much is made at once.
    """
    young, middle, old = gc.get_count()
    if gc.isenabled() and young > _YOUNG:
        gc.collect(0 if middle < _MIDDLE else 1 if old < _OLD else 2)


def tidy() -> None:
    """While nothing is done: collect all garbage, so that it is seldom collected while something is.

    What is alive the first time has come to stay for the most part, and is not looked through again either. Later it is
    not set aside any more: garbage among it would never be found.
    """
    global _rested  # noqa: PLW0603 - there is one collector of garbage in a process
    if gc.get_freeze_count():
        gc.collect()
        if not _rested:
            _rested = True
            gc.freeze()


_rested = False
