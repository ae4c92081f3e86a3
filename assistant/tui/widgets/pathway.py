"""Pathway: why a memory was recalled, drawn: the path from the cue as a small tree, the signals as bars."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from textual.content import Content

from assistant.telling import who
from assistant.tui.texts import FAINT, MUTED, moment, one_line
from assistant.tui.widgets.cards import meter
from memory.types import STEP_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memory.types import Message, Recollection

SIGNALS = {
    "cosine": ("Meaning", "nearness to your words", 1.0),
    "with previous": ("Meaning", "nearness together with what was said before it", 1.0),
    "context": ("Meaning", "nearness to what you spoke of just before", 1.0),
    "bm25": ("Words", "shared words, rare ones more, against the best (BM25)", 1.0),
    "coverage": ("Words", "part of your words that it has", 1.0),
    "neighbour": ("Around it", "a match said beside it", 1.0),
    "session": ("Around it", "matches in its session", 1.0),
    "name": ("Association", "over a name that a match has too", 1.0),
    "term": ("Association", "over a rare word that a match has too", 1.0),
    "similar": ("Association", "like a match in meaning", 1.0),
    "tied": ("Association", "tied to matches by you or by earlier recalls", 1.0),
    "two hops": ("Association", "over two steps", 1.0),
    "time": ("Time", "said at the time you speak of", 1.0),
    "model": ("Together", "before what you said of it", 1.0),
    "feedback": ("Together", "what you said of it for the like", 1.0),
}
"""Signal -> what it is about, what it says, and the value at which its bar is full."""

_BAR = 10
_VALUE = 7
_LEAST_TEXT = 12


def path_lines(one: Recollection, cue: str, messages: Mapping[str, Message], width: int) -> list[Content]:
    """The path from the cue to a memory, one level a message, with the activation that each step carried.

    `messages` are those on the way as far as they are known, by id.
    """
    room = max(_LEAST_TEXT, width - 14)
    lines = [Content.assemble(("○ ", "$text-accent"), ("your words  ", MUTED), f"“{one_line(cue, room)}”")]
    levels = [(id_, list(steps)) for id_, steps in groupby(one.why.path, lambda step: step.message_id)]
    for depth, (id_, steps) in enumerate(levels):
        lead = " " * depth
        for at, step in enumerate(steps):
            told = STEP_KINDS.get(step.kind, f"by {one_line(step.kind, 20)}")
            own = step.kind == "words" and id_ == one.message.id  # on the way to another its label is that one's text
            if step.label and (own or step.kind in ("name", "term")):
                told += f": {one_line(step.label, 60)}"
            joint = "└┬ " if at == len(steps) - 1 else "├─ "
            space = max(_LEAST_TEXT, width - len(lead) - 3 - _BAR - _VALUE)
            strong = () if step.kind == "pinned" else (meter(step.weight, _BAR), (f"{step.weight:>{_VALUE}.3f}", MUTED))
            lines.append(
                Content.assemble(
                    (lead + joint, FAINT),
                    (one_line(told, space - 1).ljust(space), "$text-accent"),
                    *strong,
                )
            )
        lines.append(_stop(id_, one, messages, lead + " ", room, last=depth == len(levels) - 1))
    return lines


def _stop(id_: str, one: Recollection, messages: Mapping[str, Message], lead: str, room: int, *, last: bool) -> Content:
    if last or id_ == one.message.id:
        return Content.assemble((lead + "◆ ", "$text-accent"), ("this memory", "bold"))
    message = messages.get(id_)
    if message is None:
        return Content.assemble((lead + "● ", "$text-accent"), ("another memory", MUTED))
    day = moment(message.time).rpartition(",")[0] or "no date"
    head = f"{who(message)}, {day}  "
    text = one_line(message.text, max(_LEAST_TEXT, room - len(lead) - len(head)))
    return Content.assemble((lead + "● ", "$text-accent"), (head, MUTED), f"“{text}”")


def signal_lines(one: Recollection, width: int) -> list[Content]:
    """Every signal that says something, as a bar on its own scale, by what it is about; then those that say nothing."""
    known = [name for name in SIGNALS if name in one.why.signals]
    others = [name for name in one.why.signals if name not in SIGNALS]
    lines: list[Content] = []
    heading = ""
    explain = width >= 64
    for name in [*known, *others]:
        value = one.why.signals[name]
        about, says, full = SIGNALS.get(name, ("Other", "", 1.0))
        if value == 0:
            continue
        first, heading = about if about != heading else "", about
        lines.append(
            Content.assemble(
                (f"{first:<12}", "bold"),
                f"{one_line(name, 14):<14}",
                meter(value / full, _BAR),
                (f"{value:>{_VALUE}.2f}", MUTED),
                (f"   {one_line(says, max(_LEAST_TEXT, width - 48))}" if explain and says else "", MUTED),
            )
        )
    if silent := [name for name in known if one.why.signals[name] == 0]:
        lines.append(Content.styled(one_line(f"nothing from: {', '.join(silent)}", width), MUTED))
    return lines
