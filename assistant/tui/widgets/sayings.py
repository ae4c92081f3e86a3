"""What stands in a transcript: what a person said, what the assistant answered, what went wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message as Posted
from textual.widgets import Static

from assistant.tui.evoked import Evoked
from assistant.tui.markdown import Line, markdown_lines
from assistant.tui.texts import MUTED, one_line, printable
from assistant.tui.widgets.prose import Prose
from assistant.tui.widgets.references import linked, marked
from memory.types import Message, Origin, Role, Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from textual import events

    from assistant.tui.widgets.references import Places
    from memory.errors import RecollectError

MOST_REFERRED = 100_000
"""A longer answer has no references: it is not shown whole."""
REPLACED = "an earlier answer; the one below holds"
_MARKS = {Status.STOPPED: "■ stopped", Status.FAILED: "▲ broken off"}


@dataclass(slots=True)
class Item:
    """One saying as a value, so that its widget can be let go of and made again."""

    role: Role
    text: str
    speaker: str = ""
    time: datetime | None = None
    foot: Content | None = None
    evoked: Evoked = field(default_factory=Evoked)
    id: str = ""
    forgotten: bool = False
    replaced: bool = False

    @classmethod
    def of(cls, message: Message) -> Item:
        """A message of the journal."""
        note = f"{len(message.used)} recalled" if message.used else ""
        speaker = message.speaker or ("" if message.role in (Role.USER, Role.ASSISTANT) else message.role.value)
        made_here = message.role is Role.ASSISTANT and message.origin is not Origin.IMPORT
        evoked = Evoked(reply=message.id if made_here else "", inside=message.used)
        foot = foot_line(message.status, note)
        return cls(message.role, message.text, speaker, message.time, foot, evoked, message.id)

    def widget(self) -> Said | Answer:
        """The widget that shows it."""
        return Answer(self) if self.role is Role.ASSISTANT else Said(self)


class Said(Prose):
    """What a person said, as it was written."""

    INSET = 3
    """Columns beside its text: see the style sheet."""

    def __init__(self, item: Item) -> None:
        super().__init__(item.text, plain=True, head=_name(item.speaker))
        self.item = item
        self.set_class(item.forgotten, "-forgotten")


class Answer(Prose):
    """What the assistant said. Clicking it shows again what it had recalled; its references lead to the memories."""

    INSET = 2
    """Columns beside its text: see the style sheet."""

    class Chosen(Posted):
        """An answer was clicked, or one of its references (its number; 0 for none)."""

        def __init__(self, answer: Answer, number: int = 0) -> None:
            super().__init__()
            self.answer = answer
            self.number = number

    def __init__(self, item: Item) -> None:
        super().__init__(item.text, head=_name(item.speaker), foot=item.foot)
        self.item = item
        self._places: Places = item.evoked.leaning.places if item.evoked.leaning else ()
        self.set_class(item.forgotten, "-forgotten")
        self.set_class(item.replaced, "-replaced")

    def replaced(self) -> None:
        """Another answer to the same message follows: this one steps back."""
        self.item.replaced = True
        self.item.foot = foot_line(Status.COMPLETE, REPLACED)
        self.foot = self.item.foot
        self.add_class("-replaced")

    def waiting(self, what: str) -> None:
        """Say what is being waited for, until the first word comes."""
        self.foot = Content.styled(f"{what} …", f"italic {MUTED}") if what else None

    def end(self, text: str, status: Status, note: str = "") -> None:
        """Draw the whole answer and, below it, how it ended."""
        self.item.text, self.item.foot = text, foot_line(status, note)
        self.finish(text, self.item.foot)

    def refer(self, places: Places) -> None:
        """Show references to memories at these places of the text."""
        if places:
            self._places = places
            self._relay()

    def note(self, foot: Content | None) -> None:
        """Show another line below the answer."""
        self.item.foot = foot
        self.foot = foot

    def _body(self, width: int) -> list[Line]:
        if self._streaming or not self._places or len(self._text) > MOST_REFERRED:
            return super()._body(width)
        laid = markdown_lines(marked(self._text, self._places), width)
        return [line._replace(content=linked(line.content)) for line in laid]

    def action_follow(self, number: int) -> None:
        """Show the memory that a reference leads to."""
        self.post_message(self.Chosen(self, number))

    def on_click(self, event: events.Click) -> None:
        """Show what this answer had recalled; a click that selects text or follows a reference is left alone."""
        known = self.item.evoked.recall or self.item.evoked.reply
        if known and event.chain == 1 and "@click" not in event.style.meta and not self.screen.get_selected_text():
            self.post_message(self.Chosen(self))


class Trouble(Static):
    """What went wrong, and what to do about it, where it happened."""

    def __init__(self, error: RecollectError) -> None:
        parts = [Content.styled(printable(error.message), "bold")]
        if error.hint:
            parts.append(Content(printable(error.hint)))
        super().__init__(Content("\n").join(parts))


class Remark(Static):
    """A quiet line of the interface's own between the sayings."""

    def __init__(self, text: str) -> None:
        super().__init__(Content(printable(text)))


def items_of(messages: Sequence[Message]) -> list[Item]:
    """Messages as values to be shown; answers that were given again are marked."""
    from assistant.history import latest_answers

    current = {message.id for message in latest_answers(messages)}
    items = []
    for message in messages:
        item = Item.of(message)
        if message.id not in current:
            item.replaced, item.foot = True, foot_line(Status.COMPLETE, REPLACED)
        items.append(item)
    return items


def foot_line(status: Status, note: str) -> Content | None:
    """How an answer ended and what it took, as the line below it."""
    mark = _MARKS.get(status, "")
    parts = [Content.styled(mark, "$text-warning")] if mark else []
    parts += [Content.styled(note, MUTED)] if note else []
    return Content(" · ").join(parts) if parts else None


def _name(speaker: str) -> Content | None:
    return Content.styled(one_line(speaker, 40), f"bold {MUTED}") if speaker else None
