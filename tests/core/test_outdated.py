"""A note of what the user called outdated says so, in both forms."""

from __future__ import annotations

from assistant.notes import block, one_line
from memory.types import Recollection, Verdict, Why

from .conftest import said


def test_outdated_is_marked_and_nothing_else() -> None:
    message = said("I live in Lisbon.")
    for verdict, marked in ((Verdict.OUTDATED, True), (Verdict.USEFUL, False), (None, False)):
        recollection = Recollection(message, (message,), 0.5, Why({}, verdict=verdict))
        for note in (one_line(recollection, 200), block(recollection, 200)):
            assert ("outdated" in note.splitlines()[0]) is marked
            assert "I live in Lisbon." in note
