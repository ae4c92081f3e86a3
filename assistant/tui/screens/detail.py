"""Detail: one recollection whole: its exchange, what found it and by which path, with the values."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from assistant.tui.screens.dialog import Dialog
from assistant.tui.texts import MUTED, ago, moment, one_line, printable
from assistant.tui.widgets.recalled import bar, who

if TYPE_CHECKING:
    from textual.widget import Widget

    from memory.types import Recollection

_SIGNALS = {
    "cosine": "nearness in meaning (cosine)",
    "bm25": "shared words (BM25)",
    "coverage": "part of your words that it has",
    "neighbour": "a match beside it in its session",
}
_STEPS = {"meaning": "by meaning", "words": "by words", "neighbour": "to its neighbour"}
_SHOWN = 20_000


class Detail(Dialog[None]):
    """Shows one card; left and right go to the others."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "turn(1)", "Next", id="detail.next"),
        Binding("left", "turn(-1)", "Previous", id="detail.previous"),
    ]

    def __init__(self, cards: list[tuple[Recollection, bool]], at: int, cue: str) -> None:
        super().__init__("Why this was recalled", "Esc closes · ← → others · ↑ ↓ scroll")
        self._cards = cards
        self._at = at
        self._cue = cue

    def body(self) -> list[Widget]:
        """Room for a card."""
        return [VerticalScroll(Static(id="detail"), classes="reader")]

    def on_mount(self) -> None:
        """Show the chosen one."""
        self._show()

    def action_turn(self, by: int) -> None:
        """Show the card that is `by` places further."""
        self._at = (self._at + by) % len(self._cards)
        self._show()

    def _show(self) -> None:
        one, used = self._cards[self._at]
        self.query_one("#detail", Static).update(detail(one, used, self._cue, f"{self._at + 1} of {len(self._cards)}"))
        self.query_one(VerticalScroll).scroll_home(animate=False)


def detail(one: Recollection, used: bool, cue: str, place: str) -> Content:
    """Everything that is known about a recollection."""
    lines = [
        Content.assemble((moment(one.message.time), "bold"), (f"  {ago(one.message.time)}", MUTED)),
        Content.assemble(
            ("● in the prompt" if used else "○ left out of the prompt", "$accent" if used else MUTED),
            (f"   {place}", MUTED),
        ),
        Content(),
        *_exchange(one),
        _title("Path"),
        *_path(one, cue),
        Content(),
        _title("Signals"),
        Content.assemble("score  ", bar(one.score)),
        *_signals(one),
    ]
    if one.why.terms:
        shared = ", ".join(one_line(term, 40) for term in one.why.terms)
        lines.append(Content.assemble(("words in common  ", MUTED), shared))
    lines += [
        Content(),
        Content.styled(f"message {one.message.id} · session {one_line(one.message.session, 60)}", MUTED),
    ]
    return Content("\n").join(lines)


def _title(text: str) -> Content:
    return Content.styled(text, "bold $text-primary")


def _exchange(one: Recollection) -> list[Content]:
    lines: list[Content] = []
    for message in one.exchange or (one.message,):
        found = message.id == one.message.id
        mark = ("  ← recalled", "$accent") if found else ("", "")
        lines.append(Content.assemble((who(message), "bold"), mark))
        text = printable(message.text[:_SHOWN])
        if len(message.text) > _SHOWN:
            text += f"\n… {len(message.text) - _SHOWN:,} more characters"
        lines += [Content(text), Content()]
    return lines


def _path(one: Recollection, cue: str) -> list[Content]:
    lines = [Content.assemble(("your words  ", MUTED), one_line(cue, 100))]
    for depth, step in enumerate(one.why.path):
        label = f"  {one_line(step.label, 80)}" if step.label else ""
        lines.append(
            Content.assemble(
                ("  " * depth + "└─ ", MUTED),
                (_STEPS.get(step.kind, f"by {one_line(step.kind, 20)}"), "$accent"),
                label,
                (f"  {step.weight:.2f}", MUTED),
            )
        )
    return lines


def _signals(one: Recollection) -> list[Content]:
    names = {name: _SIGNALS.get(name, one_line(name, 32)) for name in one.why.signals}
    width = max((len(name) for name in names.values()), default=0)
    return [
        Content.assemble((f"{names[name]:<{width}}  ", MUTED), f"{value:8.3f}")
        for name, value in sorted(one.why.signals.items(), key=lambda item: -abs(item[1]))
    ]
