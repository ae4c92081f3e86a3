"""What the answer of a small model leans on: the telling words of its notes, which it is made to prefer.

A small model reads its notes and then says something likely ("He was very happy") in place of what they say ("nervous
and proud"). Raising the likeliness of the notes' own words keeps it to them; what it says with them is still its own.
Asked for a time, it is the dates that are raised, asked for a number, the figures.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.dates import DAYS, MONTHS
from assistant.packing.note import Age
from assistant.wording import is_of_self
from memory.stopwords import STOPWORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.packing.note import Note
    from memory.types import Message

_MOST = 200
_OF_TIMES = 2 / 3
"""Dates are raised less than words: there are few of them, and all of them are near at hand."""

_UNKNOWING = ("I", "don't", "remember", "that")
"""As the prompt's examples have it. All four: without the last one it says the others over and over."""

_WORD = re.compile(r"[^\W\d_]+(?:['’](?!s\b)[^\W\d_]+)?")
_APOSTROPHE = re.compile("['’]")
_GREETING = "thanks thank wow hey hi hello yeah yep yes haha lol congrats glad sounds sure cool awesome btw"
_EMPTY = STOPWORDS | frozenset(_GREETING.split())
_CALLED = re.compile(r"\b(?i:hey|hi|hello|thanks|thank you|congrats|wow|yeah|yes),? [A-Z]\w+|, [A-Z]\w+(?=[!?.])")
"""Somebody is called by name, which tells nothing."""

_ASKS_TIME = re.compile(
    r"\s*(?:since )?(?:when|(?:in |on |at )?(?:what|which) (?:date|day|month|year|time|weekday|season))\b",
    re.IGNORECASE,
)
_ASKS_NUMBER = re.compile(
    r"\s*(?:(?:for )?how (?:long|many|much|old|often)|(?:at )?(?:what|which) age)\b", re.IGNORECASE
)
_ASKS_PAST = re.compile(
    r"\b(?:was|were|did|had|used to|before|earlier|previous(?:ly)?|first|old|ever|all)\b", re.IGNORECASE
)
_YOU = ("You", "Your")
"""Who asks of themselves is to be answered so, and not in their own words ("I am allergic to peanuts")."""

_FIGURES = "one two three four five six seven eight nine ten eleven twelve once twice hundred thousand"
_UNITS = "day days week weeks weekend month months year years"
_SEASONS = "spring summer autumn winter before after since ago"
_NUMBERS = rf"\d+|\b(?:{'|'.join([*_FIGURES.split(), *_UNITS.split()])})\b"
_NUMBER = re.compile(_NUMBERS, re.IGNORECASE)
_TIME = re.compile(rf"{_NUMBERS}|\b(?:{'|'.join([*MONTHS, *DAYS, *_SEASONS.split()])})\b", re.IGNORECASE)


def leaning(notes: Sequence[Note], written: str, question: str, favour: float) -> tuple[tuple[str, float], ...]:
    """Word -> what is added to its likeliness (its logit) wherever the model may say it.

    Args:
        notes: which stand in the prompt. Those that are older than another one about the same thing are not leant on,
            unless the question is about what was.
        written: as they stand there, with their dates.
        question: what is asked.
        favour: for words of the notes; names of those who speak there and words of the question are left out.
    """
    holds = [note for note in notes if note.beside.age is not Age.OLDER or _ASKS_PAST.search(question)]
    told = [_CALLED.sub(" ", message.text) for note in holds for message in _messages(note)]
    if _ASKS_TIME.match(question):
        times = [found for line in written.split("\n") for found in _times(line)]
        return _raised(times, favour * _OF_TIMES)
    if _ASKS_NUMBER.match(question):
        return _raised((found for text in told for found in _NUMBER.findall(text)), favour * _OF_TIMES)
    known = {word.casefold() for word in _WORD.findall(question)}
    known |= {part.casefold() for note in notes for part in _WORD.findall(note.message.speaker)}
    words = _telling(word for text in told for word in _WORD.findall(text))
    you = _raised(_YOU if is_of_self(question) else (), favour)
    return (*_raised((word for word in words if word.casefold() not in known), favour), *you)


def _times(line: str) -> list[str]:
    """The times that a line of a note tells; the one in its head only when it tells no other."""
    head, _, text = line.partition("] ") if line.startswith("[") else ("", "", line)
    told = [found.group() for found in _TIME.finditer(text)]
    return told or [found.group() for found in _TIME.finditer(head)]


def _raised(words: Iterable[str], by: float) -> tuple[tuple[str, float], ...]:
    return tuple((word, by) for word in dict.fromkeys(words))[:_MOST]


def unknowing(favour: float) -> tuple[tuple[str, float], ...]:
    """What an answer leans on when nothing that is known bears on the question: saying so."""
    return _raised(_UNKNOWING, favour)


def _messages(note: Note) -> Iterable[Message]:
    return (note.message, *([note.beside.after] if note.beside.after else []))


def _telling(words: Iterable[str]) -> list[str]:
    """Those that are no stop words; of "I'm" both parts are."""
    return [
        word
        for word in words
        if len(word) > 1 and not all(part in _EMPTY for part in _APOSTROPHE.split(word.casefold()))
    ]
