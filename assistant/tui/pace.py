"""Keeps Python's own housekeeping out of the way of the keyboard."""

from __future__ import annotations

import gc
import sys

_SWITCH_SECONDS = 0.001
_YOUNG, _MIDDLE, _OLD = 5_000, 20, 20


def begin() -> None:
    """At the start of the program: no collecting of garbage until `settle`, and threads give way to each other sooner.

    A thread that computes gives the interpreter back when asked for 5 ms, by default; a key that is handled in several
    steps waits that long at each. Collecting while modules are imported finds nothing and takes a tenth of the time.
    """
    gc.disable()
    sys.setswitchinterval(_SWITCH_SECONDS)


def settle() -> None:
    """Once everything is loaded: what is there by now is never looked through again, and collecting begins.

    Modules, style sheets and models are some hundred thousand objects; to look through them took up to a quarter of a
    second, in the middle of whatever was done. Does nothing unless `begin` did.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
        gc.enable()
