"""The prompt, exactly: what was sent last, and what would be sent for what is being written; part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
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
        Binding("left,right", "turn", "The other one", id="prompt.turn", show=False),
        Binding("tab", "next", "Next part", id="prompt.next", show=False),
    ]

    def __init__(self, sent: Prompt | None, wanted: Prompt | None) -> None:
        both = sent is not None and wanted is not None
        super().__init__("", f"Esc closes · ↑ ↓ scroll · Tab next part{' · ← → the other one' if both else ''}")
        self._prompts = [
            (title, prompt)
            for title, prompt in (("What would be sent for what you wrote", wanted), ("What was sent last", sent))
            if prompt is not None
        ]
        self._at = 0

    def body(self) -> list[Widget]:
        """Room for it."""
        return [VerticalScroll(classes="reader")]

    def on_mount(self) -> None:
        """Show the first."""
        self.query_one(".reader").focus()
        self._show()

    def action_turn(self) -> None:
        """Show the other one."""
        self._at = (self._at + 1) % len(self._prompts)
        self._show()

    def action_next(self) -> None:
        """Go to the next part; from the last one back to the top."""
        reader = self.query_one(".reader")
        below = [one.virtual_region.y for one in reader.children if one.virtual_region.y > reader.scroll_offset.y]
        at_end = reader.scroll_offset.y >= reader.max_scroll_y
        reader.scroll_to(y=below[0] if below and not at_end else 0, animate=False)

    @work(exclusive=True, group="show", exit_on_error=False)
    async def _show(self) -> None:
        title, prompt = self._prompts[self._at]
        self.query_one(".title", Static).update(Content(title))
        reader = self.query_one(".reader")
        async with self.batch():
            await reader.remove_children()
            await reader.mount_all([Static(text, classes="section") for text in prompt_texts(prompt)])
        reader.scroll_home(animate=False)


def prompt_texts(prompt: Prompt) -> list[Content]:
    """How large each kind of part is, then each part word for word."""
    about = "" if prompt.counted else "about "
    head = [f"{about}{prompt.tokens:,} of {prompt.budget:,} tokens", f"{len(prompt.notes)} recollections"]
    head += [f"{len(prompt.left_out)} left out"] if prompt.left_out else []
    head += [f"{prompt.dropped_turns} earlier messages left out"] if prompt.dropped_turns else []
    head += [f"{prompt.cut_characters:,} characters of the message left out"] if prompt.cut_characters else []
    head.append("sent as one text to go on with" if prompt.completion else "sent as a chat")
    texts = [Content("\n").join([Content.styled(" · ".join(head), MUTED), *_shares(prompt)])]
    for part in prompt.parts:
        text = printable(part.content[:_SHOWN])
        if len(part.content) > _SHOWN:
            text += f"\n… {len(part.content) - _SHOWN:,} more characters"
        label = (f"{part.role} · {_kind(part.kind, prompt)}", "bold $text-primary")
        texts.append(Content("\n").join([Content.assemble(label, (f"  {part.tokens:,} tokens", MUTED)), Content(text)]))
    return texts


def _kind(kind: str, prompt: Prompt) -> str:
    """What a part is for, in words; a text to be gone on with is shown by made-up examples what is wanted."""
    return "made-up examples" if kind == "system" and prompt.completion else _KINDS.get(kind, kind)


def _shares(prompt: Prompt) -> list[Content]:
    sizes: dict[str, int] = {}
    for part in prompt.parts:
        sizes[part.kind] = sizes.get(part.kind, 0) + part.tokens
    free = max(0, prompt.budget - prompt.tokens)
    rows = [(_kind(kind, prompt), size, "$accent") for kind, size in sizes.items()]
    rows.append(("free", free, FAINT))
    return [
        Content.assemble(
            (f"{name:<18}", MUTED), meter(size / max(1, prompt.budget), _BAR, style), (f" {size:>6,}", MUTED)
        )
        for name, size, style in rows
    ]
