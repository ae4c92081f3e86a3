"""Anchors: events that a cue dates something by ("two weeks after the wedding"), found in the memory itself.

The messages that mention the event best are asked: where the event stands in a sentence with a date ("The wedding is on
12 June") that date is the anchor, else the time at which the message was said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memory.recall.timespan import Granularity
from memory.text import content_terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from memory.indexes.words import WordIndex
    from memory.journal import Journal
    from memory.recall.allowed import Allowed
    from memory.types import Message

    Anchors = Callable[[str], list[datetime]]

_SENTENCE = re.compile(r"[^.!?。！？\n]+")
_LOOKED_AT = 20
_MOST = 3
_EXACT = (Granularity.HOUR, Granularity.DAY)


def anchor_dates(event: str, messages: Iterable[Message]) -> list[datetime]:
    """When the event was, the surest first: dates said beside it, then times of messages that have all its terms.

    At most three, no two of the same day.
    """
    wanted = frozenset(content_terms(event))
    said: list[datetime] = []
    heard: list[datetime] = []
    for message in messages:
        if message.time is None or not wanted <= set(content_terms(message.text)):
            continue
        heard.append(message.time)
        said.extend(_dates_beside(wanted, message.text, message.time))
    found: list[datetime] = []
    for moment in [*said, *heard]:
        if all(moment.date() != other.date() for other in found):
            found.append(moment)
    return found[:_MOST] if wanted else []


def _dates_beside(wanted: frozenset[str], text: str, time: datetime) -> list[datetime]:
    from memory.recall.when import span

    dates = []
    for sentence in _SENTENCE.findall(text):
        if wanted <= set(content_terms(sentence)):
            meant = span(sentence, time)
            if meant is not None and meant.granularity in _EXACT:
                starts = [meant.start, *(start for start, _ in meant.others)]
                dates.append(min(starts, key=lambda start: abs(start - time)))
    return dates


def anchors_in(journal: Journal, words: WordIndex, scope: str, allowed: Allowed, notes: list[str]) -> Anchors:
    """A function from an event's name ("the wedding") to when it was, by the messages of a scope that may come back."""

    def find(event: str) -> list[datetime]:
        terms = list(dict.fromkeys(content_terms(event)))
        hits = allowed.search(lambda k: words.search(terms, k, scope, notes), _LOOKED_AT) if terms else []
        owners = journal.owners([passage for passage, _ in hits])
        places = [owners[passage] for passage, _ in hits if passage in owners]
        messages = journal.by_seq(places)
        return anchor_dates(event, [messages[seq] for seq in dict.fromkeys(places) if seq in messages])

    return find
