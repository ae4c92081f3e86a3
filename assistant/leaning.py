"""What the answer of a small model leans on: the telling words of its notes, which it is made to prefer.

A small model reads its notes and then says something likely ("He was very happy") in place of what they say ("nervous
and proud"). Raising the likeliness of the notes' own words keeps it to them; what it says with them is still its own.
Asked for a time or a number, it is the figures and dates that are raised. The words of the question are lowered, as an
answer that repeats them says nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.dates import DAYS, MONTHS
from memory.stopwords import STOPWORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.packing.note import Note
    from memory.types import Message

_MOST = 200
_OF_TIMES = 2 / 3
"""Dates are raised less than words: there are few of them, and all of them are near at hand."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_APOSTROPHE = re.compile("['’]")
_ASKS_TIME = re.compile(
    r"\s*(?:when|how (?:long|many|much|old|often)|since when"
    r"|(?:in |on |at )?(?:what|which) (?:date|day|month|year|time|age|weekday|season))\b",
    re.IGNORECASE,
)
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve once twice"
_UNITS = "day days week weeks weekend month months year years spring summer autumn winter before after since ago"
_TIME = re.compile(
    rf"\d+|\b(?:{'|'.join([*MONTHS, *DAYS, *_NUMBERS.split(), *_UNITS.split()])})\b",
    re.IGNORECASE,
)


def asks_time(question: str) -> bool:
    """Whether a question is for a time, a number or a duration."""
    return bool(_ASKS_TIME.match(question))


def leaning(
    notes: Sequence[Note], written: str, question: str, favour: float, disfavour: float
) -> tuple[tuple[str, float], ...]:
    """Word -> what is added to its likeliness (its logit) wherever the model may say it.

    Args:
        notes: which stand in the prompt.
        written: as they stand there, with their dates.
        question: what is asked.
        favour: for words of the notes; names of those who speak there and words of the question are left out.
        disfavour: for words of the question, unless it is for a time.
    """
    if asks_time(question):
        times = dict.fromkeys(found.group() for found in _TIME.finditer(written))
        return tuple((word, favour * _OF_TIMES) for word in times)[:_MOST]
    asked = {word.casefold(): word for word in _telling(_WORD.findall(question))}
    speakers = {part.casefold() for note in notes for part in _WORD.findall(note.message.speaker)}
    told = [word for note in notes for message in _messages(note) for word in _WORD.findall(message.text)]
    words = [word for word in _telling(told) if word.casefold() not in asked and word.casefold() not in speakers]
    raised = [(word, favour) for word in dict.fromkeys(words)][:_MOST]
    return (*raised, *((word, -disfavour) for word in asked.values() if disfavour))


def _messages(note: Note) -> Iterable[Message]:
    return (note.message, *([note.beside.after] if note.beside.after else []))


def _telling(words: Iterable[str]) -> list[str]:
    """Those that are no stop words; of "I'm" both parts are."""
    return [
        word
        for word in words
        if len(word) > 1 and not all(part in STOPWORDS for part in _APOSTROPHE.split(word.casefold()))
    ]
