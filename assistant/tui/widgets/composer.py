"""Composer: where one writes. Enter sends, Shift+Enter and Ctrl+J break the line, ↑ brings back what was said."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip
from textual.widgets import TextArea

from assistant.tui.completion import meant
from assistant.tui.texts import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events

    from assistant.commands import Command

_FOLD_CHARACTERS = 4_000
_FOLD_LINES = 60
_HISTORY = 500


def keys_of_enter(enter: str) -> dict[str, str]:
    """The keymap when Enter is to break the line: sending is on the keys that otherwise do that."""
    return {"composer.send": "ctrl+j,shift+enter", "composer.newline": "enter"} if enter == "newline" else {}


class Composer(TextArea):
    """A text area that grows with what is written, up to the height that the style sheet allows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", "Send", id="composer.send", show=False),
        Binding("ctrl+j,shift+enter", "newline", "New line", id="composer.newline", show=False),
        Binding("up", "cursor_up", "Earlier message", id="composer.earlier", show=False),
        Binding("down", "cursor_down", "Later message", id="composer.later", show=False),
        Binding("pageup", "cursor_page_up", "Scroll up", id="composer.scroll_up", show=False),
        Binding("pagedown", "cursor_page_down", "Scroll down", id="composer.scroll_down", show=False),
        Binding("alt+d", "delete_word_right", "Delete to the end of the word", id="composer.delete_word", show=False),
        Binding("tab", "complete", "Take the highlighted command", id="composer.complete", show=False),
        Binding("escape", "dismiss", "Close the list of commands", id="composer.dismiss", show=False),
    ]

    class Sent(Message):
        """The user sent `text`."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Scrolled(Message):
        """The user wants the transcript scrolled by a page; `pages` is -1 or 1."""

        def __init__(self, pages: int) -> None:
            super().__init__()
            self.pages = pages

    class Offered(Message):
        """The commands that may be meant by what is written have changed; `at` is the highlighted one's place."""

        def __init__(self, commands: tuple[Command, ...], at: int) -> None:
            super().__init__()
            self.commands = commands
            self.at = at

    class TakeBack(Message):
        """The user pressed the up key in an empty composer: the last queued message may come back."""

    def __init__(self, *, placeholder: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(
            soft_wrap=True, show_line_numbers=False, placeholder=placeholder, id=id, tab_behavior="focus",
            highlight_cursor_line=False,
        )  # fmt: skip
        self._said: list[str] = []
        self._at = 0
        self._draft = ""
        self._pasted: list[tuple[str, str]] = []
        self.queued = False
        self._offers: tuple[Command, ...] = ()
        self._offer = 0

    def remember(self, texts: Iterable[str]) -> None:
        """Make `texts`, oldest first, what the up key goes through."""
        self._said = [text for text in texts if text.strip()][-_HISTORY:]
        self._at = len(self._said)

    def put(self, text: str) -> None:
        """Show `text`, the cursor at its end."""
        self._pasted.clear()
        self.load_text(self._folded(text))
        self.move_cursor(self.document.end)

    @property
    def whole(self) -> str:
        """What is written, with pasted text in its place."""
        text = self.text
        for mark, whole in self._pasted:
            text = text.replace(mark, whole, 1)
        return text

    def action_send(self) -> None:
        """Send what is written, with pasted text in its place; an empty one is not sent.

        The beginning of a command's name is sent as that command, and so is one that was gone to in the list; where
        a slash alone was written, or a word of the command's help, the command is written out to be looked at first.
        """
        if self._offers and " " not in self.text:
            written = self.text[1:].lower()
            begun = bool(written or self._offer) and self._offers[self._offer].name.startswith(written)
            self.action_complete()
            if not begun:
                return
        text = self.whole.rstrip() if self._offers else self.whole
        if not text.strip():
            return
        self.load_text("")
        self._pasted.clear()
        if not self._said or self._said[-1] != text:
            self._said = [*self._said, text][-_HISTORY:]
        self._at = len(self._said)
        self.post_message(self.Sent(text))

    def action_newline(self) -> None:
        """Break the line."""
        self.replace("\n", *self.selection)

    def action_cursor_page_up(self) -> None:
        """Scroll the transcript while the cursor stays here."""
        self.post_message(self.Scrolled(-1))

    def action_cursor_page_down(self) -> None:
        """Scroll the transcript while the cursor stays here."""
        self.post_message(self.Scrolled(1))

    def action_cursor_up(self, select: bool = False) -> None:
        """Up a line; from the first one to what was said before."""
        if self._offers and not select:
            self._offer_next(-1)
        elif select or not self.cursor_at_first_line or (self.text and not self._browsing):
            super().action_cursor_up(select)
        elif not self.text and self.queued:
            self.post_message(self.TakeBack())
        elif self._at > 0:
            if self._at == len(self._said):
                self._draft = self.text
            self._go(self._at - 1)

    def action_cursor_down(self, select: bool = False) -> None:
        """Down a line; from the last one towards the present."""
        if self._offers and not select:
            self._offer_next(1)
        elif select or not self._browsing or not self.cursor_at_last_line:
            super().action_cursor_down(select)
        else:
            self._go(self._at + 1)

    @property
    def _browsing(self) -> bool:
        return self._at < len(self._said) and self.text == self._folded(self._said[self._at])

    def _go(self, at: int) -> None:
        self._at = at
        self.put(self._said[at] if at < len(self._said) else self._draft)

    def update_suggestion(self) -> None:
        """Offer the commands that may be meant; the right arrow takes the rest of the highlighted one's name."""
        self._offer_these(() if self._browsing else meant(self.text), 0)

    def _offer_these(self, offers: tuple[Command, ...], at: int) -> None:
        changed = (offers, at) != (self._offers, self._offer)
        self._offers, self._offer = offers, at
        name = f"/{offers[at].name}" if offers else ""
        self.suggestion = name[len(self.text) :] if name.startswith(self.text) and len(self.text) > 1 else ""
        if changed:
            self.post_message(self.Offered(offers, at))

    def _offer_next(self, by: int) -> None:
        self._offer_these(self._offers, (self._offer + by) % len(self._offers))

    def action_complete(self) -> None:
        """Write the name of the highlighted command out; where something may follow, that is written next."""
        if self._offers and " " not in self.text:
            self.take(self._offers[self._offer])

    def take(self, command: Command) -> None:
        """Write a command, ready for what may follow it."""
        self.put(f"/{command.name}{' ' if command.argument else ''}")

    def action_dismiss(self) -> None:
        """Close the list of commands; what is written stays."""
        self._offer_these((), 0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the list of commands needs works while it is open; else the key is another's."""
        if action == "complete":
            return bool(self._offers) and " " not in self.text
        return bool(self._offers) if action == "dismiss" else super().check_action(action, parameters)

    def render_line(self, y: int) -> Strip:
        """A line as it is drawn; Textual's cannot draw the placeholder where there is no room at all."""
        return super().render_line(y) if self.content_size.width > 0 else Strip([])

    def _recompute_cursor_offset(self) -> None:
        """Where the cursor is drawn.

        While a large paste is undone it stands below the end of what is written for a moment, and Textual ends the
        program when it scrolls there (https://github.com/Textualize/textual/issues/6686).
        """
        self._cursor_offset = self.wrapped_document.location_to_offset(self.clamp_visitable(self.cursor_location))

    async def _on_key(self, event: events.Key) -> None:
        """Do what a key does here in the order of the keys.

        Bindings are looked up when a key has come up to the screen, and letters are written at once: in a burst, or
        while the machine is slow, a letter would overtake the backspace before it, and Enter both.
        """
        letter = event.is_printable and not event.key.startswith("alt+")
        found = None if letter else self.screen.active_bindings.get(event.key)
        if found and found.node is self and found.enabled:
            event.stop()
            event.prevent_default()
            await self.run_action(found.binding.action)
        else:
            await super()._on_key(event)
        await asyncio.sleep(0)  # keys that come in a burst let the loop do something else in between

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")  # terminals send Enter for the end of a line
        self.replace(self._folded(printable(text)), *self.selection)

    def _folded(self, text: str) -> str:
        """`text`, or a mark for it when it is too large to be edited here; sending turns the mark into the text."""
        if len(text) <= _FOLD_CHARACTERS and text.count("\n") <= _FOLD_LINES:
            return text
        for mark, whole in self._pasted:
            if whole == text:
                return mark
        mark = f"[text {len(self._pasted) + 1}: {len(text):,} characters]"
        self._pasted.append((mark, text))
        return mark
