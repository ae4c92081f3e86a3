"""What can be looked up: the model and why it was chosen, keys and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from assistant.commands import slash_commands
from assistant.tui.screens.dialog import Reader
from assistant.tui.texts import MUTED, one_line, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.binding import Binding

    from assistant.models.base import ModelChoice

_SHOWN = 50_000


def model_reader(choice: ModelChoice) -> Reader:
    """Which model answers, why, and where."""
    where = "on this machine; nothing leaves it" if choice.local else "elsewhere; only the prompt is sent there"
    rows = [("Model", choice.name), ("Why", choice.why), ("Runs", where), ("Prompts", f"for {choice.profile} models")]
    if choice.base_url:
        rows.append(("Server", choice.base_url))
    table = Content("\n").join(Content.assemble((f"{name:<9}", MUTED), printable(value)) for name, value in rows)
    hint = "Change it with /model NAME. `recollect models` lists what is here and what this machine could run."
    return Reader("The chat model", [table, Content.styled(hint, MUTED)])


def help_reader(bindings: Sequence[Binding]) -> Reader:
    """Commands and keys, from their registries."""
    commands = [
        Content.assemble(
            (f"/{one.name} {one.argument}".rstrip().ljust(18) + " ", "bold $text-primary"),
            one.help,
            (f"  {keys_of(one.keys)}" if one.keys else "", MUTED),
        )
        for one in slash_commands()
    ]
    intro = Content(
        "Say something; what it brings back stands on the right, and goes into the prompt as dated notes. "
        "Everything stays on this machine but the prompt, when the model runs elsewhere."
    )
    return Reader(
        "Help",
        [
            intro,
            Content("\n").join([Content.styled("Commands", "bold"), *commands]),
            Content("\n").join([Content.styled("Keys", "bold"), *_keys(bindings)]),
        ],
    )


def keys_reader(title: str, bindings: Sequence[Binding]) -> Reader:
    """The keys of a screen."""
    return Reader(f"Keys: {title}", [Content("\n").join(_keys(bindings))])


def _keys(bindings: Sequence[Binding]) -> list[Content]:
    """A line for every action that has an id, with the keys that run it; those of the commands stand with these."""
    named = {binding.id: binding for binding in bindings if binding.id and not binding.id.startswith("command.")}
    pressed = {id_: [one.key_display or one.key for one in bindings if one.id == id_] for id_ in named}
    return [
        Content.assemble((keys_of(pressed[id_]).ljust(18) + " ", "bold $text-primary"), binding.description)
        for id_, binding in named.items()
    ]


def keys_of(keys: Iterable[str]) -> str:
    """Keys as people write them: `Ctrl+N`, `F1`."""
    return ", ".join(_written(one_line(key)) for key in keys)


def _written(key: str) -> str:
    """A letter by itself as it is typed; with other keys, and the name of a key, with a capital."""
    return key if len(key) == 1 else "+".join(part.capitalize() for part in key.split("+"))
