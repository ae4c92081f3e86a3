"""For authors of stores: everything that a `MemoryStore` must do, as checks to run.

With pytest (`pip install "recollect[testing]"`) a subclass of `MemoryStoreConformance` is the whole test file. Without
it `run_checks` does the same; `recollect stores check NAME` prints what that finds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory.testing.checks import CHECKS, Check
from memory.testing.run import Outcome, run_checks
from memory.testing.trial import ConformanceError, NotApplicable, Trial

if TYPE_CHECKING:
    from memory.testing.conformance import MemoryStoreConformance


def __getattr__(name: str) -> object:
    """The test class, when it is asked for: it needs pytest, and nothing else here does."""
    if name == "MemoryStoreConformance":
        from memory.testing.conformance import MemoryStoreConformance

        return MemoryStoreConformance
    raise AttributeError(name)


__all__ = [
    "CHECKS",
    "Check",
    "ConformanceError",
    "MemoryStoreConformance",
    "NotApplicable",
    "Outcome",
    "Trial",
    "run_checks",
]
