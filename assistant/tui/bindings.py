"""Keys of the conversation, made from the registry of commands: declared once, there."""

from __future__ import annotations

from textual.binding import Binding

from assistant.commands import slash_commands

_LABELS = {
    "new": "New session",
    "sessions": "Sessions",
    "recall": "Recall",
    "why": "Recalled",
    "memory": "Memory",
    "map": "Map",
    "search": "Search",
    "undo": "Undo",
    "prompt": "Prompt",
    "copy": "Copy",
    "help": "Help",
    "quit": "Quit",
}
_TAKEN = {"f6", "f7"}  # the text area has them too
_QUIET = {"recall", "copy", "prompt", "again", "edit", "editor", "undo", "search"}


def command_bindings() -> list[Binding]:
    """A binding for every command that has keys; its id is the command's name, its tooltip the command's help."""
    return [
        Binding(
            ",".join(command.keys),
            f"command('{command.name}')",
            _LABELS.get(command.name, command.name.capitalize()),
            id=f"command.{command.name}",
            tooltip=command.help,
            show=command.name not in _QUIET,
            priority=bool(_TAKEN & set(command.keys)),
        )
        for command in slash_commands()
        if command.keys
    ]
