"""Recalling: the part of the conversation's screen that shows what was recalled, and does things with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message as Posted

from assistant.tui.core import in_thread
from assistant.tui.evoked import Evoked
from assistant.tui.memories import Memories
from assistant.tui.screens.quietly import Quietly
from assistant.tui.texts import one_line
from memory.errors import RecollectError

if TYPE_CHECKING:
    from textual.timer import Timer

    from assistant.tui.core import Core
    from assistant.tui.memories import Looked
    from assistant.tui.widgets.cards import Card
    from assistant.tui.widgets.recalled import Act, Recalled
    from assistant.tui.widgets.sayings import Answer
    from assistant.tui.widgets.talk import Talk

_PACKING_SECONDS = 0.2
_DRAWN_SECONDS = 0.15
_TOLD = {
    "useful": "Useful for this. It comes sooner for the like.",
    "wrong": "Wrong for this. It comes later for the like.",
    "outdated": "Outdated. Newer ones come before it, and its note says so.",
    "never": "It will never come back.",
    None: "Taken back.",
}


class Recalling(Quietly):
    """Shows what an answer had recalled, and what is done with a card. `ChatScreen` adds the rest.

    Args:
        core: the assistant, not open yet.
        classes: of the screen.
    """

    class Known(Posted):
        """What an answer had recalled and leans on is known."""

        def __init__(self, answer: Answer, looked: Looked, number: int) -> None:
            super().__init__()
            self.answer = answer
            self.looked = looked
            self.number = number

    class Changed(Posted):
        """What was done with a card is done, and how it is now."""

        def __init__(self, card: Card, told: str) -> None:
            super().__init__()
            self.card = card
            self.told = told

    def __init__(self, core: Core, classes: str) -> None:
        super().__init__(core, classes)
        self.memories = Memories(core)
        self._evoked = Evoked()
        self._pins: frozenset[str] = frozenset()
        self._looked: Answer | None = None
        self._coming: Timer | None = None

    @property
    def panel(self) -> Recalled:
        """The panel with what was recalled."""
        from assistant.tui.widgets.recalled import Recalled

        return self.query_one(Recalled)

    # What is shown

    def on_talk_evoking(self, event: Talk.Evoking) -> None:
        """The running turn recalled, or packed its prompt, which mostly follows at once: then it is shown once.

        When a session was entered, show what its last answer recalled.
        """
        self._look_at(None)
        if self._coming is not None:
            self._coming.stop()
            self._coming = None
        if event.evoked.recall and not event.evoked.packed:
            self._coming = self.set_timer(_PACKING_SECONDS, lambda: self._show_coming(event.evoked))
        else:
            self._show(event.evoked)
        if not event.evoked.recall and (answers := self._answers()):
            self._evoked = answers[-1].item.evoked
            self._know(answers[-1], 0, show=False)

    def _show_coming(self, evoked: Evoked) -> None:
        self._coming = None
        if self._looked is None:
            self._show(evoked)

    def on_talk_kept(self, event: Talk.Kept) -> None:
        """An answer is kept: say so, and find out what it leans on once its end is drawn."""
        self.kept(event.answer)
        self.set_timer(_DRAWN_SECONDS, lambda: self._know(event.answer, 0, show=False))

    def on_answer_chosen(self, event: Answer.Chosen) -> None:
        """Show again what an earlier answer had recalled; a reference leads to its card."""
        event.stop()
        self._look_at(event.answer)
        self._know(event.answer, event.number, show=True)

    def action_look(self, by: int) -> None:
        """Go to the answer that is `by` places further, and show what it had recalled."""
        answers = self._answers()
        if not answers:
            return
        at = answers.index(self._looked) + by if self._looked in answers else len(answers) - 1
        chosen = answers[max(0, min(len(answers) - 1, at))]
        self._look_at(chosen)
        chosen.scroll_visible(animate=False)
        self._know(chosen, 0, show=True)

    def _answers(self) -> list[Answer]:
        """The answers of which it is known, or kept, what they recalled."""
        from assistant.tui.widgets.sayings import Answer

        return [one for one in self.query(Answer) if one.item.evoked.recall or one.item.evoked.reply]

    def action_follow(self) -> None:
        """Go to the memory of the next reference of the answer that is shown."""
        numbers = sorted(card.number for card in self.panel.cards if card.number)
        if not numbers:
            self.notify("This answer has no references.", markup=False)
            return
        self._open_panel()
        chosen = self.panel.chosen
        later = [number for number in numbers if chosen and self.panel.has_focus_within and number > chosen.number]
        self.call_after_refresh(self.panel.follow, later[0] if later else numbers[0])

    @work(exclusive=True, group="look", exit_on_error=False)
    async def _know(self, answer: Answer, number: int, *, show: bool) -> None:
        evoked = answer.item.evoked
        if show and evoked.recall:
            self.show_recalled(evoked)
        try:
            looked = await in_thread(self.memories.look, evoked, answer.text)
        except RecollectError as error:
            if show:
                self.notify(str(error), severity="error", markup=False)
            return
        self.post_message(self.Known(answer, looked, number if show else -1))

    @on(Known)
    def _known(self, event: Known) -> None:
        evoked = event.answer.item.evoked
        evoked.recall, evoked.leaning = event.looked.recall, event.looked.leaning
        evoked.question = evoked.question or event.looked.recall.cue
        self._pins = event.looked.pins
        event.answer.refer(evoked.leaning.places)
        if event.number >= 0:
            self.show_recalled(evoked)
            if event.number > 0:
                self.call_after_refresh(self.panel.follow, event.number)
        elif evoked is self._evoked:
            self._show(evoked)

    def _look_at(self, answer: Answer | None) -> None:
        """Mark the answer that is looked back at."""
        if self._looked is not None:
            self._looked.remove_class("-looked")
        self._looked = answer
        if answer is not None:
            answer.add_class("-looked")

    def _show(self, evoked: Evoked) -> None:
        self._evoked = evoked
        self.panel.show(evoked, self._pins, past=self._looked is not None)

    def show_recalled(self, evoked: Evoked) -> None:
        """Show what was recalled, opening the panel for it."""
        self._show(evoked)
        self._open_panel()

    def _open_panel(self) -> None:
        self.remove_class("-no-panel")
        self.set_class(self.has_class("-narrow"), "-panel")

    def on_recalled_opened(self, event: Recalled.Opened) -> None:
        """Show why the memory of a card came."""
        from assistant.tui.screens.detail import Detail

        cue = self._evoked.recall.cue if self._evoked.recall else ""
        self.app.push_screen(Detail(event.cards, event.at, cue, fetch=self.memories.messages, act=self.act))

    # What is done with a card

    def on_act(self, event: Act) -> None:
        """Do what was asked for with a card."""
        event.stop()
        self.act(event.card, event.what, event.verdict)

    def act(self, card: Card, what: str, verdict: str = "") -> None:
        """Do with a memory what was asked for: `judge` (with a verdict), `pin`, `place` or `map`."""
        message = card.one.message
        if what == "place":
            self.go_to(message.session, message.id)
        elif what == "map":
            self.action_command("map", message.id)
        else:
            self._do(card, what, verdict)

    @work(group="act", exit_on_error=False)
    async def _do(self, card: Card, what: str, verdict: str) -> None:
        message = card.one.message
        cue = self._evoked.recall.cue if self._evoked.recall else ""
        try:
            if what == "judge":
                given = await in_thread(self.memories.judge, message.id, verdict, cue, card.one)
                changed, told = card._replace(verdict=given), _TOLD[given]
            else:
                await in_thread(self.memories.pin, [message.id], not card.pinned)
                changed = card._replace(pinned=not card.pinned)
                told = "Pinned: it stands before the model whenever there is room." if changed.pinned else "Let go of."
        except RecollectError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self.post_message(self.Changed(changed, told))

    @on(Changed)
    def _changed(self, event: Changed) -> None:
        from assistant.tui.screens.detail import Detail

        id_ = event.card.one.message.id
        self._pins = self._pins | {id_} if event.card.pinned else self._pins - {id_}
        for at, card in enumerate(self.panel.cards):
            if card.one.message.id == id_:
                self.panel.replace(at, card._replace(verdict=event.card.verdict, pinned=event.card.pinned))
        if isinstance(self.app.screen, Detail):
            self.app.screen.changed(event.card)
        more = " · z takes it back" if event.card.verdict and not event.told.startswith("Pinned") else ""
        self.notify(f"{event.told}{more}", title=one_line(event.card.one.message.text, 40), markup=False, timeout=3)

    def kept(self, answer: Answer) -> None:
        """An answer and what it answers are remembered."""
        raise NotImplementedError

    def go_to(self, session: str, message: str) -> None:
        """Go to the place of a message in its session."""
        raise NotImplementedError

    def action_command(self, name: str, argument: str = "") -> None:
        """Do what the command of this name does."""
        raise NotImplementedError
