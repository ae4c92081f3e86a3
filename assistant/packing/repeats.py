"""What was said again: notes that say the same, shown once with all their dates.

The rule is narrow on purpose, as of two notes that contradict each other none may be lost: they are the same only when
their words are, in order, but for fillers, articles, punctuation and case. One number, name, date or "not" more or less
makes them two. A relative time is part of what is said, so "yesterday" of two days are two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.dates import local_day, resolve
from assistant.packing.note import Beside, Note
from assistant.packing.words import sentences, words
from memory.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memory.types import Message, Recollection

_COMPARED = 64
"""So many different statements are looked at for being part of another; a prompt holds far fewer."""


@dataclass(frozen=True, slots=True)
class _Statement:
    """Who says what.

    Attributes:
        who: speaker and role; two people who say the same say two things.
        outdated: whether the user called it so.
        said: the words of each sentence, in order.
    """

    who: tuple[str, str]
    outdated: bool
    said: tuple[tuple[str, ...], ...]


def collapse(found: Sequence[Recollection], characters: int) -> tuple[list[Note], list[Recollection]]:
    """Recollections as notes, each statement once, at the place of its best; and those that are left out for it.

    Args:
        found: recollections, best first.
        characters: most that is shown of a message; one that is longer than this may be part of no other's note.
    """
    groups: dict[_Statement, list[Recollection]] = {}
    for each in found:
        groups.setdefault(_statement(each), []).append(each)
    for part, whole in _parts(groups, characters):
        groups[whole] += groups.pop(part)
    rank = {each.message.id: place for place, each in enumerate(found)}
    merged = sorted(groups.items(), key=lambda item: min(rank[each.message.id] for each in item[1]))
    notes, again = [], []
    for statement, group in merged:
        shown = max((each for each in group if _statement(each) == statement), key=_when)
        rest = sorted((each for each in group if each is not shown), key=_when)
        terms = tuple(dict.fromkeys(term for each in (shown, *rest) for term in each.why.terms))
        best = max(each.score for each in group)
        shown = replace(shown, score=best, why=replace(shown.why, terms=terms)) if rest else shown
        notes.append(Note(shown, Beside(again=tuple(each.message for each in rest))))
        again += rest
    return notes, again


def _parts(groups: dict[_Statement, list[Recollection]], characters: int) -> list[tuple[_Statement, _Statement]]:
    """(part, whole): statements all of whose sentences stand in another one that was said later and is shown whole.

    The other way round nothing is dropped: the later statement may take back what the longer one said besides.
    """
    some = list(groups)[:_COMPARED]
    found, used = [], set()
    for part in sorted(some, key=lambda one: len(one.said)):
        for whole in sorted(some, key=lambda one: -len(one.said)):
            if (
                len(whole.said) > len(part.said)
                and (whole.who, whole.outdated) == (part.who, part.outdated)
                and set(part.said) <= set(whole.said)
                and whole not in used
                and max(map(_when, groups[part])) <= min(map(_when, groups[whole]))
                and all(len(each.message.text) <= characters for each in groups[whole])
            ):
                found.append((part, whole))
                used.add(part)
                break
    return found


def _statement(recollection: Recollection) -> _Statement:
    message = recollection.message
    day = local_day(message)
    text = resolve(message.text, day) if day else message.text
    said = tuple(found for sentence in sentences(text) if (found := words(sentence))) or ((text,),)
    return _Statement(
        (message.speaker.casefold(), message.role.value), recollection.why.verdict is Verdict.OUTDATED, said
    )


def _when(recollection: Recollection) -> tuple[float, int]:
    return when(recollection.message)


def when(message: Message) -> tuple[float, int]:
    """Orders messages by time; those without one stand first, by their place in the journal."""
    return (message.time.timestamp() if message.time else float("-inf"), message.seq)
