"""Recollections as notes: quoted, dated, labelled with who said them, and unable to be anything but text.

A note is data. Its words cannot close the quotation, open a turn or imitate the prompt around it: line breaks are
taken out or every line is marked, and the markers of chat templates are broken (`clean.defuse`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.clean import clean, defuse
from assistant.dates import local_day, long_date, resolve
from memory.types import Message, Origin, Recollection, Role, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

_SPACE = re.compile(r"\s+")
_LINE_END = re.compile("[\n\u2028\u2029]")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_NAME_LENGTH = 40
CUT = "[…]"


def in_time_order(recollections: Iterable[Recollection]) -> list[Recollection]:
    """Oldest first; those without a time stand first, by their place in the journal."""
    return sorted(recollections, key=lambda each: (each.message.time is not None, each.message.time, each.message.seq))


def one_line(recollection: Recollection, characters: int) -> str:
    """A note for a small model: the message alone in one line, such as `[7 May 2023] Ana: We met a dog.`

    What the user called outdated says so: `[7 May 2023, outdated] …`.
    """
    message = recollection.message
    text = _SPACE.sub(" ", _quoted(message, recollection.why.terms, characters)).strip()
    day = local_day(message)
    marks = [*([long_date(day)] if day else []), *(["outdated"] if _is_outdated(recollection) else [])]
    head = f"[{', '.join(marks)}] " if marks else ""
    return f"{head}{_name(message) or _SHORT[message.role]}: {text}"


def block(recollection: Recollection, characters: int) -> str:
    """A note for a large model: the exchange, each message headed by date, speaker and origin, each line after `> `."""
    parts = []
    for message in recollection.exchange or (recollection.message,):
        evoked = message.id == recollection.message.id
        text = _quoted(message, recollection.why.terms if evoked else (), characters if evoked else characters // 2)
        lines = "\n".join(f"> {line}" for line in _LINE_END.split(text))
        outdated = ", outdated as the user said" if evoked and _is_outdated(recollection) else ""
        parts.append(f"[{_heading(message)}{outdated}]\n{lines}")
    return "\n".join(parts)


def _is_outdated(recollection: Recollection) -> bool:
    return recollection.why.verdict is Verdict.OUTDATED


def _heading(message: Message) -> str:
    day = local_day(message)
    who = {Role.USER: "the user", Role.ASSISTANT: "you, the assistant"}.get(message.role, f"a {message.role.value}")
    name = _name(message)
    if name:
        who = f"{name} ({message.role.value})"
    origin = {Origin.IMPORT: ", imported", Origin.TOOL: ", output of a tool"}.get(message.origin, "")
    broken = "" if message.status is Status.COMPLETE else ", not finished"
    return f"{long_date(day) if day else 'date unknown'}, {who}{origin}{broken}"


_SHORT = {Role.USER: "User", Role.ASSISTANT: "Assistant", Role.SYSTEM: "System", Role.TOOL: "Tool"}


def _name(message: Message) -> str:
    name = re.sub(r"[\[\]():<>|｜]", "", _SPACE.sub(" ", clean(message.speaker))).strip()
    return name[:_NAME_LENGTH]


def _quoted(message: Message, terms: Iterable[str], characters: int) -> str:
    text = excerpt(clean(message.text), terms, characters)
    day = local_day(message)
    return defuse(resolve(text, day) if day else text)


def excerpt(text: str, terms: Iterable[str], characters: int) -> str:
    """At most `characters` (and a mark at each cut) of `text`: the run of whole sentences with most of the terms."""
    text = text.strip()
    if len(text) <= characters:
        return text
    sentences = [part for part in _SENTENCE.split(text) if part.strip()]
    wanted = [term.lower() for term in terms]
    worth = [sum(term in sentence.lower() for term in wanted) for sentence in sentences]
    first = last = worth.index(max(worth)) if worth else 0
    size = len(sentences[first]) if sentences else 0
    while size < characters:
        before = worth[first - 1] if first > 0 else -1
        after = worth[last + 1] if last + 1 < len(sentences) else -1
        step = first - 1 if before > after else last + 1
        if max(before, after) < 0 or size + 1 + len(sentences[step]) > characters:
            break
        first, last = min(first, step), max(last, step)
        size += 1 + len(sentences[step])
    kept = " ".join(sentences[first : last + 1])[:characters].rstrip()
    whole_end = last == len(sentences) - 1 and size <= characters
    return f"{CUT + ' ' if first else ''}{kept}{'' if whole_end else ' ' + CUT}"
