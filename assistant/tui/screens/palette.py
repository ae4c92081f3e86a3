"""The command palette: Textual's, left once like any other screen over the conversation."""

from __future__ import annotations

from textual.command import CommandPalette

from assistant.tui.screens.covering import Covering


class Palette(Covering, CommandPalette):
    """Every command by its name."""
