"""Which commands may be meant by what is being written after a slash."""

from __future__ import annotations

from assistant.commands import Command, named, slash_commands

_LEAST_WORD = 3


def meant(text: str) -> tuple[Command, ...]:
    """The commands that `text` may become, in their order; none unless it is one line that begins with a slash.

    They are those whose name begins so; where there is none, those in whose help a word does. While an argument is
    written it is the one command that takes it.
    """
    if not text.startswith("/") or "\n" in text:
        return ()
    name, space, _ = text[1:].partition(" ")
    name = name.lower()
    if space:
        return _with_argument(name)
    commands = slash_commands()
    begun = tuple(one for one in commands if one.name.startswith(name))
    if begun or len(name) < _LEAST_WORD:
        return begun
    return tuple(one for one in commands if any(word.startswith(name) for word in _words(one)))


def _with_argument(name: str) -> tuple[Command, ...]:
    try:
        found = named(name)
    except KeyError:
        return ()
    return (found,) if found.slash and found.argument else ()


def _words(command: Command) -> list[str]:
    return [word.strip(",.").lower() for word in command.help.split()]
