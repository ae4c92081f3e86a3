"""Tracing: which terms and names a message has, kept in step with the journal by the indexer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memory.associations.names import names, speaker_name
from memory.journal.traces import Traced
from memory.text import ANALYSIS, content_terms, is_named

if TYPE_CHECKING:
    from memory.journal import Journal
    from memory.journal.traces import Said

IDENTITY = f"2 {ANALYSIS}"
"""Version of the tracing: what was traced by another one is traced anew."""

ENDS_IN_QUESTION, HAS_QUESTION, HAS_DIGIT = 1, 2, 4
"""Marks of a message."""

_MOST_TERMS = 4000
_QUESTION_MARKS = ("?", "？", "؟")
_DIGIT = re.compile(r"\d")


def trace(said: Said) -> Traced:
    """The terms ("speaker: text", stop words out, stemmed, in order), the names, the length and the marks of a message.

    The speaker is one of the names. Of a very long message the first 4,000 terms count.
    """
    text = said.text
    ordered = content_terms(f"{said.speaker}: {text}" if is_named(said.speaker) else text)[:_MOST_TERMS]
    found = names(text)
    if is_named(said.speaker) and (name := speaker_name(said.speaker)):
        found = list(dict.fromkeys([name, *found]))
    marks = (
        ENDS_IN_QUESTION * text.rstrip().endswith(_QUESTION_MARKS)
        + HAS_QUESTION * any(mark in text for mark in _QUESTION_MARKS)
        + HAS_DIGIT * bool(_DIGIT.search(text))
    )
    return Traced(tuple(ordered), tuple(found), len(text.split()), marks)


class TraceIndex:
    """The traces brought up to the journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def catch_up(self, most: int = 256) -> int:
        """Trace at most `most` messages; returns how many; 0 when all are."""
        return self._journal.trace_some(IDENTITY, most, trace) if self._journal.untraced(IDENTITY) else 0

    def lag(self) -> int:
        """How many messages are not traced yet, at most."""
        return self._journal.untraced(IDENTITY)

    def reset(self) -> None:
        """Have all messages traced anew."""
        self._journal.reset_traces()
