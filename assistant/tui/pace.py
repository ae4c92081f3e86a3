"""Keeps Python's own housekeeping out of the way of the keyboard."""

from __future__ import annotations

import gc
import sys

_SWITCH_SECONDS = 0.001
_M_ARENA_MAX = -8
_YOUNG, _MIDDLE, _OLD = 2_000, 4, 1_250


def begin() -> None:
    """At the start of the program: no collecting of garbage until `settle`, and threads give way to each other sooner.

    A thread that computes gives the interpreter back when asked for 5 ms, by default; a key that is handled in several
    steps waits that long at each. Collecting while modules are imported finds nothing and takes a tenth of the time.
    """
    gc.disable()
    sys.setswitchinterval(_SWITCH_SECONDS)


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
        gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
        gc.enable()


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
