"""What can be looked up: keys and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from assistant.commands import slash_commands
from assistant.tui.screens.dialog import Reader, Terms
from assistant.tui.texts import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.binding import Binding


def help_reader(bindings: Sequence[Binding]) -> Reader:
    """Commands and keys, from their registries."""
    bound = {one.id: [other.key for other in bindings if other.id == one.id] for one in bindings}
    commands = [(f"/{one.name} {one.argument}".rstrip(), Content(one.help)) for one in slash_commands()]
    pressed = [keys_of(bound.get(f"command.{one.name}", ())) for one in slash_commands()]
    intro = Content(
        "Say something; what it brings back stands on the right, and goes into the prompt as dated notes. "
        "Everything stays on this machine but the prompt, when the model runs elsewhere."
    )
    return Reader(
        "Help",
        [intro, Terms("Commands", commands, pressed), _keys(bindings)],
    )


def keys_reader(title: str, bindings: Sequence[Binding]) -> Reader:
    """The keys of a screen."""
    return Reader(title, [_keys(bindings)])


def _keys(bindings: Sequence[Binding]) -> Terms:
    """A line for every action that has an id, with the keys that run it; those of the commands stand with these."""
    named = {binding.id: binding for binding in bindings if binding.id and not binding.id.startswith("command.")}
    pressed = {id_: [one.key for one in bindings if one.id == id_] for id_ in named}
    keys = [(keys_of(pressed[id_]), Content(binding.description)) for id_, binding in named.items()]
    return Terms("Keys, and the ids by which they can be changed", keys, list(named))


def keys_of(keys: Iterable[str]) -> str:
    """Keys as people write them: `Ctrl+N`, `F1`."""
    return ", ".join(_written(one_line(key)) for key in keys)


def _written(key: str) -> str:
    """A letter by itself as it is typed; with other keys, and the name of a key, with a capital."""
    return key if len(key) == 1 else "+".join(part.capitalize() for part in key.split("+"))
