"""The prompt, exactly: what was sent last, and what would be sent for what is being written; part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from assistant.tui.screens.dialog import Dialog
from assistant.tui.texts import FAINT, MUTED, printable
from assistant.tui.widgets.cards import meter

if TYPE_CHECKING:
    from textual.widget import Widget

    from assistant.events import Prompt

_SHOWN = 50_000
_KINDS = {"system": "instructions", "example": "examples", "history": "recent turns", "message": "notes and message"}
_BAR = 24


class PromptDialog(Dialog[None]):
    """Shows one or two prompts; the arrow keys go from one to the other.

    Args:
        sent: what was sent last; None when nothing was yet.
        wanted: what would be sent now; None when nothing is being written.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,right", "turn", "The other one", id="prompt.turn", show=False)
    ]

    def __init__(self, sent: Prompt | None, wanted: Prompt | None) -> None:
        both = sent is not None and wanted is not None
        super().__init__("", f"Esc closes · ↑ ↓ scroll{' · ← → the other one' if both else ''}")
        self._prompts = [
            (title, prompt)
            for title, prompt in (("What would be sent for what you wrote", wanted), ("What was sent last", sent))
            if prompt is not None
        ]
        self._at = 0

    def body(self) -> list[Widget]:
        """Room for it."""
        return [VerticalScroll(Static(id="prompt"), classes="reader")]

    def on_mount(self) -> None:
        """Show the first."""
        self.query_one(".reader").focus()
        self._show()

    def action_turn(self) -> None:
        """Show the other one."""
        self._at = (self._at + 1) % len(self._prompts)
        self._show()

    def _show(self) -> None:
        title, prompt = self._prompts[self._at]
        self.query_one(".title", Static).update(Content(title))
        self.query_one("#prompt", Static).update(prompt_text(prompt))
        self.query_one(".reader").scroll_home(animate=False)


def prompt_text(prompt: Prompt) -> Content:
    """How large each kind of part is, then each part word for word."""
    about = "" if prompt.counted else "about "
    head = [f"{about}{prompt.tokens:,} of {prompt.budget:,} tokens", f"{len(prompt.notes)} recollections"]
    head += [f"{len(prompt.left_out)} left out"] if prompt.left_out else []
    head += [f"{prompt.dropped_turns} earlier messages left out"] if prompt.dropped_turns else []
    head += [f"{prompt.cut_characters:,} characters of the message left out"] if prompt.cut_characters else []
    head.append("continued as plain text" if prompt.completion else "sent as a chat")
    lines = [Content.styled(" · ".join(head), MUTED), *_shares(prompt)]
    for part in prompt.parts:
        text = printable(part.content[:_SHOWN])
        if len(part.content) > _SHOWN:
            text += f"\n… {len(part.content) - _SHOWN:,} more characters"
        label = (f"{part.role} · {_KINDS.get(part.kind, part.kind)}", "bold $text-primary")
        lines += [Content(), Content.assemble(label, (f"  {part.tokens:,} tokens", MUTED)), Content(text)]
    return Content("\n").join(lines)


def _shares(prompt: Prompt) -> list[Content]:
    sizes: dict[str, int] = {}
    for part in prompt.parts:
        sizes[part.kind] = sizes.get(part.kind, 0) + part.tokens
    free = max(0, prompt.budget - prompt.tokens)
    rows = [(_KINDS.get(kind, kind), size, "$accent") for kind, size in sizes.items()]
    rows.append(("free", free, FAINT))
    return [
        Content.assemble(
            (f"{name:<18}", MUTED), meter(size / max(1, prompt.budget), _BAR, style), (f" {size:>6,}", MUTED)
        )
        for name, size, style in rows
    ]
