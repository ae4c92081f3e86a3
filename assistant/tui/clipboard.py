"""The clipboard: through the terminal (OSC 52), and through the system's own where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.tui.core import in_thread

if TYPE_CHECKING:
    from textual.screen import Screen


async def copy(screen: Screen[None], text: str, what: str) -> None:
    """Put `text` into the clipboard, both ways, and say so; `what` is its name in a sentence."""
    screen.app.copy_to_clipboard(text)
    if await in_thread(_to_system, text):
        screen.notify(f"{what} is in the clipboard.", markup=False)
    else:
        screen.notify(f"{what} is in the clipboard, if your terminal allows it (OSC 52).", markup=False)


def _to_system(text: str) -> bool:
    """Whether the system's clipboard took it; over SSH and without a desktop there is none."""
    import pyperclip

    try:
        pyperclip.copy(text)
    except (pyperclip.PyperclipException, OSError):
        return False
    return True
