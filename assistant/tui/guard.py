"""The last look at every line before it reaches the terminal: whatever a widget forgot, no text is obeyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color


class Guard(LineFilter):
    """Takes control characters, direction marks and hyperlinks out of what is drawn.

    Widgets show text through `assistant.tui.texts` and nothing of it is left by then; this holds where one does not.
    All that is taken out is no column wide, so the layout stays.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The line without them."""
        from assistant.display import bare

        if all(
            segment.text.isprintable() and not (segment.style is not None and segment.style.link)
            for segment in segments
        ):
            return segments
        return [
            segment
            if segment.control
            else Segment(bare(segment.text), segment.style.update_link(None) if segment.style is not None else None)
            for segment in segments
        ]


GUARD = Guard()
