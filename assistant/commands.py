"""The one list of commands: what they are called, what they do, where they can be used.

The command line takes its help texts from here, the UI its slash commands, key bindings and palette, the documentation
its tables. It knows neither Typer nor Textual and holds no behaviour: each front door binds a name to what it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """What a command is about; the heading under which it is listed."""

    TALK = "Talk"
    MEMORY = "Memory"
    MODELS = "Models"
    PROGRAM = "Program"


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        name: what is typed: `recollect NAME` on the command line, `/NAME` in the UI.
        help: one sentence, without a full stop where it is shown in a table.
        group: what it is about.
        argument: what may follow `/NAME` in the UI, for its help; empty when nothing may.
        keys: key bindings in the UI, in Textual's spelling (`ctrl+n`, `f1`).
        slash: whether the UI has it.
        cli: whether the command line has it.
    """

    name: str
    help: str
    group: Group
    argument: str = ""
    keys: tuple[str, ...] = ()
    slash: bool = False
    cli: bool = False


COMMANDS: tuple[Command, ...] = (
    Command("new", "Start a new session", Group.TALK, keys=("ctrl+n",), slash=True),
    Command("resume", "Go on with an earlier session", Group.TALK, "ID", slash=True),
    Command("again", "Have the last message answered again", Group.TALK, keys=("f5",), slash=True),
    Command("edit", "Change an earlier message and go on from there", Group.TALK, keys=("f4",), slash=True),
    Command("editor", "Write in your own editor", Group.TALK, keys=("ctrl+g",), slash=True),
    Command("copy", "Copy the last answer, its code, or everything", Group.TALK, "code|all", ("f6",), slash=True),
    Command("title", "Give this session another title", Group.TALK, "TITLE", slash=True),
    Command("ask", "Ask something, with what it evokes", Group.TALK, cli=True),
    Command("run", "Run a file of prompts and check the answers", Group.TALK, cli=True),
    Command("sessions", "List, show and rename sessions", Group.MEMORY, keys=("ctrl+o",), slash=True, cli=True),
    Command(
        "recall", "Show what a cue evokes, without an answer", Group.MEMORY, "CUE", ("ctrl+r",), slash=True, cli=True
    ),
    Command("spark", "Show memories far apart that are connected", Group.MEMORY, "TOPIC", slash=True, cli=True),
    Command("map", "Show what a memory or topic is linked to", Group.MEMORY, "TOPIC", ("f9",), slash=True, cli=True),
    Command(
        "memory", "Search, forget, pin and link what is remembered", Group.MEMORY, "WORDS", ("ctrl+f",), slash=True
    ),
    Command("search", "Search everything that was said, word by word", Group.MEMORY, "WORDS", ("f7",), slash=True),
    Command("undo", "Take back what was just remembered or forgotten", Group.MEMORY, keys=("f8",), slash=True),
    Command(
        "feedback",
        "Say what a recollection was worth, or list what you said",
        Group.MEMORY,
        "VERDICT",
        slash=True,
        cli=True,
    ),
    Command("learn", "Learn from your verdicts how recall should weigh", Group.MEMORY, cli=True),
    Command("why", "Show or hide what was recalled, and why", Group.MEMORY, keys=("f2",), slash=True),
    Command("prompt", "Show exactly what was sent to the model", Group.MEMORY, keys=("f3",), slash=True),
    Command("forget", "Forget messages, exchanges, sessions or everything", Group.MEMORY, "ID", slash=True, cli=True),
    Command("export", "Write everything that was said to a file", Group.MEMORY, cli=True),
    Command("import", "Bring in conversations from a file", Group.MEMORY, cli=True),
    Command("rebuild", "Make the indexes anew from the journal", Group.MEMORY, cli=True),
    Command("doctor", "Check that everything is sound, and mend it", Group.MEMORY, cli=True),
    Command("backup", "Copy the whole memory into one file", Group.MEMORY, cli=True),
    Command("restore", "Put a backup in the place of the memory", Group.MEMORY, cli=True),
    Command("stores", "List vector stores, and check that one does what it must", Group.MEMORY, cli=True),
    Command("bench", "Measure recall and answers on a set of conversations", Group.MEMORY, cli=True),
    Command("model", "Choose the chat model", Group.MODELS, "NAME", slash=True),
    Command("cost", "Show what was spent, and what recall saved", Group.MODELS, slash=True),
    Command("models", "List, pull and remove models", Group.MODELS, cli=True),
    Command("theme", "Change the colours", Group.PROGRAM, "NAME", slash=True),
    Command("config", "Show every setting, its value and where it comes from", Group.PROGRAM, cli=True),
    Command("where", "Show every folder and file that is used", Group.PROGRAM, cli=True),
    Command("help", "Show keys and commands", Group.PROGRAM, keys=("f1",), slash=True),
    Command("quit", "Leave", Group.PROGRAM, keys=("ctrl+q",), slash=True),
)


def named(name: str) -> Command:
    """The command of this name. Raises `KeyError` when there is none."""
    for command in COMMANDS:
        if command.name == name:
            return command
    raise KeyError(name)


def slash_commands() -> tuple[Command, ...]:
    """What the UI offers, in the order of the list."""
    return tuple(command for command in COMMANDS if command.slash)


def cli_commands() -> tuple[Command, ...]:
    """What the command line offers, in the order of the list."""
    return tuple(command for command in COMMANDS if command.cli)
