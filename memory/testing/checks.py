"""Every check of a store, in the order in which they are run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memory.testing import living, searching, writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from memory.testing.trial import Trial


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        name: a word or two.
        run: does it; raises `ConformanceError` when the store fails, `NotApplicable` when it says nothing of it.
    """

    name: str
    run: Callable[[Trial], None]

    @property
    def says(self) -> str:
        """The sentence that must hold."""
        return (self.run.__doc__ or "").strip()


CHECKS: tuple[Check, ...] = (
    Check("scores", searching.scores),
    Check("how many", searching.how_many),
    Check("filters", searching.filters),
    Check("dimensions", searching.dimensions),
    Check("texts", searching.texts),
    Check("again", writing.again),
    Check("replacing", writing.replacing),
    Check("getting", writing.getting),
    Check("deleting", writing.deleting),
    Check("paging", writing.paging),
    Check("many", writing.many),
    Check("clearing", writing.clearing),
    Check("reopening", living.reopening),
    Check("another dimension", living.another_dimension),
    Check("second opener", living.second_opener),
    Check("another process", living.another_process),
    Check("threads", living.threads),
    Check("dropping", living.dropping),
)
