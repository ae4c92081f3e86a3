"""Recalled: what the last message evoked, as cards; those that stood in the prompt come first and are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message as Posted
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from assistant.tui.texts import FAINT, MUTED, ago, moment, one_line

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from assistant.tui.evoked import Evoked
    from memory.types import Message, Recollection

_BAR = 8
_TEXT = 150


class Recalled(Vertical):
    """The panel on the right (over the transcript in a narrow terminal)."""

    class Opened(Posted):
        """A card was chosen. `cards` are all of them in order, `at` is the chosen one's place."""

        def __init__(self, cards: list[tuple[Recollection, bool]], at: int) -> None:
            super().__init__()
            self.cards = cards
            self.at = at

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.cards: list[tuple[Recollection, bool]] = []

    def compose(self) -> ComposeResult:
        """A heading, a line of figures, the cards."""
        yield Static(Content("Recalled"), classes="title")
        yield Static(Content("What your message brings back appears here."), id="recalled-note")
        yield OptionList(id="cards")

    def show(self, evoked: Evoked) -> None:
        """Show what was recalled; before the prompt is packed nothing is marked yet."""
        recall, prompt = evoked.recall, evoked.prompt
        listing = self.query_one(OptionList)
        if recall is None:
            self.cards = []
            listing.can_focus = False
            listing.clear_options()
            self.query_one("#recalled-note", Static).update(Content("What your message brings back appears here."))
            return
        inside = {note.message.id for note in prompt.notes} if prompt else set()
        found = recall.recollections
        self.cards = [(one, True) for one in found if one.message.id in inside]
        self.cards += [(one, False) for one in found if one.message.id not in inside]
        self.query_one("#recalled-note", Static).update(_summary(evoked, len(inside)))
        listing.set_options(Option(card(one, used if prompt else None), id=one.message.id) for one, used in self.cards)
        listing.can_focus = bool(self.cards)
        listing.highlighted = 0 if self.cards else None
        listing.scroll_home(animate=False)

    @on(OptionList.OptionSelected)
    def _open(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Opened(self.cards, event.option_index))


def _summary(evoked: Evoked, inside: int) -> Content:
    recall, prompt = evoked.recall, evoked.prompt
    found = len(recall.recollections) if recall else 0
    if not found:
        text = "Nothing relevant."
    elif prompt is None:
        text = f"{found} found"
    else:
        text = f"● {inside} in the prompt" + (f"   ○ {found - inside} left out" if found > inside else "")
    notes = [f"! {one_line(note, 200)}" for note in recall.notes] if recall else []
    return Content("\n").join([Content(text), *(Content.styled(note, "$text-warning") for note in notes)])


def card(one: Recollection, used: bool | None) -> Content:
    """One recollection in a few lines. `used` says whether it was in the prompt; None when that is not known yet."""
    mark = {True: ("● ", "$accent"), False: ("○ ", MUTED), None: ("· ", MUTED)}[used]
    message = one.message
    day = moment(message.time).rpartition(",")[0]
    lines = [
        Content.assemble(mark, (ago(message.time), "bold"), (f"  {day}", MUTED)),
        Content.assemble(bar(one.score), (f"  {who(message)}", MUTED)),
        Content(one_line(message.text, _TEXT)),
        Content.styled(one_line(one.why.sentence(), 160), f"italic {MUTED}"),
        Content(),
    ]
    return Content("\n").join(lines)


def bar(score: float, width: int = _BAR) -> Content:
    """A score from 0 to 1 as a bar and a figure."""
    filled = round(max(0.0, min(1.0, score)) * width)
    return Content.assemble(("━" * filled, "$accent"), ("━" * (width - filled), FAINT), (f" {score:.2f}", MUTED))


def who(message: Message) -> str:
    """Who said it, in a word."""
    if message.speaker:
        return one_line(message.speaker, 24)
    return {"user": "you", "assistant": "recollect"}.get(message.role.value, message.role.value)
