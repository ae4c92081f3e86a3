"""The clipboard: through the terminal (OSC 52), and through the system's own or tmux's buffer where there is one."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.screen import Screen

_ALLOWED = ", if your terminal allows it (OSC 52)"
_TMUX_SECONDS = 2.0


async def copy(screen: Screen[None], text: str, what: str, environ: Mapping[str, str]) -> None:
    """Put `text` into the clipboard, every way there is, and say so; `what` is its name in a sentence."""
    from textual.app import App

    from assistant.tui.core import in_thread

    App.copy_to_clipboard(screen.app, text)
    where = await in_thread(hand_on, text, environ)
    screen.notify(f"{what} is in {where or f'the clipboard{_ALLOWED}'}.", markup=False)


def hand_on(text: str, environ: Mapping[str, str]) -> str:
    """Where `text` could be put past the terminal, in words; empty when nowhere. Blocks.

    Over SSH and without a desktop the system has no clipboard. tmux as it comes drops what a program in it sends by
    OSC 52, but passes on to its terminal what is loaded into its own buffer.
    """
    import pyperclip

    try:
        pyperclip.copy(text)
    except (pyperclip.PyperclipException, OSError):
        pass
    else:
        return "the clipboard"
    if environ.get("TMUX") and any(_to_tmux(text, environ, *options) for options in (["-w"], [])):
        return f"the buffer of tmux, and in the clipboard{_ALLOWED}"
    return ""


def _to_tmux(text: str, environ: Mapping[str, str], *options: str) -> bool:
    """Whether tmux took it; before 3.2 it does not know `-w`, which hands it on to its terminal."""
    order = ["tmux", "load-buffer", *options, "-"]
    try:
        done = subprocess.run(
            order,
            input=text.encode(errors="replace"),
            capture_output=True,
            timeout=_TMUX_SECONDS,
            check=False,
            env=dict(environ),
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
