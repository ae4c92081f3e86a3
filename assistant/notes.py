"""Recollections as notes: quoted, dated, labelled with who said them, and unable to be anything but text.

A note is data. Its words cannot close the quotation, open a turn or imitate the prompt around it: line breaks are
taken out or every line is marked, and the markers of chat templates are broken (`clean.defuse`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.clean import clean, defuse
from assistant.dates import local_day, long_date, resolve
from assistant.lookalikes import looks
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

    What was brought in from elsewhere, and what the user called outdated, says so: `[7 May 2023, imported] …`. Square
    brackets are the heads of notes alone: those in the text become round.
    """
    message = recollection.message
    text = _SPACE.sub(" ", _quoted(message, recollection.why.terms, characters)).strip().translate(_ROUND)
    day = local_day(message)
    marks = [long_date(day) if day else "", _ORIGINS[message.origin], "outdated" if _is_outdated(recollection) else ""]
    told = ", ".join(mark for mark in marks if mark)
    head = f"[{told}] " if told else ""
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
    origin = f", {_ORIGINS[message.origin]}" if _ORIGINS[message.origin] else ""
    broken = "" if message.status is Status.COMPLETE else ", not finished"
    return f"{long_date(day) if day else 'date unknown'}, {who}{origin}{broken}"


_SHORT = {Role.USER: "User", Role.ASSISTANT: "Assistant", Role.SYSTEM: "System", Role.TOOL: "Tool"}


_ORIGINS = {Origin.CHAT: "", Origin.IMPORT: "imported", Origin.TOOL: "output of a tool"}
_ROUND = str.maketrans("[]［］【】〔〕〖〗⟦⟧", "()()()()()()")
_NOT_IN_NAMES = re.compile(r"[\[\](){}<>|:;,\"#*`=~^\\/]")
_ROLE_WORDS = frozenset(
    {"you", "user", "assistant", "system", "tool", "human", "ai", "bot", "model", "q", "a", "note", "notes", "idea"}
)


def _name(message: Message) -> str:
    """The speaker's name, harmless in the head of a note; none when it passes for a role or for a part of the page.

    Roles are told by `message.role` alone, so that no name lets the words of a model or an import pass for the user's.
    """
    name = _SPACE.sub(" ", clean(message.speaker))
    name = "".join(each for each in name if looks(each) and not _NOT_IN_NAMES.search(looks(each)))
    name = _SPACE.sub(" ", name).strip()[:_NAME_LENGTH].strip()
    words = re.findall(r"\w+", looks(name))
    return "" if not words or _ROLE_WORDS.issuperset(word for word in words if word != "the") else name


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
