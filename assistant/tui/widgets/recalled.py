"""Recalled: what an answer had recalled, as cards; what it leans on comes first. Each can be judged with one key."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message as Posted
from textual.widgets import Static
from textual.widgets.option_list import Option

from assistant.tui.texts import MUTED, one_line
from assistant.tui.widgets.cards import Card, card, cards_of, find_number, heading
from assistant.tui.widgets.ground import Barred, Ground
from assistant.tui.widgets.hints import Hints
from assistant.tui.widgets.listing import Listing

if TYPE_CHECKING:
    from collections.abc import Collection

    from textual import events
    from textual.app import ComposeResult
    from textual.timer import Timer

    from assistant.tui.evoked import Evoked
    from memory.types import Verdict

_EMPTY = "What your message brings back appears here."
_KEYS = "Enter why · g place · m map · p pin · u useful · x wrong · o outdated · n never again"
_STEP = 4
_STEP_SECONDS = 0.03
JUDGING: list[BindingType] = [
    Binding("u", "judge('useful')", "Useful here", id="memory.useful", show=False),
    Binding("x", "judge('wrong')", "Wrong here", id="memory.wrong", show=False),
    Binding("o", "judge('outdated')", "Outdated", id="memory.outdated", show=False),
    Binding("n", "judge('never')", "Never again", id="memory.never", show=False),
    Binding("z", "judge('none')", "Take the verdict back", id="memory.none", show=False),
    Binding("p", "pin", "Pin, or let go", id="memory.pin", show=False),
    Binding("g", "place", "Go to its place", id="memory.place", show=False),
    Binding("m", "map", "Map of what it is linked to", id="memory.map", show=False),
]
"""What is done with a memory, wherever one is shown."""


class Act(Posted):
    """Something is to be done with the memory of a card: `judge` (with a verdict or `none`), `pin`, `place`, `map`."""

    def __init__(self, card: Card, what: str, verdict: str = "") -> None:
        super().__init__()
        self.card = card
        self.what = what
        self.verdict = verdict


class Cards(Barred, Listing):
    """The list of cards. A digit goes to the card with that reference."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Why", id="memory.why", show=False),
        *JUDGING,
    ]

    class Wanted(Posted):
        """The card with a reference is wanted."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    class Acted(Posted):
        """Something is to be done with the highlighted card."""

        def __init__(self, what: str, verdict: str = "") -> None:
            super().__init__()
            self.what = what
            self.verdict = verdict

    async def _on_key(self, event: events.Key) -> None:
        if event.character and event.character.isdecimal():
            event.stop()
            self.post_message(self.Wanted(int(event.character)))

    def action_judge(self, verdict: str) -> None:
        """Say what the highlighted memory was worth."""
        self.post_message(self.Acted("judge", verdict))

    def action_pin(self) -> None:
        """Pin the highlighted memory, or let go of it."""
        self.post_message(self.Acted("pin"))

    def action_place(self) -> None:
        """Go to where it was said."""
        self.post_message(self.Acted("place"))

    def action_map(self) -> None:
        """Show what it is linked to."""
        self.post_message(self.Acted("map"))


class Recalled(Ground, Vertical):
    """The panel on the right (over the transcript in a narrow terminal)."""

    class Opened(Posted):
        """A card was chosen. `cards` are all of them in order, `at` is the chosen one's place."""

        def __init__(self, cards: list[Card], at: int) -> None:
            super().__init__()
            self.cards = cards
            self.at = at

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.cards: list[Card] = []
        self._rest: list[Card] = []
        self._adding: Timer | None = None

    def compose(self) -> ComposeResult:
        """A heading, a line of figures, the cards, the keys that work on them."""
        yield Static(Content("Recalled"), classes="title")
        yield Static(Content(_EMPTY), id="recalled-note")
        yield Cards(id="cards")
        yield Hints(_KEYS, id="recalled-keys")

    def show(self, evoked: Evoked, pins: Collection[str] = (), *, past: bool = False) -> None:
        """Show what was recalled, now or for an earlier answer (`past`). The same card stays highlighted.

        Before the prompt is packed nothing is marked.
        """
        listing = self.query_one(Cards)
        before = self.chosen
        self.cards = cards_of(evoked, pins)
        self.query_one(".title", Static).update(Content("Recalled then" if past else "Recalled"))
        self.query_one("#recalled-note", Static).update(_summary(evoked, self.cards, past=past))
        self._list()
        listing.can_focus = bool(self.cards)
        self.query_one("#recalled-keys").display = bool(self.cards)
        ids = [one.one.message.id for one in self.cards]
        kept = ids.index(before.one.message.id) if before and before.one.message.id in ids else None
        self._highlight(kept if kept is not None and listing.has_focus else 0)
        if kept is None:
            listing.scroll_home(animate=False)

    def replace(self, at: int, shown: Card) -> None:
        """Show a card otherwise; its place stays."""
        self.cards[at] = shown
        self._add_upto(at)
        self.query_one(Cards).replace_option_prompt(shown.one.message.id, card(shown))

    @property
    def chosen(self) -> Card | None:
        """The highlighted card."""
        option = self.query_one(Cards).highlighted_option
        return next((one for one in self.cards if option and one.one.message.id == option.id), None)

    def follow(self, number: int) -> bool:
        """Highlight the card with this reference; whether there is one."""
        at = find_number(self.cards, number)
        if at is None:
            return False
        self._highlight(at)
        self.query_one(Cards).focus()
        return True

    def _list(self) -> None:
        """List the cards: those in view at once, the others in steps. To lay out all of them would hold up a key."""
        listing = self.query_one(Cards)
        listing.clear_options()
        self._rest = list(self.cards)
        while self._rest and listing.virtual_size.height < max(listing.size.height, 1):
            self._add(1)
        self._later()

    def _later(self) -> None:
        if self._adding is not None:
            self._adding.stop()
        self._adding = self.set_timer(_STEP_SECONDS, self._step) if self._rest else None

    def _step(self) -> None:
        self._add(_STEP)
        self._later()

    def _add(self, many: int) -> None:
        """List so many more of the cards."""
        listing, at = self.query_one(Cards), len(self.cards) - len(self._rest)
        above = self.cards[at - 1].group if at else ""
        for shown in self._rest[:many]:
            if shown.group != above:
                above = shown.group
                count = sum(one.group == above for one in self.cards)
                listing.add_option(Option(heading(above, count), disabled=True))
            listing.add_option(Option(card(shown), id=shown.one.message.id))
        del self._rest[:many]

    def _add_upto(self, at: int) -> None:
        """List the cards as far as this one, if they are not."""
        self._add(max(0, at + 1 + len(self._rest) - len(self.cards)))

    def _highlight(self, at: int) -> None:
        listing = self.query_one(Cards)
        if self.cards:
            self._add_upto(at)
            listing.highlighted = listing.get_option_index(self.cards[at].one.message.id)

    @on(Listing.OptionSelected)
    def _open(self, event: Listing.OptionSelected) -> None:
        event.stop()
        at = next((at for at, one in enumerate(self.cards) if one.one.message.id == event.option_id), None)
        if at is not None:
            self.post_message(self.Opened(self.cards, at))

    @on(Cards.Wanted)
    def _wanted(self, event: Cards.Wanted) -> None:
        event.stop()
        self.follow(event.number)

    @on(Cards.Acted)
    def _acted(self, event: Cards.Acted) -> None:
        event.stop()
        if shown := self.chosen:
            self.post_message(Act(shown, event.what, event.verdict))


def _summary(evoked: Evoked, cards: list[Card], *, past: bool) -> Content:
    """How much of it there is, and of an answer that is looked back at (`past`) the question."""
    recall = evoked.recall
    if recall is None:
        return Content(_EMPTY)
    count = Counter(shown.group for shown in cards)
    leaned, inside = count["leaned"], count["leaned"] + count["inside"] + count["prompt"]
    if not cards:
        text = "Nothing relevant."
    elif not evoked.packed:
        text = f"{len(cards)} found"
    else:
        text = f"leans on {leaned} of {inside} in the prompt" if leaned else f"{inside} in the prompt"
    notes = [Content.styled(f"! {one_line(note, 200)}", "$text-warning") for note in recall.notes]
    asked = evoked.question.strip() if past else ""
    about = [Content.styled(f"for “{one_line(asked, 60)}”", MUTED)] if asked else []
    return Content("\n").join([Content(text), *about, *notes])


def verdict_of(name: str) -> Verdict | None:
    """The verdict of this name; None for `none`, which takes one back."""
    from memory.types import Verdict

    return None if name == "none" else Verdict(name)
