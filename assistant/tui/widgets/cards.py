"""Cards: recollections as they are shown in the panel, in groups, and how strongly each was recalled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from assistant.telling import who
from assistant.tui.texts import FAINT, MUTED, ago, here, moment, one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from assistant.tui.evoked import Evoked
    from memory.types import Message, Recollection, Verdict

_BAR = 8
_TEXT = 220
VERDICTS = {
    "useful": ("✓ useful", "$text-success"),
    "wrong": ("✗ wrong", "$text-error"),
    "outdated": ("↺ outdated", "$text-warning"),
    "never": ("⊘ never again", "$text-error"),
}
"""How a verdict is shown."""


class Card(NamedTuple):
    """One recollection in the panel.

    Attributes:
        one: the recollection.
        group: under which heading it stands: one of `GROUPS`.
        number: of its reference in the answer; 0 when the answer does not lean on it.
        verdict: what was said of it since it was recalled; None for what its why says.
        pinned: whether it is pinned.
    """

    one: Recollection
    group: str
    number: int = 0
    verdict: Verdict | None = None
    pinned: bool = False


GROUPS = {
    "leaned": "The answer leans on",
    "inside": "Also in the prompt",
    "prompt": "In the prompt",
    "found": "Found",
    "left": "Left out of the prompt",
}
"""The headings, in their order."""


def cards_of(evoked: Evoked, pins: Collection[str] = ()) -> list[Card]:
    """The cards of what was recalled: what the answer leans on, what else stood in the prompt, what did not."""
    recall = evoked.recall
    if recall is None:
        return []
    numbers = {id_: at for at, id_ in enumerate(evoked.leaning.notes, 1)} if evoked.leaning else {}
    made = []
    for one in (*recall.recollections, *recall.pinned):
        id_ = one.message.id
        if not evoked.packed:
            group = "found"
        elif id_ in numbers:
            group = "leaned"
        elif id_ in evoked.inside:
            group = "inside" if numbers else "prompt"
        else:
            group = "left"
        made.append(Card(one, group, numbers.get(id_, 0), None, id_ in pins or is_pin(one)))
    order = list(GROUPS)
    return sorted(made, key=lambda card: (order.index(card.group), card.number))


def is_pin(one: Recollection) -> bool:
    """Whether it came as a pin, and not because it was evoked."""
    return any(step.kind == "pinned" for step in one.why.path)


def card(shown: Card) -> Content:
    """A card in a few lines: when, how strongly, who, what was said, and in a sentence why it came."""
    one = shown.one
    message = one.message
    mark = {
        "leaned": (f"[{shown.number}] ", "bold $text-accent"),
        "inside": ("● ", "$text-accent"),
        "prompt": ("● ", "$text-accent"),
        "found": ("· ", MUTED),
        "left": ("○ ", MUTED),
    }[shown.group]
    by = Content.styled(who(message), MUTED)
    if not one.why.signals:
        facts = [by]
    elif shown.group == "leaned":  # its number says it; the bar says only how surely it came
        facts = [by, bar(one.score, style=MUTED)]
    else:
        facts = [bar(one.score), by]
    if shown.pinned:
        facts.append(Content.styled("▪ pinned", "$text-accent"))
    if verdict := shown.verdict or one.why.verdict:
        facts.append(Content.styled(*VERDICTS[verdict]))
    lines = [
        Content.assemble(mark, (ago(message.time), "bold"), (f"  {_when(message)}", MUTED)),
        Content("  ").join([fact for fact in facts if fact]),
        Content.styled(one_line(message.text, _TEXT), MUTED if shown.group == "left" else ""),
    ]
    if one.why.path:
        lines.append(Content.styled(one_line(one.why.sentence(), 160), f"italic {MUTED}"))
    return Content("\n").join([*lines, Content()])


def _when(message: Message) -> str:
    """The day, and of what was said lately the time of day instead of the year: both do not fit."""
    since = ago(message.time)
    lately = ("now", "minute ago", "minutes ago", "hour ago", "hours ago", "yesterday")
    if message.time is None or not since.endswith(lately):
        return moment(message.time, weekday=False, clock=False)
    return f"{here(message.time).day} {here(message.time):%b, %H:%M}"


def heading(group: str, count: int) -> Content:
    """The heading of a group."""
    return Content.assemble((GROUPS[group], "bold $text-primary"), (f"  {count}", MUTED))


def bar(score: float, width: int = _BAR, style: str = "$accent") -> Content:
    """A share from 0 to 1 as a bar and a figure in per cent. Scores of recall are calibrated: it is a probability."""
    return Content.assemble(meter(score, width, style), (f" {round(100 * max(0.0, min(1.0, score))):>3} %", MUTED))


def meter(share: float, width: int, style: str = "$accent") -> Content:
    """A share from 0 to 1 as a bar alone; something above nought is never shown as nothing."""
    share = max(0.0, min(1.0, share))
    halves = round(share * width * 2)
    if share > 0:
        halves = max(1, halves)
    full, half = divmod(halves, 2)
    return Content.assemble(("━" * full + "╸" * half, style), ("─" * (width - full - half), FAINT))


def find_number(cards: Sequence[Card], number: int) -> int | None:
    """The place of the card with this reference; None when there is none."""
    return next((at for at, one in enumerate(cards) if one.number == number), None)
