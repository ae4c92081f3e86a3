"""Detail: one recollection whole: its exchange, the path from the cue to it, and the signals that found it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message as Posted
from textual.widgets import Static

from assistant.telling import who
from assistant.tui.screens.dialog import Dialog
from assistant.tui.texts import MUTED, ago, moment, one_line, printable
from assistant.tui.widgets.cards import VERDICTS, Card, bar
from assistant.tui.widgets.pathway import path_lines, signal_lines
from assistant.tui.widgets.recalled import JUDGING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual import events
    from textual.widget import Widget

    from memory.types import Message, Recollection

    Fetch = Callable[[Sequence[str]], Mapping[str, Message]]
    Act = Callable[[Card, str, str], None]

_SHOWN = 20_000
_GLANCE = 300
_KEYS = "Esc closes · ← → others · g place · m map · p pin · u useful · x wrong · o outdated · n never again"
_STANDING = {
    "leaned": ("the answer leans on it", "$text-accent"),
    "inside": ("● in the prompt", "$text-accent"),
    "prompt": ("● in the prompt", "$text-accent"),
    "found": ("· found", MUTED),
    "left": ("○ left out of the prompt", MUTED),
}


class Detail(Dialog[None]):
    """Shows one card; left and right go to the others.

    Args:
        cards: all of them in order.
        at: the place of the one that is shown first.
        cue: what they were recalled for.
        fetch: messages by their ids, for a thread; those on the way of a path are shown with their words.
        act: does something with a card; see `assistant.tui.widgets.recalled.Act`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "turn(1)", "Next", id="detail.next"),
        Binding("left", "turn(-1)", "Previous", id="detail.previous"),
        *JUDGING,
    ]

    class Fetched(Posted):
        """The messages on the way of a path are there."""

        def __init__(self, messages: Mapping[str, Message]) -> None:
            super().__init__()
            self.messages = messages

    def __init__(
        self, cards: list[Card], at: int, cue: str, *, fetch: Fetch | None = None, act: Act | None = None
    ) -> None:
        super().__init__("Why this was recalled", _KEYS)
        self._cards = cards
        self._at = at
        self._cue = cue
        self._fetch = fetch
        self._act = act
        self._messages: dict[str, Message] = {}

    def body(self) -> list[Widget]:
        """Room for a card."""
        return [VerticalScroll(Static(id="detail"), classes="reader")]

    def on_mount(self) -> None:
        """Show the chosen one."""
        self.query_one(".reader").focus()
        self.call_after_refresh(self._show)
        if self._fetch:
            wanted = sorted({step.message_id for shown in self._cards for step in shown.one.why.path})
            self.run_worker(lambda: self._fetched(wanted), thread=True, group="fetch", exit_on_error=False)

    def _fetched(self, wanted: Sequence[str]) -> None:
        if self._fetch:
            self.post_message(self.Fetched(self._fetch(wanted)))

    def on_detail_fetched(self, event: Fetched) -> None:
        """Show the path again, with the words on its way."""
        self._messages.update(event.messages)
        self._show(keep=True)

    def on_resize(self, _: events.Resize) -> None:
        """Draw it for the new width."""
        self.call_after_refresh(self._show, keep=True)

    def action_turn(self, by: int) -> None:
        """Show the card that is `by` places further."""
        self._at = (self._at + by) % len(self._cards)
        self._show()

    def action_judge(self, verdict: str) -> None:
        """Say what it was worth."""
        self._do("judge", verdict)

    def action_pin(self) -> None:
        """Pin it, or let go of it."""
        self._do("pin")

    def action_place(self) -> None:
        """Go to where it was said."""
        self._leave_for("place")

    def action_map(self) -> None:
        """Show what it is linked to."""
        self._leave_for("map")

    def _leave_for(self, what: str) -> None:
        if self.on_top:
            self.dismiss(None)
            self._do(what)

    def _do(self, what: str, verdict: str = "") -> None:
        if self._act:
            self._act(self._cards[self._at], what, verdict)

    def changed(self, shown: Card) -> None:
        """A card is otherwise now."""
        self._cards = [shown if one.one.message.id == shown.one.message.id else one for one in self._cards]
        self._show(keep=True)

    def _show(self, keep: bool = False) -> None:
        if not self.is_mounted:
            return
        body = self.query_one("#detail", Static)
        width = max(30, body.content_size.width)
        place = f"{self._at + 1} of {len(self._cards)}"
        body.update(detail(self._cards[self._at], self._cue, place, self._messages, width))
        if not keep:
            self.query_one(VerticalScroll).scroll_home(animate=False)


def detail(shown: Card, cue: str, place: str, messages: Mapping[str, Message], width: int) -> Content:
    """Everything that is known about a recollection, for a width in cells."""
    one = shown.one
    facts = [(f"{place}   ", MUTED), _STANDING[shown.group]]
    if shown.number:
        facts.insert(1, (f"[{shown.number}] ", "bold $text-accent"))
    if shown.pinned:
        facts.append(("   ▪ pinned", "$text-accent"))
    lines = [
        Content.assemble((moment(one.message.time), "bold"), (f"  {ago(one.message.time)}", MUTED)),
        Content.assemble(*facts),
    ]
    if verdict := shown.verdict or one.why.verdict:
        lines.append(Content.assemble(("you said: ", MUTED), VERDICTS[verdict]))
    lines += [Content(), Content(one_line(one.message.text, _GLANCE)), Content()]
    if one.why.path:
        lines += [_title("Path from your words"), *path_lines(one, cue, messages, width), Content()]
    if one.why.signals:
        sure = Content.assemble((f"{'Relevant':<26}", "bold"), bar(one.score, 10), ("     how likely that is", MUTED))
        lines += [_title("What found it"), sure, *signal_lines(one, width), Content()]
    if len(one.exchange) > 1 or len(one.message.text) > _GLANCE or "\n" in one.message.text.strip():
        lines += [_title("Word for word"), *_exchange(one)]
    lines.append(Content.styled(f"message {one.message.id} · session {one_line(one.message.session, 40)}", MUTED))
    return Content("\n").join(lines)


def _title(text: str) -> Content:
    return Content.styled(text, "bold $text-primary")


def _exchange(one: Recollection) -> list[Content]:
    lines: list[Content] = []
    for message in one.exchange or (one.message,):
        found = message.id == one.message.id and len(one.exchange) > 1
        mark = ("  ← recalled", "$text-accent") if found else ("", "")
        lines.append(Content.assemble((who(message), "bold"), mark))
        text = printable(message.text[:_SHOWN])
        if len(message.text) > _SHOWN:
            text += f"\n… {len(message.text) - _SHOWN:,} more characters"
        lines += [Content(text), Content()]
    return lines
