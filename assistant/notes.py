"""Recollections as notes: quoted, dated, labelled with who said them, and unable to be anything but text.

A note is data. Its words cannot close the quotation, open a turn or imitate the prompt around it: line breaks are
taken out or every line is marked, and the markers of chat templates are broken (`clean.defuse`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from assistant.clean import clean, defuse
from assistant.dates import local_day, long_date, resolve
from assistant.lookalikes import looks
from assistant.packing.note import NOTHING, Age, Beside
from memory.types import Message, Origin, Recollection, Role, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

_SPACE = re.compile(r"\s+")
_LINE_END = re.compile("[\n\u2028\u2029]")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_NAME_LENGTH = 40
_ASKED = 160
CUT = "[…]"


def one_line(recollection: Recollection, characters: int, beside: Beside = NOTHING) -> str:
    """A note for a small model: the message alone in one line, such as `[7 May 2023] Ana: We met a dog.`

    The question that it answers stands in a line before it, the answer to the question that it is in one after it. What
    the user called outdated says so: `[7 May 2023, outdated] …`; so does what is older than another note about the same
    thing, and what was said again: `[9 May 2023, also 7 May 2023] …`. What was brought in from elsewhere is
    `imported`, which stands before the date: a small model asked for a time says on what follows it.
    """
    message = recollection.message
    marks = [*_dated(message), *_marks(recollection, beside)]
    lines = [_line(message, marks, _quoted(message, recollection.why.terms, characters))]
    if beside.before:
        lines.insert(0, _line(beside.before, _dated(beside.before), _ending(beside.before)))
    if beside.after:
        lines.append(_line(beside.after, _dated(beside.after), _quoted(beside.after, (), characters // 2)))
    return "\n".join(lines)


def block(recollection: Recollection, characters: int, beside: Beside = NOTHING) -> str:
    """A note for a large model: the exchange, each message headed by date, speaker and origin, each line after `> `.

    What has to stand beside it and is not part of the exchange comes before or after it in the same form.
    """
    exchange = recollection.exchange or (recollection.message,)
    there = {message.id for message in exchange}
    before = [beside.before] if beside.before and beside.before.id not in there else []
    after = [beside.after] if beside.after and beside.after.id not in there else []
    parts = []
    for message in (*before, *exchange, *after):
        evoked = message.id == recollection.message.id
        text = _quoted(message, recollection.why.terms if evoked else (), characters if evoked else characters // 2)
        lines = "\n".join(f"> {line}" for line in _LINE_END.split(text))
        marks = ", ".join(["", *_long_marks(recollection, beside)]) if evoked else ""
        parts.append(f"[{_heading(message)}{marks}]\n{lines}")
    return "\n".join(parts)


def _line(message: Message, marks: Iterable[str], text: str) -> str:
    """A note in one line; square brackets are the heads of notes alone, those in the text become round."""
    head = ", ".join(marks)
    quoted = _SPACE.sub(" ", text).strip().translate(_ROUND)
    return f"{f'[{head}] ' if head else ''}{_name(message) or _SHORT[message.role]}: {quoted}"


def _dated(message: Message) -> list[str]:
    """When it was said and where it is from, as far as that is not here and from the ones who talk."""
    day = local_day(message)
    origin = _ORIGINS[message.origin]
    return [*([origin] if origin else []), *([long_date(day)] if day else [])]


def _ending(message: Message) -> str:
    """The end of a question, which is what is asked: its last sentence, or two when they are short."""
    found = [part for part in _SENTENCE.split(clean(message.text).strip()) if part.strip()]
    text = found[-1] if found else ""
    if len(found) > 1 and len(found[-2]) + len(text) < _ASKED // 2:
        text = f"{found[-2]} {text}"
    return defuse(text[-_ASKED:])


def _marks(recollection: Recollection, beside: Beside) -> list[str]:
    """What the head of a note says besides the date, in as few words as a small model needs."""
    outdated = ["outdated"] if _is_outdated(recollection) else []
    age = [beside.age.value] if beside.age and not outdated else []
    return [*outdated, *age, *_again(recollection.message, beside)]


def _long_marks(recollection: Recollection, beside: Beside) -> list[str]:
    outdated = ["outdated as the user said"] if _is_outdated(recollection) else []
    age = {Age.OLDER: ["there is a newer note about this"], Age.NEWEST: ["the newest note about this"]}
    return [*outdated, *(age[beside.age] if beside.age and not outdated else []), *_again(recollection.message, beside)]


def _again(message: Message, beside: Beside) -> list[str]:
    """The other days on which the same was said: `also 7 May 2023`, `also 6 times since 7 May 2023`."""
    day = local_day(message)
    days = sorted({other for each in beside.again if (other := local_day(each)) and other != day})
    if not days:
        return []
    first = long_date(days[0])
    return [f"also {first}"] if len(beside.again) == 1 else [f"also {len(beside.again)} times since {first}"]


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
    name = "".join(each for each in name if _stands_in_names(each))
    name = _SPACE.sub(" ", name).strip()[:_NAME_LENGTH].strip()
    words = re.findall(r"\w+", looks(name))
    return "" if not words or _ROLE_WORDS.issuperset(word for word in words if word != "the") else name


def _stands_in_names(character: str) -> bool:
    """Whether it may stand in a name: it can be seen (accents and vowel signs count) and closes or opens nothing."""
    unseen = unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs")
    return not unseen and not _NOT_IN_NAMES.search(looks(character))


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
