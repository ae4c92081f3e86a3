"""What can be looked up: the prompt as it was sent, sparks, keys and commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from assistant.commands import slash_commands
from assistant.tui.screens.dialog import Reader, Terms
from assistant.tui.texts import MUTED, one_line, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.binding import Binding

    from assistant.events import Prompt
    from memory.sparks import Spark

_SHOWN = 50_000


def prompt_reader(prompt: Prompt) -> Reader:
    """Exactly what was sent, part by part, with its tokens."""
    counted = "" if prompt.counted else "about "
    head = [f"{counted}{prompt.tokens:,} of {prompt.budget:,} tokens", f"{len(prompt.notes)} recollections"]
    if prompt.left_out:
        head.append(f"{len(prompt.left_out)} left out")
    if prompt.dropped_turns:
        head.append(f"{prompt.dropped_turns} earlier messages left out")
    if prompt.cut_characters:
        head.append(f"{prompt.cut_characters:,} characters of the message left out")
    head.append("continued as plain text" if prompt.completion else "sent as a chat")
    sections = [Content.styled(" · ".join(head), MUTED)]
    for part in prompt.parts:
        text = printable(part.content[:_SHOWN])
        if len(part.content) > _SHOWN:
            text += f"\n… {len(part.content) - _SHOWN:,} more characters"
        label = (f"{part.role} · {part.kind}", "bold $text-primary")
        sections.append(Content.assemble(label, (f"  {part.tokens:,} tokens\n", MUTED), text))
    return Reader("What was sent to the model", sections)


def spark_reader(sparks: Sequence[Spark]) -> Reader:
    """Pairs of memories that are far in meaning, with what joins them."""
    from assistant.display import when

    sections = []
    for spark in sparks:
        parts = []
        for message in (spark.first, spark.second):
            who = one_line(message.speaker or message.role.value, 30)
            head = (f"{when(message.time)}  {who}\n", MUTED)
            parts.append(Content.assemble(head, printable(message.text[:_SHOWN])))
        joined = Content.styled(f"↳ {one_line(spark.sentence(), 400)}", "$text-primary")
        sections.append(Content("\n").join([parts[0], joined, parts[1]]))
    return Reader("Far apart, and connected", sections)


def help_reader(bindings: Sequence[Binding]) -> Reader:
    """Commands and keys, from their registries."""
    commands = [
        (
            f"/{one.name} {one.argument}".rstrip(),
            Content.assemble(one.help, (f"  {keys_of(one.keys)}" if one.keys else "", MUTED)),
        )
        for one in slash_commands()
    ]
    named = {binding.id: binding for binding in bindings if binding.id and not binding.id.startswith("command.")}
    pressed = {id_: [one.key for one in bindings if one.id == id_] for id_ in named}
    keys = [
        (keys_of(pressed[id_]), Content.assemble(binding.description, (f"  {id_}", MUTED)))
        for id_, binding in named.items()
    ]
    intro = Content(
        "Say something; what it brings back stands on the right, and goes into the prompt as dated notes. "
        "Everything stays on this machine but the prompt, when the model runs elsewhere."
    )
    return Reader(
        "Help",
        [intro, Terms("Commands", commands), Terms("Keys, and the ids by which they can be changed", keys)],
    )


def keys_of(keys: Iterable[str]) -> str:
    """Keys as people write them: `Ctrl+N`, `F1`."""
    return ", ".join("+".join(part.capitalize() for part in one_line(key).split("+")) for key in keys)
